/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Settling a VM definition on this host. */

#include "placement.h"

#include "domain-xml.h"
#include "error.h"
#include "firmware.h"
#include "gpu-sizing.h"
#include "locality-choose.h"
#include "pci.h"
#include "plan-vm.h"
#include "seed.h"
#include "vmdefs.h"

#include <string.h>

static gboolean
choose_accel(VfgApp *app, const VfgVmdef *vmdef, const VfgHost *host, gboolean ask_libvirt,
             gboolean *kvm, GError **error)
{
    gboolean offered = host->kvm;
    /* Only a choice needs an answer: what is demanded libvirt refuses by itself. */
    if (ask_libvirt && vmdef->accel == VFG_ACCEL_AUTO) {
        VfgVirt *virt = vfg_app_virt(app, error);
        if (!virt || !vfg_virt_has_kvm(virt, host->arch, &offered, error))
            return FALSE;
    }
    if (vmdef->accel == VFG_ACCEL_KVM && !offered) {
        vfg_error_set(error, VFG_ERROR_FAILED,
                      "enable VT-x or SVM in the firmware and load kvm_intel or kvm_amd, or remove "
                      "accel=\"kvm\" to run the VM emulated (slow)",
                      "%s wants KVM, which this host does not offer", vmdef->name);
        return FALSE;
    }
    *kvm = offered && vmdef->accel != VFG_ACCEL_TCG;
    return TRUE;
}

/* Words of a <libvirt> element that may mean another firmware or another CPU than ours. */
static gboolean
may_change_firmware(const char *libvirt)
{
    static const char *const words[] = {"loader", "firmware", "pflash",    "bios",
                                        "<cpu",   "-cpu",     "phys-bits", "machine"};
    for (guint i = 0; libvirt && i < G_N_ELEMENTS(words); i++)
        if (strstr(libvirt, words[i]))
            return TRUE;
    return FALSE;
}

/* libvirt of a user's session looks there as well (libvirt src/qemu/qemu_interop_config.c). */
static gboolean
has_own_descriptors(const VfgApp *app)
{
    g_autofree char *folder = g_build_filename(g_get_user_config_dir(), "qemu", "firmware", NULL);
    return g_str_has_suffix(app->uri, "/session") && vfg_root_exists(app->root, folder);
}

VfgOvmfRule
vfg_app_ovmf_rule(const VfgApp *app, const VfgVmdef *vmdef, const VfgHost *host)
{
    if (!vmdef->gpus->len || may_change_firmware(vmdef->libvirt) || has_own_descriptors(app))
        return VFG_OVMF_UNKNOWN;
    return vfg_probe_ovmf_rule(app->root, host->arch);
}

VfgSettled *
vfg_settled_new(VfgApp *app, const VfgVmdef *vmdef, gboolean ask_libvirt, GError **error)
{
    g_autoptr(VfgSettled) settled = g_new0(VfgSettled, 1);
    settled->inventory = vfg_inventory_new(app, error);
    if (!settled->inventory ||
        !choose_accel(app, vmdef, settled->inventory->host, ask_libvirt, &settled->kvm, error))
        return NULL;
    settled->gpus = vfg_plan_vm_gpus(vmdef, settled->inventory->gpus, error);
    if (!settled->gpus)
        return NULL;
    settled->ovmf_rule = vfg_app_ovmf_rule(app, vmdef, settled->inventory->host);
    VfgSizingQuery query = {.host = settled->inventory->host,
                            .gpus = settled->gpus,
                            .memory = vmdef->memory,
                            .kvm = settled->kvm,
                            .rule = settled->ovmf_rule};
    settled->sizing = vfg_sizing_compute(&query);
    settled->locality = vfg_locality_choose(settled->inventory->host, vmdef, settled->gpus);
    settled->disks = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < vmdef->disks->len; i++) {
        const VfgVmdefDisk *disk = g_ptr_array_index(vmdef->disks, i);
        g_ptr_array_add(settled->disks, vfg_vmdefs_image_path(app, disk->file));
    }
    settled->seed = vfg_root_is_writable(app->root) ? vfg_app_seed_path(app, vmdef->name) : NULL;
    return g_steal_pointer(&settled);
}

gboolean
vfg_settled_is_current(const VfgApp *app, const VfgSettled *settled)
{
    for (guint i = 0; i < settled->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(settled->gpus, i);
        for (guint k = 0; k < gpu->functions->len; k++)
            if (!vfg_probe_driver_is_current(app->root, g_ptr_array_index(gpu->functions, k)))
                return FALSE;
    }
    return TRUE;
}

void
vfg_settled_free(VfgSettled *settled)
{
    if (!settled)
        return;
    g_clear_pointer(&settled->gpus, g_ptr_array_unref);
    g_clear_pointer(&settled->disks, g_ptr_array_unref);
    vfg_inventory_free(settled->inventory);
    g_free(settled->seed);
    g_free(settled);
}

char *
vfg_settled_to_xml(const VfgSettled *settled, const VfgVmdef *vmdef, const char *definition,
                   GError **error)
{
    g_autofree char *uuid = NULL;
    g_autoptr(GPtrArray) macs = NULL;
    if (definition)
        vfg_domain_xml_get_identity(definition, &uuid, &macs);
    gboolean seeded = settled->seed && g_file_test(settled->seed, G_FILE_TEST_IS_REGULAR);
    VfgPlacement placement = {.kvm = settled->kvm,
                              .arch = settled->inventory->host->arch,
                              .uuid = uuid,
                              .macs = macs,
                              .gpus = settled->gpus,
                              .disks = settled->disks,
                              .seed = seeded ? settled->seed : NULL,
                              .sizing = &settled->sizing,
                              .locality = &settled->locality};
    return vfg_domain_xml_build(vmdef, &placement, error);
}

char *
vfg_app_dumpxml(VfgApp *app, const char *name, GError **error)
{
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, name, error);
    /* Without libvirt the XML is as good; only the accelerator is then guessed from /dev/kvm. */
    VfgVirt *virt = vmdef && vfg_root_is_writable(app->root) ? vfg_app_virt(app, NULL) : NULL;
    g_autoptr(VfgSettled) settled = vmdef ? vfg_settled_new(app, vmdef, virt != NULL, error) : NULL;
    g_autofree char *definition = NULL;
    if (!settled || (virt && !vfg_virt_get_definition(virt, name, NULL, &definition, error)))
        return NULL;
    return vfg_settled_to_xml(settled, vmdef, definition, error);
}
