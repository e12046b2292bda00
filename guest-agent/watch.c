/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Follows the kernel's log. */

#include "watch.h"

#include "kmsg.h"

#include <glib-unix.h>
#include <string.h>

#define MAX_RECORDS 64 /* in one go: a flood must not keep the main loop from its other work */
#define OVERRUN_ID "agent-log-overrun"

struct VfgWatch {
    VfgWatchConfig config;
    VfgKmsg *kmsg;
    guint source;
    guint64 known; /* number of the last record that became an event before the agent was started */
    gboolean added; /* since the last sync */
};

static void
add(VfgWatch *watch, const VfgEvent *event, guint64 number)
{
    g_autoptr(GError) error = NULL;
    if (vfg_spool_add(watch->config.spool, event, number, &error))
        watch->added = TRUE;
    else
        vfg_log_say(watch->config.log, "lost an event: %s", error->message);
}

/* The record's stamp counts from the boot; the monotonic clock is the same but for its slewing. */
static guint64
wall_clock(gint64 since_boot)
{
    gint64 time = g_get_real_time() - g_get_monotonic_time() + since_boot;
    return (guint64)MAX(time, 0) / 1000;
}

/* It has the number of the record before the one that tells of the loss, which comes next. */
static void
report_lost(VfgWatch *watch, const VfgKmsgRecord *record)
{
    VfgEvent event = {.id = (char *)OVERRUN_ID,
                      .class_name = (char *)"records-lost",
                      .severity = VFG_SEVERITY_WARN,
                      .source = VFG_EVENT_AGENT,
                      .time = wall_clock(record->time)};
    g_autofree char *line = g_strdup_printf("the kernel's log overran: %" G_GUINT64_FORMAT
                                            " records before %" G_GUINT64_FORMAT " were never seen",
                                            record->lost, record->number);
    event.line = line;
    add(watch, &event, record->number - 1);
}

static void
on_record(const VfgKmsgRecord *record, gpointer data)
{
    VfgWatch *watch = data;
    g_autoptr(VfgEvent) event = g_new0(VfgEvent, 1);
    if (record->lost && record->number - 1 > watch->known)
        report_lost(watch, record);
    if (!watch->config.match(record->text, record->len, event, watch->config.match_data) ||
        record->number <= watch->known)
        return;
    event->source = record->user ? VFG_EVENT_USER : VFG_EVENT_KERNEL;
    event->time = wall_clock(record->time);
    event->line = vfg_event_make_line(record->text, record->len);
    add(watch, event, record->number);
}

static gboolean
on_readable(G_GNUC_UNUSED int fd, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    VfgWatch *watch = data;
    g_autoptr(GError) error = NULL;
    vfg_kmsg_read(watch->kmsg, MAX_RECORDS, on_record, watch);
    if (!watch->added)
        return G_SOURCE_CONTINUE;
    watch->added = FALSE;
    if (!vfg_spool_sync(watch->config.spool, &error))
        vfg_log_say(watch->config.log, "events are not safe from a power cut: %s", error->message);
    watch->config.news(watch->config.news_data);
    return G_SOURCE_CONTINUE;
}

/* What became events before the agent was started again is in the spool. It is read again all the
 * same, since it may tell what later lines are about. */
VfgWatch *
vfg_watch_new(const VfgWatchConfig *config, GError **error)
{
    VfgKmsg *kmsg = vfg_kmsg_open(config->path, error);
    if (!kmsg)
        return NULL;
    VfgWatch *watch = g_new0(VfgWatch, 1);
    watch->config = *config;
    watch->kmsg = kmsg;
    watch->known = vfg_spool_record(config->spool);
    watch->source = g_unix_fd_add(vfg_kmsg_fd(kmsg), G_IO_IN, on_readable, watch);
    return watch;
}

void
vfg_watch_free(VfgWatch *watch)
{
    if (!watch)
        return;
    g_source_remove(watch->source);
    vfg_kmsg_free(watch->kmsg);
    g_free(watch);
}
