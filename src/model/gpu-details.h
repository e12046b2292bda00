/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Everything known about one GPU, as `show --json` gives it. */

#pragma once

#include "gpu.h"

/* The GPU as `list` has it, with "details" for each function of its slot, the "bridges" above it
 * (nearest first), its "groups" and "holders" (docs/JSON.md). Unknown values are null. A new
 * reference. */
json_t *vfg_gpu_details_to_json(const VfgHost *host, const VfgGpu *gpu);
