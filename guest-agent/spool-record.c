/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The records of the spool's file. */

#include "spool-record.h"

#include "parse.h"

#include <string.h>

#define SUM_LENGTH 16 /* hexadecimal digits of a SHA-256 */
#define MAX_NUMBER 20 /* digits */

static char *
make_sum(const char *text)
{
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    sum[SUM_LENGTH] = '\0';
    return sum;
}

char *
vfg_spool_record_make(VfgSpoolKind kind, guint64 number, const char *text)
{
    g_autofree char *body = g_strdup_printf("%c %" G_GUINT64_FORMAT " %s", kind, number, text);
    g_autofree char *sum = make_sum(body);
    return g_strconcat(sum, " ", body, "\n", NULL);
}

gboolean
vfg_spool_record_parse(const char *line, VfgSpoolRecord *ret)
{
    if (strlen(line) < SUM_LENGTH + 5 || line[SUM_LENGTH] != ' ')
        return FALSE;
    const char *body = line + SUM_LENGTH + 1;
    g_autofree char *sum = make_sum(body);
    if (strncmp(sum, line, SUM_LENGTH) != 0)
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
