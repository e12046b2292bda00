/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Watching counters. */

#include "counter-watch.h"

#include "gpu-sysfs.h"
#include "smi-log.h"
#include "smi.h"

#define PERIOD_S 30 /* as nvidia-smi's */

struct VfgCounterWatch {
    VfgRoot *root;
    VfgCountersFunc func;
    gpointer data;
    VfgCounters *counters;
    VfgSmiLog *log;
    VfgSmi *smi; /* NULL: nvidia-smi never ran */
    guint timer; /* 0: no GPU is read from sysfs */
};

static void
on_reading(const VfgReading *reading, gpointer data)
{
    VfgCounterWatch *watch = data;
    vfg_counters_take(watch->counters, reading, watch->func, watch->data);
}

static void
on_line(const char *line, gpointer data)
{
    VfgCounterWatch *watch = data;
    vfg_smi_log_take(watch->log, line);
}

static gboolean
on_timer(gpointer data)
{
    VfgCounterWatch *watch = data;
    if (vfg_gpu_sysfs_read(watch->root, on_reading, watch) > 0)
        return G_SOURCE_CONTINUE;
    watch->timer = 0;
    return G_SOURCE_REMOVE;
}

VfgCounterWatch *
vfg_counter_watch_new(VfgRoot *root, VfgCountersFunc func, gpointer data)
{
    VfgCounterWatch *watch = g_new0(VfgCounterWatch, 1);
    watch->root = root;
    watch->func = func;
    watch->data = data;
    watch->counters = vfg_counters_new();
    watch->log = vfg_smi_log_new(on_reading, watch);
    return watch;
}

void
vfg_counter_watch_free(VfgCounterWatch *watch)
{
    if (!watch)
        return;
    if (watch->timer)
        g_source_remove(watch->timer);
    vfg_smi_free(watch->smi);
    vfg_smi_log_free(watch->log);
    vfg_counters_free(watch->counters);
    g_free(watch);
}

/* nvidia-smi ends at once where the driver has no GPU, and is not there before it is installed. */
static void
look_at_nvidia(VfgCounterWatch *watch)
{
    if (!vfg_root_exists(watch->root, "/proc/driver/nvidia/version") ||
        (watch->smi && vfg_smi_runs(watch->smi)))
        return;
    g_clear_pointer(&watch->smi, vfg_smi_free);
    watch->smi = vfg_smi_new(VFG_SMI_WORDS, on_line, watch, NULL);
}

void
vfg_counter_watch_look(VfgCounterWatch *watch)
{
    look_at_nvidia(watch);
    if (!watch->timer && vfg_gpu_sysfs_read(watch->root, on_reading, watch) > 0)
        watch->timer = g_timeout_add_seconds(PERIOD_S, on_timer, watch);
}
