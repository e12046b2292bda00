/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks: facts become findings. */

#include "check.h"

#include "cmdline.h"
#include "error.h"
#include "gpu-find.h"

#include <string.h>

static void
add(GPtrArray *findings, VfgFinding *finding)
{
    g_ptr_array_add(findings, finding);
}

/* The IOMMU is on where the kernel made groups; a driver in /sys/class/iommu or a line in the log
 * alone proves nothing. */
static void
check_iommu(const VfgCheck *check, GPtrArray *findings)
{
    static const char *const off[] = {"intel_iommu=off", "amd_iommu=off", "iommu=off"};
    const VfgHost *host = check->host;
    if (host->groups->len) {
        g_autofree char *count = g_strdup_printf("%u", host->groups->len);
        add(findings,
            vfg_catalogue_make(check->catalogue, "iommu-on", "host", "count", count, NULL));
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(off); i++) {
        if (vfg_cmdline_has(host->kernel_cmdline, off[i])) {
            add(findings, vfg_catalogue_make(check->catalogue, "iommu-off-by-argument", "host",
                                             "argument", off[i], NULL));
            return;
        }
    }
    gboolean intel = g_strcmp0(host->cpu_vendor, "GenuineIntel") == 0;
    gboolean amd = g_strcmp0(host->cpu_vendor, "AuthenticAMD") == 0;
    const char *id = host->hypervisor ? "iommu-off-guest"
                     : intel          ? "iommu-off-intel"
                     : amd            ? "iommu-off-amd"
                                      : "iommu-off";
    add(findings, vfg_catalogue_make(check->catalogue, id, "host", NULL));
}

/* Without it vfio refuses to start a VM, unless it was told to do without
 * (drivers/vfio/vfio_iommu_type1.c, allow_unsafe_interrupts): a guest's device could then raise any
 * interrupt of the host. */
static void
check_interrupts(const VfgCheck *check, GPtrArray *findings)
{
    const VfgHost *host = check->host;
    if (host->groups->len == 0 || host->interrupt_remapping != VFG_NO)
        return;
    const char *id = host->unsafe_interrupts ? "interrupts-unsafe" : "interrupts-not-remapped";
    add(findings, vfg_catalogue_make(check->catalogue, id, "host", NULL));
}

static void
check_vfio(const VfgCheck *check, GPtrArray *findings)
{
    static const char *const ids[] = {"vfio-pci-missing", "vfio-pci-available", "vfio-pci-loaded"};
    const char *release = check->host->kernel_release ? check->host->kernel_release : "unknown";
    add(findings, vfg_catalogue_make(check->catalogue, ids[check->host->vfio_pci], "host",
                                     "release", release, NULL));
}

static void
check_emulator(const VfgCheck *check, GPtrArray *findings)
{
    const VfgHost *host = check->host;
    const char *arch = host->arch ? host->arch : "x86_64";
    if (host->emulator)
        add(findings, vfg_catalogue_make(check->catalogue, "emulator-found", "host", "path",
                                         host->emulator, NULL));
    else
        add(findings,
            vfg_catalogue_make(check->catalogue, "emulator-missing", "host", "arch", arch, NULL));
    if (host->uefi_firmware)
        add(findings, vfg_catalogue_make(check->catalogue, "firmware-found", "host", "path",
                                         host->uefi_firmware, NULL));
    else
        add(findings,
            vfg_catalogue_make(check->catalogue, "firmware-missing", "host", "arch", arch, NULL));
    add(findings, vfg_catalogue_make(check->catalogue, host->kvm ? "kvm-found" : "kvm-missing",
                                     "host", NULL));
}

void
vfg_check_host(const VfgCheck *check, GPtrArray *findings)
{
    check_iommu(check, findings);
    check_interrupts(check, findings);
    check_vfio(check, findings);
    check_emulator(check, findings);
    if (check->gpus->len == 0)
        add(findings, vfg_catalogue_make(check->catalogue, "no-gpu", "host", NULL));
}

static void
check_selector(const VfgCheck *check, const VfgVmFacts *vm, const char *selector, GPtrArray *taken,
               GPtrArray *findings)
{
    g_autoptr(GError) error = NULL;
    const VfgGpu *gpu = vfg_gpu_select(check->gpus, selector, &error);
    if (!gpu) {
        const char *fix = vfg_error_get_fix(error);
        add(findings,
            vfg_catalogue_make(check->catalogue, "selector-unresolved", vm->name, "selector",
                               selector, "error", error->message, "fix", fix ? fix : "", NULL));
        return;
    }
    char address[VFG_PCI_ADDRESS_SIZE];
    vfg_pci_address_format(gpu->function->address, address);
    gboolean twice = g_ptr_array_find(taken, gpu, NULL);
    add(findings,
        vfg_catalogue_make(check->catalogue, twice ? "selector-twice" : "selector-resolved",
                           vm->name, "selector", selector, "address", address, NULL));
    if (twice)
        return;
    g_ptr_array_add(taken, (gpointer)gpu);
}

void
vfg_check_vm(const VfgCheck *check, const VfgVmFacts *vm, GPtrArray *findings)
{
    g_autoptr(GPtrArray) taken = g_ptr_array_new();
    for (guint i = 0; i < vm->vmdef->gpus->len; i++)
        check_selector(check, vm, g_ptr_array_index(vm->vmdef->gpus, i), taken, findings);
    VfgCheck each = *check;
    each.together = taken;
    for (guint i = 0; i < taken->len; i++)
        vfg_check_gpu(&each, g_ptr_array_index(taken, i), findings);
    vfg_check_sizing(check, vm, taken, findings);
    vfg_check_memory(check, vm, taken, findings);
    for (guint i = 0; i < vm->missing_disks->len; i++)
        add(findings, vfg_catalogue_make(check->catalogue, "disk-missing", vm->name, "file",
                                         g_ptr_array_index(vm->missing_disks, i), NULL));
}
