/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's own words, rate limited by a bucket of lines that fills with time. */

#include "log.h"

#define BURST 20
#define REFILL_US (10 * G_USEC_PER_SEC)

struct VfgLog {
    FILE *stream;
    guint allowance;
    gint64 refilled; /* monotonic time up to which the allowance has been added */
    guint64 left_out;
};

VfgLog *
vfg_log_new(FILE *stream)
{
    VfgLog *log = g_new0(VfgLog, 1);
    log->stream = stream;
    log->allowance = BURST;
    log->refilled = g_get_monotonic_time();
    return log;
}

void
vfg_log_free(VfgLog *log)
{
    g_free(log);
}

static gboolean
take_allowance(VfgLog *log, guint reserve)
{
    gint64 earned = (g_get_monotonic_time() - log->refilled) / REFILL_US;
    log->allowance = (guint)MIN(log->allowance + earned, BURST);
    log->refilled += earned * REFILL_US;
    if (log->allowance <= reserve) {
        log->left_out++;
        return FALSE;
    }
    log->allowance--;
    return TRUE;
}

static void G_GNUC_PRINTF(3, 0)
    put_line(VfgLog *log, guint reserve, const char *format, va_list args)
{
    if (!log->stream || !take_allowance(log, reserve))
        return;
    g_autofree char *text = g_strdup_vprintf(format, args);
    if (log->left_out)
        fprintf(log->stream, "vfiogpu-agent: (%" G_GUINT64_FORMAT " lines left out)\n",
                log->left_out);
    log->left_out = 0;
    fprintf(log->stream, "vfiogpu-agent: %s\n", text);
    fflush(log->stream);
}

void
vfg_log_say(VfgLog *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_line(log, 0, format, args);
    va_end(args);
}

void
vfg_log_chat(VfgLog *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_line(log, BURST / 2, format, args);
    va_end(args);
}
