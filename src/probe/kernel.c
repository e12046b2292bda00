/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel. */

#include "kernel.h"

#include "memory.h"

#include <string.h>

/* modules.dep of a distribution kernel is below 1 MiB. */
#define MODULES_MAX (16 << 20)

static gboolean
lists_module(VfgRoot *root, const char *release, const char *index, const char *module)
{
    g_autofree char *path = g_strdup_printf("/lib/modules/%s/%s", release, index);
    g_autofree char *text = vfg_root_read(root, path, MODULES_MAX, NULL, NULL);
    return text && strstr(text, module);
}

/* The driver's directory says that it is loaded or built in; else the indexes of depmod(8) say
 * whether it is there. */
static VfgModuleState
vfio_pci_state(VfgRoot *root, const char *release)
{
    if (vfg_root_exists(root, "/sys/bus/pci/drivers/vfio-pci"))
        return VFG_MODULE_LOADED;
    if (release && (lists_module(root, release, "modules.dep", "/vfio-pci.ko") ||
                    lists_module(root, release, "modules.builtin", "/vfio-pci.ko")))
        return VFG_MODULE_AVAILABLE;
    return VFG_MODULE_MISSING;
}

/* /proc/modules holds some hundred lines. */
static GPtrArray *
loaded_modules(VfgRoot *root)
{
    g_autofree char *text = vfg_root_read(root, "/proc/modules", 1 << 20, NULL, NULL);
    return text ? vfg_modules_parse(text) : NULL;
}

void
vfg_probe_kernel(VfgRoot *root, VfgHost *host)
{
    host->kernel_release = vfg_root_read_text(root, "/proc/sys/kernel/osrelease", NULL);
    host->kernel_cmdline = vfg_root_read_text(root, "/proc/cmdline", NULL);
    vfg_probe_cpu(root, host);
    host->modules = loaded_modules(root);
    host->uefi_boot = vfg_root_exists(root, "/sys/firmware/efi");
    host->vfio_pci = vfio_pci_state(root, host->kernel_release);
    host->kvm = vfg_root_exists(root, "/dev/kvm");
    g_autoptr(GPtrArray) iommus = vfg_root_list(root, "/sys/class/iommu", NULL);
    host->iommu_hardware = iommus && iommus->len > 0;
}
