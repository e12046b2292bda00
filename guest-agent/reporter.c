/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent watches and reports as events. */

#include "reporter.h"

#include "counter-watch.h"
#include "facts.h"
#include "recognise.h"
#include "watch.h"

struct VfgReporter {
    VfgRoot *root;
    VfgLog *log;
    VfgSpool *spool;
    VfgRecogniser *recogniser;
    VfgWatch *watch;
    VfgCounterWatch *counters; /* NULL: not started, or there is no spool */
    VfgAgent *agent;
};

/* A guest whose disk can't be written keeps its events until it is switched off. */
static VfgSpool *
open_spool(const char *state, const char *boot_id, VfgLog *log)
{
    const char *const standard[] = {"/var/lib/vfiogpu-agent", "/run/vfiogpu-agent"};
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgSpool) spool = NULL;
    for (guint i = 0; !spool && i < (state ? 1 : G_N_ELEMENTS(standard)); i++) {
        g_autofree char *folder = g_build_filename(state ? state : standard[i], "spool", NULL);
        g_clear_error(&error);
        spool = vfg_spool_open(folder, boot_id, VFG_SPOOL_LIMIT, &error);
        if (!spool)
            vfg_log_say(log, "%s", error->message);
    }
    if (!spool)
        vfg_log_say(log, "no events are reported");
    return g_steal_pointer(&spool);
}

VfgReporter *
vfg_reporter_new(VfgRoot *root, const char *state, VfgLog *log)
{
    VfgReporter *reporter = g_new0(VfgReporter, 1);
    g_autofree char *boot_id = vfg_facts_boot_id(root);
    reporter->root = root;
    reporter->log = log;
    reporter->spool = open_spool(state, boot_id, log);
    return reporter;
}

void
vfg_reporter_free(VfgReporter *reporter)
{
    if (!reporter)
        return;
    vfg_counter_watch_free(reporter->counters);
    vfg_watch_free(reporter->watch);
    vfg_recogniser_free(reporter->recogniser);
    vfg_spool_free(reporter->spool);
    g_free(reporter);
}

VfgSpool *
vfg_reporter_spool(const VfgReporter *reporter)
{
    return reporter->spool;
}

static void
on_news(gpointer agent)
{
    vfg_agent_tell_news(agent);
}

static void
on_counter(const VfgEvent *event, gpointer data)
{
    VfgReporter *reporter = data;
    g_autoptr(GError) error = NULL;
    VfgEvent own = *event;
    own.time = (guint64)(g_get_real_time() / 1000);
    if (!vfg_spool_add(reporter->spool, &own, 0, &error) ||
        !vfg_spool_sync(reporter->spool, &error))
        vfg_log_say(reporter->log, "a counter's event may be lost: %s", error->message);
    vfg_agent_tell_news(reporter->agent);
}

void
vfg_reporter_look_at_gpus(VfgReporter *reporter)
{
    if (reporter->counters)
        vfg_counter_watch_look(reporter->counters);
}

void
vfg_reporter_start(VfgReporter *reporter, const char *path, VfgAgent *agent)
{
    g_autoptr(GError) error = NULL;
    if (!reporter->spool)
        return;
    reporter->agent = agent;
    reporter->counters = vfg_counter_watch_new(reporter->root, on_counter, reporter);
    vfg_counter_watch_look(reporter->counters);
    reporter->recogniser = vfg_recogniser_new(reporter->root, &error);
    VfgWatchConfig config = {.path = path,
                             .spool = reporter->spool,
                             .log = reporter->log,
                             .match = vfg_recognise,
                             .match_data = reporter->recogniser,
                             .news = on_news,
                             .news_data = agent};
    if (reporter->recogniser)
        reporter->watch = vfg_watch_new(&config, &error);
    if (!reporter->watch)
        vfg_log_say(reporter->log, "the kernel's log is not watched: %s", error->message);
}
