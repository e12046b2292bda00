/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The physical address space, and what the host shows its screens with. */

#pragma once

#include "host.h"
#include "root.h"

/* Fills the host's display and mmio_windows; the functions must be there, as a framebuffer of the
 * firmware is told by the BAR that it lies in. */
void vfg_probe_display(VfgRoot *root, VfgHost *host);
