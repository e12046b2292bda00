/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: bytes as what nvidia-smi prints, line by line, into the counters. */

#include "fuzz.h"
#include "smi-log.h"

static void
check_event(const VfgEvent *event, G_GNUC_UNUSED gpointer data)
{
    g_assert_true(event->id && event->class_name && event->has_address);
    g_assert_true(g_utf8_validate(event->line, -1, NULL));
}

static void
on_reading(const VfgReading *reading, gpointer data)
{
    g_assert_cmpint(reading->kind, <, VFG_COUNTER_COUNT);
    vfg_counters_take(data, reading, check_event, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VfgCounters) counters = vfg_counters_new();
    g_autoptr(VfgSmiLog) log = vfg_smi_log_new(on_reading, counters);
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        vfg_smi_log_take(log, *line);
    return 0;
}
