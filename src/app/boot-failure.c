/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Why a VM did not boot. */

#include "boot-failure.h"

#include "diagnose.h"
#include "error.h"

#include <string.h>

#define MAX_READS 500

VfgKmsg *
vfg_boot_failure_mark(const VfgApp *app)
{
    VfgKmsg *log = app->live ? vfg_kmsg_open("/dev/kmsg", NULL) : NULL;
    if (log)
        vfg_kmsg_skip(log);
    return log;
}

static void
feed_record(const VfgKmsgRecord *record, gpointer diagnoser)
{
    vfg_diagnoser_feed(diagnoser, record->text, record->len);
    vfg_diagnoser_feed(diagnoser, "\n", 1);
}

/* libvirt hands the emulator's lines on as one text, whose line feeds were escaped for showing. */
static void
feed_message(VfgDiagnoser *diagnoser, const char *message)
{
    g_auto(GStrv) lines = g_strsplit(message, "\\x0a", -1);
    for (guint i = 0; lines[i]; i++) {
        vfg_diagnoser_feed(diagnoser, lines[i], strlen(lines[i]));
        vfg_diagnoser_feed(diagnoser, "\n", 1);
    }
}

static VfgDiagnosis *
diagnose(const VfgMatcher *matcher, VfgKmsg *mark, const GPtrArray *gpus, const char *message)
{
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(matcher, VFG_SIDE_HOST);
    for (guint i = 0; i < gpus->len; i++)
        vfg_app_add_gpu(diagnoser, g_ptr_array_index(gpus, i));
    if (mark)
        vfg_kmsg_read(mark, MAX_READS, feed_record, diagnoser);
    feed_message(diagnoser, message);
    return vfg_diagnoser_finish(diagnoser);
}

void
vfg_boot_failure_explain(const VfgApp *app, VfgKmsg *mark, const GPtrArray *gpus, GError *failure)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_app_load_errors(app, NULL);
    if (!catalogue)
        return;
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(matcher, mark, gpus, failure->message);
    if (diagnosis->incidents->len == 0)
        return;
    const VfgIncident *worst = g_ptr_array_index(diagnosis->incidents, 0);
    g_autofree char *detail = failure->message;
    failure->message = g_strdup_printf("%s (%s)", worst->cause, detail);
    if (*worst->fix)
        vfg_error_set_fix(failure, worst->fix);
}
