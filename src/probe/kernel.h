/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel: release, command line, loaded modules, CPUs, kind of firmware, IOMMU drivers, and
 * whether vfio-pci can be had. */

#pragma once

#include "host.h"
#include "root.h"

/* Fills the kernel's part of the host; what can't be read stays unknown. */
void vfg_probe_kernel(VfgRoot *root, VfgHost *host);
