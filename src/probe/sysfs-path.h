/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where a class link of sysfs leads, and which PCI function the device belongs to. */

#pragma once

#include "pci-address.h"
#include "root.h"

/* The path that the link at `path` names, such as "/sys/class/net/eth0", without looking whether
 * anything is there; a copy of `path` where that is a folder; NULL where there is nothing. sysfs
 * links are relative and lead into /sys/devices in one step (Documentation/filesystems/sysfs.rst),
 * so nothing more is followed. The caller frees it. */
char *vfg_sysfs_real_path(VfgRoot *root, const char *path);

/* The PCI function nearest to a device: the last word of a path in /sys/devices that is a full
 * address. FALSE where there is none. */
gboolean vfg_sysfs_find_function(const char *real_path, VfgPciAddress *ret);
