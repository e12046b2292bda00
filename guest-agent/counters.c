/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Counters of GPUs. */

#include "counters.h"

#include <string.h>

#define MAX_COUNTERS 4096 /* 16 GPUs with 60 blocks have half of that */

typedef enum {
    RISES,   /* a number whose growth is an event */
    DOUBLES, /* the same, but a sound card has some of it: told at 1, 2, 4, 8, … times as much */
    BEGINS,  /* a state whose beginning is an event */
    LASTS,   /* a state that may be there for a moment: it is an event at the second look */
} Way;

typedef struct {
    const char *id; /* of the event */
    const char *class_name;
    const char *words;
    VfgSeverity severity;
    Way way;
    gboolean at_once; /* an event also where it is so at the first look */
} Rule;

/* Severities as those of the driver's own messages about the same
 * (docs.nvidia.com/deploy/gpu-memory-error-management; Documentation/gpu/amdgpu/ras.rst). */
static const Rule rules[VFG_COUNTER_COUNT] = {
    [VFG_COUNTER_ECC_CORRECTED] = {"counter-ecc-corrected", "ecc-corrected",
                                   "corrected ECC errors in all", VFG_SEVERITY_INFO, DOUBLES,
                                   FALSE},
    [VFG_COUNTER_ECC_VOLATILE] = {"counter-ecc-volatile", "ecc-uncorrectable",
                                  "uncorrected ECC errors since the start", VFG_SEVERITY_ERROR,
                                  RISES, TRUE},
    [VFG_COUNTER_ECC_AGGREGATE] = {"counter-ecc-aggregate", "ecc-uncorrectable",
                                   "uncorrected ECC errors in all", VFG_SEVERITY_ERROR, RISES,
                                   FALSE},
    [VFG_COUNTER_SRAM_THRESHOLD] = {"counter-sram-threshold", "ecc-uncorrectable",
                                    "the limit of uncorrected SRAM errors is exceeded",
                                    VFG_SEVERITY_ERROR, BEGINS, TRUE},
    [VFG_COUNTER_RETIRED_SINGLE] = {"counter-retired-single", "page-retired",
                                    "pages retired for single bit errors", VFG_SEVERITY_WARN, RISES,
                                    FALSE},
    [VFG_COUNTER_RETIRED_DOUBLE] = {"counter-retired-double", "page-retired",
                                    "pages retired for double bit errors", VFG_SEVERITY_WARN, RISES,
                                    FALSE},
    [VFG_COUNTER_RETIREMENT_PENDING] = {"counter-retired-pending", "row-remap-pending",
                                        "pages wait for a reset to be retired", VFG_SEVERITY_WARN,
                                        BEGINS, TRUE},
    [VFG_COUNTER_REMAPPED_CORRECTED] = {"counter-remapped-corrected", "row-remapped",
                                        "rows remapped for corrected errors", VFG_SEVERITY_WARN,
                                        RISES, FALSE},
    [VFG_COUNTER_REMAPPED_UNCORRECTED] = {"counter-remapped-uncorrected", "row-remapped",
                                          "rows remapped for uncorrected errors", VFG_SEVERITY_WARN,
                                          RISES, FALSE},
    [VFG_COUNTER_REMAP_PENDING] = {"counter-remap-pending", "row-remap-pending",
                                   "rows wait for a reset to be remapped", VFG_SEVERITY_WARN,
                                   BEGINS, TRUE},
    [VFG_COUNTER_REMAP_FAILURE] = {"counter-remap-failure", "row-remap-failure",
                                   "a row could not be remapped: no spare ones are left",
                                   VFG_SEVERITY_FATAL, BEGINS, TRUE},
    [VFG_COUNTER_RESET_REQUIRED] = {"counter-reset-required", "gpu-recovery-action",
                                    "the driver asks for a reset of the GPU", VFG_SEVERITY_ERROR,
                                    BEGINS, TRUE},
    [VFG_COUNTER_THERMAL_SLOWDOWN] = {"counter-thermal", "thermal",
                                      "the clocks are lowered: it is too hot", VFG_SEVERITY_WARN,
                                      BEGINS, FALSE},
    [VFG_COUNTER_POWER_BRAKE] = {"counter-power-brake", "power-brake",
                                 "the clocks are lowered: the power supply asks for it",
                                 VFG_SEVERITY_WARN, BEGINS, FALSE},
    [VFG_COUNTER_LINK_WIDTH] = {"counter-link-width", "pcie-link", "the PCIe link has lost lanes",
                                VFG_SEVERITY_WARN, LASTS, FALSE},
    [VFG_COUNTER_LINK_SPEED] = {"counter-link-speed", "pcie-link",
                                "the PCIe link is slower than it could be", VFG_SEVERITY_WARN,
                                LASTS, FALSE},
    [VFG_COUNTER_REPLAYS] = {"counter-replays", "pcie-replays", "PCIe packets sent again",
                             VFG_SEVERITY_INFO, DOUBLES, FALSE},
    [VFG_COUNTER_RAS_CORRECTED] = {"counter-ras-corrected", "amd-ras-corrected", "corrected errors",
                                   VFG_SEVERITY_INFO, DOUBLES, FALSE},
    [VFG_COUNTER_RAS_UNCORRECTED] = {"counter-ras-uncorrected", "ecc-uncorrectable",
                                     "uncorrected errors", VFG_SEVERITY_ERROR, RISES, TRUE},
};

typedef struct {
    gboolean seen;
    gboolean told; /* of a state: since it began */
    guint64 value; /* at the last look */
    guint64 shown; /* at the last event, or at the first look */
} Counter;

struct VfgCounters {
    GHashTable *table; /* "0000:01:00.0 KIND PART" → Counter */
};

const char *
vfg_counter_name(VfgCounterKind kind)
{
    return rules[kind].id + strlen("counter-");
}

VfgCounters *
vfg_counters_new(void)
{
    VfgCounters *counters = g_new0(VfgCounters, 1);
    counters->table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return counters;
}

void
vfg_counters_free(VfgCounters *counters)
{
    if (!counters)
        return;
    g_hash_table_unref(counters->table);
    g_free(counters);
}

/* The counter of a reading, made where it is new; NULL where there are too many. */
static Counter *
find(VfgCounters *counters, const VfgReading *reading)
{
    g_autofree char *address = vfg_pci_address_dup(reading->address);
    g_autofree char *key = g_strdup_printf("%s %d %s", address, (int)reading->kind,
                                           reading->part ? reading->part : "");
    Counter *counter = g_hash_table_lookup(counters->table, key);
    if (counter || g_hash_table_size(counters->table) >= MAX_COUNTERS)
        return counter;
    counter = g_new0(Counter, 1);
    g_hash_table_insert(counters->table, g_steal_pointer(&key), counter);
    return counter;
}

static gboolean
is_state(const Rule *rule)
{
    return rule->way == BEGINS || rule->way == LASTS;
}

/* A state that was there at the first look is known, and is told only where that is wanted. */
static gboolean
is_state_news(const Rule *rule, const Counter *counter, guint64 now)
{
    gboolean lasts = rule->way == BEGINS || counter->value;
    return now && !counter->told && lasts;
}

/* A driver that was loaded again counts from 0. */
static gboolean
is_news(const Rule *rule, const Counter *counter, guint64 now)
{
    if (!counter->seen)
        return rule->at_once && now > 0;
    if (is_state(rule))
        return is_state_news(rule, counter, now);
    guint64 grown = now > counter->shown ? now - counter->shown : 0;
    return now > counter->value && (rule->way == RISES || grown >= counter->shown);
}

static void
remember(Counter *counter, const Rule *rule, guint64 now, gboolean told)
{
    if (is_state(rule))
        counter->told = now && (counter->told || told || !counter->seen);
    else if (told || !counter->seen || now < counter->value)
        counter->shown = now;
    counter->value = now;
    counter->seen = TRUE;
}

static char *
make_line(const Rule *rule, const VfgReading *reading, guint64 before)
{
    GString *line = g_string_new(rule->words);
    if (reading->part)
        g_string_append_printf(line, " in %s", reading->part);
    if (!is_state(rule))
        g_string_append_printf(line, ": %" G_GUINT64_FORMAT ", before %" G_GUINT64_FORMAT,
                               reading->value, before);
    if (reading->detail)
        g_string_append_printf(line, ": %s", reading->detail);
    return g_string_free(line, FALSE);
}

void
vfg_counters_take(VfgCounters *counters, const VfgReading *reading, VfgCountersFunc func,
                  gpointer data)
{
    const Rule *rule = &rules[reading->kind];
    Counter *counter = find(counters, reading);
    if (!counter)
        return;
    guint64 before = counter->value;
    gboolean news = is_news(rule, counter, reading->value);
    remember(counter, rule, reading->value, news);
    if (!news)
        return;
    g_autofree char *line = make_line(rule, reading, before);
    VfgEvent event = {.id = (char *)rule->id,
                      .class_name = (char *)rule->class_name,
                      .severity = rule->severity,
                      .source = VFG_EVENT_COUNTER,
                      .has_address = TRUE,
                      .address = reading->address,
                      .line = line};
    func(&event, data);
}
