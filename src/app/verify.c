/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The checks. */

#include "verify.h"

#include "bounds.h"
#include "check.h"
#include "error.h"
#include "gpu-find.h"
#include "gpu-health.h"
#include "plan-vm.h"
#include "vmdefs.h"

void
vfg_app_missing_disks(const VfgApp *app, const VfgVmdef *vmdef, GPtrArray *can_be_made,
                      GPtrArray *missing)
{
    for (guint i = 0; i < vmdef->disks->len; i++) {
        VfgVmdefDisk *disk = g_ptr_array_index(vmdef->disks, i);
        g_autofree char *file = vfg_vmdefs_image_path(app, disk->file);
        g_autofree char *from = disk->from ? vfg_vmdefs_image_path(app, disk->from) : NULL;
        if (vfg_root_exists(app->root, file))
            continue;
        if (from && vfg_root_exists(app->root, from))
            g_ptr_array_add(can_be_made, disk);
        else
            g_ptr_array_add(missing, from
                                         ? g_strdup_printf("%s (nor its base image %s)", file, from)
                                         : g_steal_pointer(&file));
    }
}

char *
vfg_app_ask_libvirt(VfgApp *app)
{
    g_autoptr(GError) error = NULL;
    if (!vfg_root_is_writable(app->root))
        return vfg_root_read_text(app->root, "/" VFG_SNAPSHOT_LIBVIRT, NULL);
    gboolean answers = vfg_app_virt(app, &error) != NULL;
    return answers ? g_strdup(app->uri) : g_strdup_printf("%s\n%s", app->uri, error->message);
}

/* A running libvirt is needed to start a VM. */
static void
check_libvirt(VfgApp *app, const VfgCheck *check, GPtrArray *findings)
{
    g_autofree char *answer = vfg_app_ask_libvirt(app);
    g_auto(GStrv) parts = g_strsplit(answer ? answer : "", "\n", 2);
    if (parts[0])
        g_ptr_array_add(
            findings, vfg_catalogue_make(
                          check->catalogue, parts[1] ? "libvirt-unreachable" : "libvirt-reachable",
                          "host", "uri", parts[0], "error", parts[1] ? parts[1] : "", NULL));
}

static void
add_vm_findings(const VfgApp *app, const VfgCheck *check, const VfgVmdef *vmdef,
                VfgOvmfRule ovmf_rule, GPtrArray *findings)
{
    g_autoptr(GPtrArray) can_be_made = g_ptr_array_new();
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    vfg_app_missing_disks(app, vmdef, can_be_made, missing);
    VfgVmFacts facts = {.name = vmdef->name,
                        .vmdef = vmdef,
                        .missing_disks = missing,
                        .ovmf_rule = ovmf_rule,
                        .session = g_str_has_suffix(app->uri, "/session")};
    vfg_check_vm(check, &facts, findings);
    g_autoptr(GPtrArray) gpus = vfg_plan_vm_gpus(vmdef, check->gpus, NULL);
    for (guint i = 0; gpus && i < gpus->len; i++)
        vfg_app_check_quarantine(app, check->catalogue, g_ptr_array_index(gpus, i), findings);
}

static gboolean
add_generations(gpointer generations, const char *file, const char *bytes, gsize len,
                GError **error)
{
    return vfg_gpu_generations_add(generations, file, bytes, len, error);
}

static VfgGpuGenerations *
load_generations(const VfgApp *app, GError **error)
{
    g_autoptr(VfgGpuGenerations) generations = vfg_gpu_generations_new();
    gboolean good = vfg_app_read_data(app, "gpus.d", add_generations, generations, error);
    return good ? g_steal_pointer(&generations) : NULL;
}

static void
add_gpu_findings(const VfgApp *app, const VfgCheck *check, const VfgGpu *gpu, GPtrArray *findings)
{
    vfg_check_gpu(check, gpu, findings);
    vfg_app_check_quarantine(app, check->catalogue, gpu, findings);
}

GPtrArray *
vfg_app_check_vm(const VfgApp *app, const VfgVmdef *vmdef, const VfgSettled *settled,
                 GError **error)
{
    g_autoptr(VfgCatalogue) catalogue = vfg_app_load_catalogue(app, error);
    g_autoptr(VfgGpuGenerations) generations = catalogue ? load_generations(app, error) : NULL;
    if (!generations)
        return NULL;
    const VfgInventory *inventory = settled->inventory;
    VfgCheck check = {inventory->host, inventory->gpus, catalogue, generations, NULL};
    GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_finding_free);
    vfg_check_host(&check, findings);
    add_vm_findings(app, &check, vmdef, settled->ovmf_rule, findings);
    vfg_findings_sort(findings);
    return findings;
}

/* What `check` was asked about, besides the host. */
static gboolean
add_subject_findings(VfgApp *app, VfgInventory *inventory, const VfgCheck *check, const char *what,
                     GPtrArray *findings, GError **error)
{
    if (!what) {
        for (guint i = 0; i < check->gpus->len; i++)
            add_gpu_findings(app, check, g_ptr_array_index(check->gpus, i), findings);
        return TRUE;
    }
    if (vfg_vmdefs_has(app, what)) {
        g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, what, error);
        if (vmdef)
            add_vm_findings(app, check, vmdef, vfg_app_ovmf_rule(app, vmdef, check->host),
                            findings);
        return vmdef != NULL;
    }
    g_autoptr(GError) local = NULL;
    const VfgGpu *gpu = vfg_gpu_select(check->gpus, what, &local);
    if (gpu) {
        vfg_inventory_find_holders(app, inventory, gpu);
        add_gpu_findings(app, check, gpu, findings);
        return TRUE;
    }
    /* What can't be a selector was meant to be a VM. */
    if (g_error_matches(local, VFG_ERROR, VFG_ERROR_PARSE)) {
        g_autoptr(VfgVmdef) none = vfg_vmdefs_load(app, what, error);
        return none != NULL;
    }
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

GPtrArray *
vfg_app_check(VfgApp *app, const char *what, GError **error)
{
    g_autoptr(VfgCatalogue) catalogue = vfg_app_load_catalogue(app, error);
    g_autoptr(VfgGpuGenerations) generations = catalogue ? load_generations(app, error) : NULL;
    g_autoptr(VfgInventory) inventory = generations ? vfg_inventory_new(app, error) : NULL;
    if (!inventory)
        return NULL;
    VfgCheck check = {inventory->host, inventory->gpus, catalogue, generations, NULL};
    g_autoptr(GPtrArray) findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_finding_free);
    vfg_check_host(&check, findings);
    check_libvirt(app, &check, findings);
    if (!add_subject_findings(app, inventory, &check, what, findings, error))
        return NULL;
    vfg_findings_sort(findings);
    return g_steal_pointer(&findings);
}
