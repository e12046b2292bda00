/* SPDX-License-Identifier: GPL-2.0-or-later */

/* All facts of a host. */

#include "probe.h"

#include "display.h"
#include "firmware.h"
#include "iommu.h"
#include "kernel.h"
#include "memory.h"
#include "pci-config.h"
#include "pci-names.h"
#include "pci.h"
#include "usage-network.h"
#include "usage-storage.h"

VfgHost *
vfg_probe_host(VfgRoot *root, GError **error)
{
    g_autoptr(VfgHost) host = vfg_host_new();
    if (!vfg_probe_pci(root, host, error))
        return NULL;
    vfg_host_index(host);
    vfg_probe_pci_parents(root, host);
    vfg_probe_pci_details(root, host);
    vfg_probe_pci_overrides(root, host);
    vfg_probe_pci_names(root, host);
    vfg_probe_iommu(root, host);
    vfg_probe_kernel(root, host);
    vfg_probe_firmware(root, host);
    vfg_probe_memory(root, host);
    vfg_probe_display(root, host);
    vfg_probe_usage_storage(root, host);
    vfg_probe_usage_network(root, host);
    return g_steal_pointer(&host);
}
