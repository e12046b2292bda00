/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for starting and stopping a VM. */

#include "plan-vm.h"

#include "error.h"
#include "gpu-find.h"
#include "gpu-sizing.h"
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
               const GPtrArray *missing_disks, VfgWait wait, const VfgConsent *consent,
               GError **error)
{
    g_autoptr(VfgPlan) plan = vfg_plan_new("start", vmdef->name);
    VfgPlan *bind = vfg_plan_bind_all(host, vm_gpus, vmdef->name, consent, error);
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

static void
note_window(VfgPlan *plan, const VfgSizing *sizing)
{
    g_autofree char *needs = vfg_size_format(sizing->needs64);
    g_autofree char *window =
        vfg_size_format(sizing->fw_cfg_mib ? sizing->fw_cfg_mib << 20 : sizing->hole_size);
    if (sizing->hole_size || sizing->fw_cfg_mib)
        g_ptr_array_add(
            plan->notes,
            g_strdup_printf("the guest gets a 64-bit window of %s for %s of BARs", window, needs));
    if (sizing->needs_realloc)
        g_ptr_array_add(plan->notes, g_strdup("the guest's kernel needs pci=realloc: its firmware "
                                              "can't place the BARs"));
}

void
vfg_plan_note_domain(VfgPlan *plan, const VfgSizing *sizing, const VfgLocality *locality)
{
    note_window(plan, sizing);
    if (locality->memory)
        g_ptr_array_add(plan->notes,
                        g_strdup_printf("its memory comes from NUMA node %d", locality->node));
    if (locality->cpus)
        g_ptr_array_add(plan->notes,
                        g_strdup_printf("its vCPUs run on the CPUs %s", locality->cpus));
    if (locality->page_size) {
        g_autofree char *size = vfg_size_format(locality->page_size);
        g_ptr_array_add(plan->notes, g_strdup_printf("its memory is in huge pages of %s", size));
    }
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
