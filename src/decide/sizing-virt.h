/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sizing of a guest of QEMU's machine `virt` (aarch64): its windows for BARs are the machine's, no
 * firmware has a say in them. */

#pragma once

#include "gpu-sizing.h"

/* Fills in what the machine offers and whether the needs that are in `sizing` have room there. */
void vfg_sizing_place_virt(const VfgSizingQuery *query, VfgSizing *sizing);
