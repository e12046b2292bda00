/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's own kernel log. */

#include "host-log.h"

#include "diagnose.h"
#include "kmsg.h"

#define MAX_READS 256 /* in one turn */

struct VfgHostLog {
    VfgKmsg *kmsg;
    VfgErrorCatalogue *catalogue;
    VfgMatcher *matcher;
    VfgDiagnoser *diagnoser;
    char *boot_id;
    VfgMonitor *monitor; /* of the running turn; NULL: the beginning is passed over */
};

/* What names no device is kept where a card that fails does just this to the whole machine. */
static gboolean
may_be_a_gpus(const VfgMatch *match)
{
    return match->severity > VFG_SEVERITY_NONE &&
           (match->has_address || match->entry->device == VFG_ERROR_DEVICE_GUESS);
}

static const VfgMatch *
find_worst(const VfgMatch *matches, guint n)
{
    const VfgMatch *worst = NULL;
    for (guint i = 0; i < n; i++)
        if (may_be_a_gpus(&matches[i]) && (!worst || matches[i].severity > worst->severity))
            worst = &matches[i];
    return worst;
}

static void
on_record(const VfgKmsgRecord *record, gpointer data)
{
    VfgHostLog *log = data;
    VfgMatch matches[VFG_MATCHES_MAX];
    guint n = vfg_diagnoser_take_line(log->diagnoser, record->text, record->len, matches);
    const VfgMatch *match = find_worst(matches, n);
    if (!match || !log->monitor)
        return;
    g_autofree char *line = vfg_event_make_line(record->text, record->len);
    g_autofree char *code = *match->code ? g_utf8_make_valid(match->code, -1) : NULL;
    VfgEvent event = {.sequence = record->number,
                      .boot_id = log->boot_id,
                      .time = (guint64)(g_get_real_time() - g_get_monotonic_time() + record->time) /
                              1000,
                      .id = match->entry->id,
                      .class_name = match->entry->class_name,
                      .severity = match->severity,
                      .source = record->user ? VFG_EVENT_USER : VFG_EVENT_KERNEL,
                      .has_address = match->has_address,
                      .address = match->address,
                      .code = code,
                      .line = line,
                      .count = 1};
    vfg_monitor_take_host_event(log->monitor, &event);
}

VfgHostLog *
vfg_host_log_new(const VfgApp *app, GError **error)
{
    g_autoptr(VfgHostLog) log = g_new0(VfgHostLog, 1);
    log->catalogue = vfg_app_load_errors(app, error);
    log->kmsg = log->catalogue ? vfg_kmsg_open("/dev/kmsg", error) : NULL;
    if (!log->kmsg)
        return NULL;
    log->boot_id = vfg_root_read_text(app->root, "/proc/sys/kernel/random/boot_id", error);
    if (!log->boot_id)
        return NULL;
    log->matcher = vfg_matcher_new(log->catalogue);
    log->diagnoser = vfg_diagnoser_new(log->matcher, VFG_SIDE_HOST);
    while (vfg_kmsg_read(log->kmsg, MAX_READS, on_record, log))
        continue;
    return g_steal_pointer(&log);
}

void
vfg_host_log_free(VfgHostLog *log)
{
    if (!log)
        return;
    vfg_kmsg_free(log->kmsg);
    vfg_diagnoser_free(log->diagnoser);
    vfg_matcher_free(log->matcher);
    vfg_error_catalogue_free(log->catalogue);
    g_free(log->boot_id);
    g_free(log);
}

void
vfg_host_log_turn(VfgHostLog *log, VfgMonitor *monitor)
{
    log->monitor = monitor;
    vfg_kmsg_read(log->kmsg, MAX_READS, on_record, log);
    log->monitor = NULL;
}
