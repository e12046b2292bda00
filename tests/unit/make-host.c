/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Hosts made up by tests. */

#include "make-host.h"

#include <string.h>

VfgHost *
make_host(void)
{
    VfgHost *host = vfg_host_new();
    host->kernel_release = g_strdup("6.1.0-31-amd64");
    host->kernel_cmdline = g_strdup("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet");
    host->cpu_vendor = g_strdup("GenuineIntel");
    host->arch = g_strdup("x86_64");
    host->emulator = g_strdup("/usr/bin/qemu-system-x86_64");
    host->uefi_firmware = g_strdup("/usr/share/qemu/firmware/60-edk2-x86_64.json");
    host->iommu_hardware = TRUE;
    host->kvm = TRUE;
    host->vfio_pci = VFG_MODULE_LOADED;
    return host;
}

VfgPciAddress
make_address(const char *text)
{
    VfgPciAddress address = {0};
    g_autoptr(GError) error = NULL;
    gboolean good = vfg_pci_address_parse(text, &address, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return address;
}

VfgPciFunction *
make_function(VfgHost *host, const char *address, const char *ids, guint class, const char *driver,
              int group)
{
    VfgPciFunction *function = vfg_pci_function_new(make_address(address));
    g_assert_cmpuint(strlen(ids), ==, 9);
    function->vendor = (guint16)g_ascii_strtoull(ids, NULL, 16);
    function->device = (guint16)g_ascii_strtoull(ids + 5, NULL, 16);
    function->class_code = class << 8;
    function->is_bridge = class == VFG_PCI_CLASS_BRIDGE_PCI || class == VFG_PCI_CLASS_BRIDGE_HOST;
    function->driver = g_strdup(driver);
    function->iommu_group = group;
    g_ptr_array_add(host->functions, function);
    return function;
}

VfgGpu *
make_gpu(VfgPciFunction *function)
{
    VfgGpu *gpu = g_new0(VfgGpu, 1);
    gpu->function = function;
    gpu->functions = g_ptr_array_new();
    gpu->peers = g_ptr_array_new();
    g_ptr_array_add(gpu->functions, function);
    return gpu;
}
