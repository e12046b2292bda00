/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PCI functions from sysfs (Documentation/ABI/testing/sysfs-bus-pci). Only attributes that the
 * kernel answers from memory are read, so a sleeping GPU stays asleep, and on a live host none that
 * a driver can keep back, but driver_override, with patience (patient.h). */

#pragma once

#include "host.h"
#include "root.h"

#define VFG_PROBE_PCI_DEVICES "/sys/bus/pci/devices"

/* Adds every function below /sys/bus/pci/devices to the host. A host without PCI gets none. */
gboolean vfg_probe_pci(VfgRoot *root, VfgHost *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads of a function's directory what a brief one lacks. */
gboolean vfg_probe_pci_rest(VfgRoot *device, VfgPciFunction *function,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the function has the driver yet that it had when it was read. */
gboolean vfg_probe_driver_is_current(VfgRoot *root,
                                     const VfgPciFunction *function) G_GNUC_WARN_UNUSED_RESULT;

/* Reads driver_override of each function that is neither brief nor a bridge, and notes those that a
 * driver hangs in: at most a second is waited for each of them. */
void vfg_probe_pci_overrides(VfgRoot *root, VfgHost *host);

/* The function at an address, to be filled further, or NULL; vfg_host_index was called. */
VfgPciFunction *vfg_probe_pci_find(VfgHost *host, VfgPciAddress address);

/* Notes above each function the bridge that it is behind: a bridge's directory has those of the
 * functions directly below it, as sysfs shows devices by where they sit. Call it after
 * vfg_host_index. */
void vfg_probe_pci_parents(VfgRoot *root, VfgHost *host);
