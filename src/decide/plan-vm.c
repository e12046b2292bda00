/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for starting and stopping a VM. */

#include "plan-vm.h"

#include "error.h"
#include "gpu-find.h"
#include "plan-bind.h"

GPtrArray *
vfg_plan_vm_gpus(const VfgVmdef *vmdef, const GPtrArray *gpus, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (guint i = 0; i < vmdef->gpus->len; i++) {
        const char *selector = g_ptr_array_index(vmdef->gpus, i);
        const VfgGpu *gpu = vfg_gpu_select(gpus, selector, error);
        if (!gpu)
            return NULL;
        if (g_ptr_array_find(found, gpu, NULL)) {
            g_autofree char *at = vfg_pci_address_dup(gpu->function->address);
            vfg_error_set(error, VFG_ERROR_AMBIGUOUS, "give each <gpu> a selector of its own",
                          "two <gpu> elements of %s mean the same GPU %s", vmdef->name, at);
            return NULL;
        }
        g_ptr_array_add(found, (gpointer)gpu);
    }
    return g_steal_pointer(&found);
}

VfgPlan *
vfg_plan_start(const VfgHost *host, const VfgVmdef *vmdef, const GPtrArray *vm_gpus,
               const GPtrArray *missing_disks, VfgWait wait, GError **error)
{
    const VfgConsent none = {0};
    g_autoptr(VfgPlan) plan = vfg_plan_new("start", vmdef->name);
    VfgPlan *bind = vfg_plan_bind_all(host, vm_gpus, vmdef->name, &none, error);
    if (!bind)
        return NULL;
    vfg_plan_append(plan, bind);
    for (guint i = 0; i < missing_disks->len; i++) {
        const VfgVmdefDisk *disk = g_ptr_array_index(missing_disks, i);
        vfg_plan_add(plan, VFG_STEP_CREATE_DISK, disk->file, disk->from, NULL);
    }
    vfg_plan_add(plan, VFG_STEP_DEFINE, vmdef->name, NULL, "defined");
    vfg_plan_add(plan, VFG_STEP_BOOT, vmdef->name, "shut off", "running");
    if (wait == VFG_WAIT_BOOT)
        vfg_plan_add(plan, VFG_STEP_WAIT_BOOT, vmdef->name, NULL, NULL);
    if (wait == VFG_WAIT_AGENT)
        vfg_plan_add(plan, VFG_STEP_WAIT_AGENT, vmdef->name, NULL, NULL);
    return g_steal_pointer(&plan);
}

VfgPlan *
vfg_plan_stop(const char *name, gboolean running, gboolean force, GPtrArray *restores)
{
    VfgPlan *plan = vfg_plan_new("stop", name);
    if (running)
        vfg_plan_add(plan, force ? VFG_STEP_POWER_OFF : VFG_STEP_SHUT_DOWN, name, "running",
                     "shut off");
    for (guint i = 0; i < restores->len; i++)
        vfg_plan_append(plan, g_ptr_array_index(restores, i));
    g_ptr_array_set_free_func(restores, NULL);
    g_ptr_array_set_size(restores, 0);
    return plan;
}
