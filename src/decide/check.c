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
    const char *id = intel ? "iommu-off-intel" : amd ? "iommu-off-amd" : "iommu-off";
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
    check_vfio(check, findings);
    check_emulator(check, findings);
    if (check->gpus->len == 0)
        add(findings, vfg_catalogue_make(check->catalogue, "no-gpu", "host", NULL));
}

/* The peers that stand in the way, with their drivers: "0000:03:00.0 (e1000e), …". */
static char *
list_harmful_peers(const VfgGpu *gpu)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < gpu->peers->len; i++) {
        const VfgPciFunction *peer = g_ptr_array_index(gpu->peers, i);
        char buffer[VFG_PCI_ADDRESS_SIZE];
        if (!vfg_function_is_harmless_peer(peer))
            g_string_append_printf(out, "%s%s (%s)", out->len ? ", " : "",
                                   vfg_pci_address_format(peer->address, buffer), peer->driver);
    }
    return g_string_free(out, FALSE);
}

static void
check_group(const VfgCheck *check, const VfgGpu *gpu, const char *subject, GPtrArray *findings)
{
    g_autofree char *group = g_strdup_printf("%d", gpu->function->iommu_group);
    g_autofree char *peers = list_harmful_peers(gpu);
    const char *id = gpu->viable ? "group-viable" : *peers ? "group-not-viable" : "group-missing";
    if (!gpu->viable && !*peers && check->host->groups->len == 0)
        return; /* no function has a group: the IOMMU is off, said once for the host */
    add(findings,
        vfg_catalogue_make(check->catalogue, id, subject, "group", group, "peers", peers, NULL));
}

void
vfg_check_gpu(const VfgCheck *check, const VfgGpu *gpu, GPtrArray *findings)
{
    char subject[VFG_PCI_ADDRESS_SIZE];
    vfg_pci_address_format(gpu->function->address, subject);
    check_group(check, gpu, subject, findings);
    if (gpu->function->boot_display)
        add(findings, vfg_catalogue_make(check->catalogue, "boot-display", subject, NULL));
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
    vfg_check_gpu(check, gpu, findings);
}

void
vfg_check_vm(const VfgCheck *check, const VfgVmFacts *vm, GPtrArray *findings)
{
    g_autoptr(GPtrArray) taken = g_ptr_array_new();
    for (guint i = 0; i < vm->vmdef->gpus->len; i++)
        check_selector(check, vm, g_ptr_array_index(vm->vmdef->gpus, i), taken, findings);
    for (guint i = 0; i < vm->missing_disks->len; i++)
        add(findings, vfg_catalogue_make(check->catalogue, "disk-missing", vm->name, "file",
                                         g_ptr_array_index(vm->missing_disks, i), NULL));
}
