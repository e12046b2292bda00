/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the counters of NVIDIA's driver say, line by line as `nvidia-smi --query-gpu=… --format=csv
 * -l` prints it, and which changes of them are events. docs/EVENTS.md says why it is nvidia-smi. */

#pragma once

#include "event.h"

/* The fields to query, in the order in which vfg_counters_take expects them. */
#define VFG_COUNTERS_QUERY                                                                         \
    "pci.bus_id,ecc.errors.corrected.aggregate.total,ecc.errors.uncorrected.volatile.total,"       \
    "ecc.errors.uncorrected.aggregate.total,retired_pages.single_bit_ecc.count,"                   \
    "retired_pages.double_bit.count,retired_pages.pending,temperature.gpu,"                        \
    "clocks_throttle_reasons.hw_thermal_slowdown,clocks_throttle_reasons.hw_power_brake_slowdown," \
    "pcie.link.width.current,pcie.link.width.max"

typedef struct VfgCounters VfgCounters;

VfgCounters *vfg_counters_new(void);
void vfg_counters_free(VfgCounters *counters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCounters, vfg_counters_free)

/* Called for each event: id, class, severity, source, address and line are set. */
typedef void (*VfgCountersFunc)(const VfgEvent *event, gpointer data);

/* Takes one line of the output. The first one of a GPU tells what is there already: only
 * uncorrected errors and pages to be retired are events then. FALSE: it is no such line (a header,
 * an error). */
gboolean vfg_counters_take(VfgCounters *counters, const char *line, VfgCountersFunc func,
                           gpointer data);
