/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The records of the spool's file. */

#include "spool-record.h"

#include "line-sum.h"
#include "parse.h"

#include <string.h>

#define MAX_NUMBER 20 /* digits */

char *
vfg_spool_record_make(VfgSpoolKind kind, guint64 number, const char *text)
{
    g_autofree char *body = g_strdup_printf("%c %" G_GUINT64_FORMAT " %s", kind, number, text);
    return vfg_line_sum_make(body);
}

gboolean
vfg_spool_record_parse(const char *line, VfgSpoolRecord *ret)
{
    const char *body = vfg_line_sum_check(line);
    if (!body || strlen(body) < 4)
        return FALSE;
    const char *blank = strchr(body + 2, ' ');
    if (!blank || blank - body > MAX_NUMBER + 2)
        return FALSE;
    g_autofree char *number = g_strndup(body + 2, (gsize)(blank - body - 2));
    VfgSpoolRecord record = {.kind = (VfgSpoolKind)body[0], .text = blank + 1};
    if (!strchr("EANK", body[0]) || !vfg_parse_uint(number, 10, G_MAXUINT64, &record.number, NULL))
        return FALSE;
    *ret = record;
    return TRUE;
}
