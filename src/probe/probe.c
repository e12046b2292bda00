/* SPDX-License-Identifier: GPL-2.0-or-later */

/* All facts of a host. */

#include "probe.h"

#include "firmware.h"
#include "iommu.h"
#include "kernel.h"
#include "pci-config.h"
#include "pci.h"

VfgHost *
vfg_probe_host(VfgRoot *root, GError **error)
{
    g_autoptr(VfgHost) host = vfg_host_new();
    if (!vfg_probe_pci(root, host, error))
        return NULL;
    vfg_host_index(host);
    vfg_probe_pci_parents(root, host);
    vfg_probe_pci_details(root, host);
    vfg_probe_pci_names(host);
    vfg_probe_iommu(root, host);
    vfg_probe_kernel(root, host);
    vfg_probe_firmware(root, host);
    return g_steal_pointer(&host);
}
