/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names of PCI functions: from the pci.ids that libpci would read, and from libpci for what that
 * lacks. */

#pragma once

#include "host.h"
#include "root.h"

/* The id table in a snapshot, so that it shows the names that the captured host showed. */
#define VFG_PROBE_PCI_IDS "/usr/share/misc/pci.ids"

/* Fills the names of display functions; those that are not known keep NULL. A snapshot that has an
 * id table is shown with that, anything else with the one of this system. */
void vfg_probe_pci_names(VfgRoot *root, VfgHost *host);

/* An id table (pciutils, pci.ids(5)) with no more than the names of this host's functions, for a
 * snapshot. The caller frees it. */
char *vfg_probe_pci_ids(VfgRoot *root, const VfgHost *host);
