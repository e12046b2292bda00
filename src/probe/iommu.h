/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The IOMMU: what its groups are set to, and whether interrupts are kept apart. */

#pragma once

#include "host.h"
#include "root.h"

/* Fills the type and the reserved regions of the groups that vfg_probe_pci_details marked, and
 * interrupt_remapping and unsafe_interrupts of the host. What can't be read stays unknown. */
void vfg_probe_iommu(VfgRoot *root, VfgHost *host);
