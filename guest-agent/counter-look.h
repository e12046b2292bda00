/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One look at the counters of the guest's GPUs, for who asks. What is watched is counter-watch.h's
 * business. */

#pragma once

#include "root.h"

#include <jansson.h>

/* An array of {"address", "counter", "part", "value", "detail"}: a part or detail of NULL where
 * there is none. Runs nvidia-smi, which is looked for in `search` (as PATH), for at most half a
 * minute where NVIDIA's driver is loaded; empty where no GPU has counters. */
json_t *vfg_counter_look(VfgRoot *root, const char *search);
