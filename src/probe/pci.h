/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PCI functions from sysfs (Documentation/ABI/testing/sysfs-bus-pci). Only attributes that the
 * kernel answers from memory are read, so a sleeping GPU stays asleep. */

#pragma once

#include "host.h"
#include "root.h"

/* Adds every function below /sys/bus/pci/devices to the host. A host without PCI gets none. */
gboolean vfg_probe_pci(VfgRoot *root, VfgHost *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Fills the names of display functions from pci.ids through libpci; those it does not know keep
 * NULL. */
void vfg_probe_pci_names(VfgHost *host);
