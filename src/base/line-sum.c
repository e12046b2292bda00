/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Lines with a checksum. */

#include "line-sum.h"

#include <string.h>

#define SUM_LENGTH 16 /* hexadecimal digits of a SHA-256 */

static char *
make_sum(const char *text)
{
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    sum[SUM_LENGTH] = '\0';
    return sum;
}

char *
vfg_line_sum_make(const char *text)
{
    g_autofree char *sum = make_sum(text);
    return g_strconcat(sum, " ", text, "\n", NULL);
}

const char *
vfg_line_sum_check(const char *line)
{
    if (strlen(line) < SUM_LENGTH + 1 || line[SUM_LENGTH] != ' ')
        return NULL;
    const char *text = line + SUM_LENGTH + 1;
    g_autofree char *sum = make_sum(text);
    return strncmp(sum, line, SUM_LENGTH) == 0 ? text : NULL;
}
