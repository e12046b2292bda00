/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Why a VM did not boot. */

#include "boot-failure.h"

#include "diagnose.h"
#include "error.h"
#include "io.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 8192 /* bytes of a record of /dev/kmsg */
#define RECORDS_MAX 500

struct VfgLogMark {
    VfgFd fd;
};

/* Behind the last record: reading gives what comes from now on
 * (Documentation/ABI/testing/dev-kmsg). */
VfgLogMark *
vfg_log_mark_new(const VfgApp *app)
{
    g_auto(VfgFd) fd = app->live ? open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
        return NULL;
    VfgLogMark *mark = g_new0(VfgLogMark, 1);
    mark->fd = fd;
    fd = -1;
    return mark;
}

void
vfg_log_mark_free(VfgLogMark *mark)
{
    if (!mark)
        return;
    vfg_io_close(&mark->fd);
    g_free(mark);
}

/* A record is "PRIORITY,SEQUENCE,TIME,FLAGS;TEXT", a newline, and lines of " KEY=VALUE". */
static void
feed_kernel_log(VfgDiagnoser *diagnoser, const VfgLogMark *mark)
{
    char record[RECORD_MAX];
    for (guint i = 0; mark && i < RECORDS_MAX; i++) {
        gssize n = read(mark->fd, record, sizeof record);
        if (n <= 0)
            return;
        const char *text = memchr(record, ';', (gsize)n);
        const char *end = text ? memchr(text, '\n', (gsize)(record + n - text)) : NULL;
        if (end)
            vfg_diagnoser_feed(diagnoser, text + 1, (gsize)(end - text));
    }
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
diagnose(const VfgMatcher *matcher, const VfgLogMark *mark, const GPtrArray *gpus,
         const char *message)
{
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(matcher, VFG_SIDE_HOST);
    for (guint i = 0; i < gpus->len; i++)
        vfg_app_add_gpu(diagnoser, g_ptr_array_index(gpus, i));
    feed_kernel_log(diagnoser, mark);
    feed_message(diagnoser, message);
    return vfg_diagnoser_finish(diagnoser);
}

void
vfg_boot_failure_explain(const VfgApp *app, const VfgLogMark *mark, const GPtrArray *gpus,
                         GError *failure)
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
