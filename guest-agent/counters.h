/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which changes of the GPUs' counters are events. Where the counters are from is smi-log.h's and
 * gpu-sysfs.h's business. */

#pragma once

#include "event.h"

typedef enum {
    VFG_COUNTER_ECC_CORRECTED,        /* in all, over the card's life */
    VFG_COUNTER_ECC_VOLATILE,         /* uncorrected, since the driver started */
    VFG_COUNTER_ECC_AGGREGATE,        /* uncorrected, in all */
    VFG_COUNTER_SRAM_THRESHOLD,       /* 1: NVIDIA's limit of SRAM errors is exceeded */
    VFG_COUNTER_RETIRED_SINGLE,       /* pages, for single bit errors */
    VFG_COUNTER_RETIRED_DOUBLE,       /* pages, for double bit errors */
    VFG_COUNTER_RETIREMENT_PENDING,   /* 1: pages wait for a reset */
    VFG_COUNTER_REMAPPED_CORRECTED,   /* rows, for corrected errors */
    VFG_COUNTER_REMAPPED_UNCORRECTED, /* rows, for uncorrected errors */
    VFG_COUNTER_REMAP_PENDING,        /* 1: rows wait for a reset */
    VFG_COUNTER_REMAP_FAILURE,        /* 1: a row could not be remapped */
    VFG_COUNTER_RESET_REQUIRED,       /* 1: the driver asks for a reset */
    VFG_COUNTER_THERMAL_SLOWDOWN,     /* 1: the clocks are lowered */
    VFG_COUNTER_POWER_BRAKE,          /* 1: the clocks are lowered */
    VFG_COUNTER_LINK_WIDTH,           /* 1: fewer PCIe lanes than there could be */
    VFG_COUNTER_LINK_SPEED,      /* 1: a lower PCIe generation than there could be, though the GPU
                                    is at work */
    VFG_COUNTER_REPLAYS,         /* PCIe packets that were sent again */
    VFG_COUNTER_RAS_CORRECTED,   /* AMD, of a block of the GPU */
    VFG_COUNTER_RAS_UNCORRECTED, /* the same */
    VFG_COUNTER_COUNT
} VfgCounterKind;

typedef struct {
    VfgPciAddress address;
    VfgCounterKind kind;
    const char *part; /* of the GPU: "umc"; NULL: all of it */
    guint64 value;
    const char *detail; /* what to say behind the words: "8 of 16 lanes"; NULL: nothing */
} VfgReading;

/* "ecc-volatile": the event's id without "counter-". */
const char *vfg_counter_name(VfgCounterKind kind);

typedef void (*VfgReadingFunc)(const VfgReading *reading, gpointer data);

typedef struct VfgCounters VfgCounters;

VfgCounters *vfg_counters_new(void);
void vfg_counters_free(VfgCounters *counters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCounters, vfg_counters_free)

/* Called for each event: id, class, severity, source, address and line are set. */
typedef void (*VfgCountersFunc)(const VfgEvent *event, gpointer data);

/* Takes a reading. The first one of a counter tells what is there already: only what is wrong now
 * is an event then. Bounded: readings of counters beyond that are passed over. */
void vfg_counters_take(VfgCounters *counters, const VfgReading *reading, VfgCountersFunc func,
                       gpointer data);
