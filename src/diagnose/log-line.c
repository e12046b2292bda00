/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What stands before the message in a line of a log. */

#include "log-line.h"

#include <string.h>

#define SYSLOG_PREFIX_MAX 160 /* time, host and "kernel:" */

static const char *const levels[] = {"emerg", "alert",  "crit", "err",
                                     "warn",  "notice", "info", "debug"};

static void
skip(VfgLogLine *line, gsize n)
{
    line->message += n;
    line->len -= n;
}

static void
skip_blanks(VfgLogLine *line)
{
    while (line->len && (*line->message == ' ' || *line->message == '\t'))
        skip(line, 1);
}

static void
set_time(VfgLogLine *line, const char *at, gsize len)
{
    while (len && *at == ' ') {
        at++;
        len--;
    }
    while (len && at[len - 1] == ' ')
        len--;
    if (line->time || !len)
        return;
    line->time = at;
    line->time_len = len;
}

static gboolean
read_number(const char **at, const char *end, guint64 *ret)
{
    guint64 value = 0;
    const char *start = *at;
    while (*at < end && g_ascii_isdigit(**at) && *at - start < 19)
        value = value * 10 + (guint64)(*(*at)++ - '0');
    *ret = value;
    return *at > start;
}

static void
set_priority(VfgLogLine *line, guint64 priority)
{
    line->level = (int)(priority & 7);
    line->facility = (int)MIN(priority >> 3, G_MAXUINT16);
}

/* "6,3964,206764307,-;text" (Documentation/ABI/testing/dev-kmsg). */
static gboolean
take_kmsg(VfgLogLine *line)
{
    const char *at = line->message, *end = at + line->len;
    guint64 priority = 0, number = 0;
    if (!read_number(&at, end, &priority) || at == end || *at++ != ',' ||
        !read_number(&at, end, &number) || at == end || *at++ != ',')
        return FALSE;
    const char *stamp = at;
    if (!read_number(&at, end, &number) || at == end || *at != ',')
        return FALSE;
    const char *text = memchr(at, ';', (gsize)(end - at));
    if (!text)
        return FALSE;
    set_priority(line, priority);
    set_time(line, stamp, (gsize)(at - stamp));
    skip(line, (gsize)(text + 1 - line->message));
    return TRUE;
}

/* "<6>", as in pstore and in printk's own form. */
static void
take_angle(VfgLogLine *line)
{
    const char *at = line->message + 1, *end = line->message + line->len;
    guint64 priority = 0;
    if (!line->len || *line->message != '<' || !read_number(&at, end, &priority) || at == end ||
        *at != '>')
        return;
    set_priority(line, priority);
    skip(line, (gsize)(at + 1 - line->message));
}

static gboolean
has_prefix(const VfgLogLine *line, const char *word)
{
    gsize len = strlen(word);
    return line->len >= len && memcmp(line->message, word, len) == 0;
}

/* "kern  :warn  : 2025-01-21T04:41:44,283302+00:00 text", of dmesg --decode. */
static void
take_decoded(VfgLogLine *line)
{
    if (!has_prefix(line, "kern  :"))
        return;
    line->facility = 0;
    skip(line, strlen("kern  :"));
    for (int i = 0; i < (int)G_N_ELEMENTS(levels); i++)
        if (has_prefix(line, levels[i]))
            line->level = i;
    const char *colon = memchr(line->message, ':', MIN(line->len, 10));
    if (!colon)
        return;
    skip(line, (gsize)(colon + 1 - line->message));
    skip_blanks(line);
    const char *space = memchr(line->message, ' ', MIN(line->len, 40));
    if (!space || !g_ascii_isdigit(*line->message))
        return;
    set_time(line, line->message, (gsize)(space - line->message));
    skip(line, (gsize)(space + 1 - line->message));
}

/* Whether a text can be the time and host of syslog: nothing, a word, or words with hours and
 * minutes among them. A message has the word "kernel:", too. */
static gboolean
is_syslog_stamp(const char *text, gsize len)
{
    gsize blanks = 0;
    for (gsize i = 0; i < len; i++) {
        blanks += text[i] == ' ';
        if (i > 0 && i + 2 < len && text[i] == ':' && g_ascii_isdigit(text[i - 1]) &&
            g_ascii_isdigit(text[i + 1]) && g_ascii_isdigit(text[i + 2]))
            return TRUE;
    }
    return blanks <= 1;
}

/* Everything up to "kernel:", whatever the words for time and host are. */
static void
take_syslog(VfgLogLine *line)
{
    static const char word[] = "kernel:";
    const char *at = memmem(line->message, MIN(line->len, SYSLOG_PREFIX_MAX), word, strlen(word));
    if (!at || (at > line->message && at[-1] != ' ') ||
        !is_syslog_stamp(line->message, (gsize)(at - line->message)))
        return;
    const char *host = at;
    while (host > line->message && host[-1] == ' ')
        host--;
    while (host > line->message && host[-1] != ' ')
        host--;
    set_time(line, line->message, (gsize)(host - line->message));
    skip(line, (gsize)(at + strlen(word) - line->message));
    skip_blanks(line);
}

/* A stamp holds digits, dots, signs and, where it is a date, words; a caller id is T or C and a
 * number (printk's PRINTK_CALLER). A tag as [drm] or [Hardware Error] is neither. */
static gboolean
is_stamp(const char *at, gsize len)
{
    gsize digits = 0, letters = 0;
    for (gsize i = 0; i < len; i++) {
        guchar c = (guchar)at[i];
        digits += g_ascii_isdigit(c) != 0;
        letters += g_ascii_isalpha(c) || c >= 0x80;
        if (!g_ascii_isalnum(c) && c < 0x80 && !strchr(" .,:+-<>", c))
            return FALSE;
    }
    if (!digits)
        return FALSE;
    const char *colon = memchr(at, ':', len);
    return letters == 0 || (letters == 1 && !colon) || (letters >= 2 && colon && digits >= 6);
}

static void
take_brackets(VfgLogLine *line)
{
    for (guint i = 0; i < 3 && line->len && *line->message == '['; i++) {
        const char *close = memchr(line->message, ']', MIN(line->len, 64));
        gsize len = close ? (gsize)(close - line->message - 1) : 0;
        if (!close || !is_stamp(line->message + 1, len))
            return;
        set_time(line, line->message + 1, len);
        skip(line, len + 2);
        /* Blanks behind the stamp may be the message's own, but mean nothing. */
        skip_blanks(line);
    }
}

void
vfg_log_line_parse(const char *line, gsize len, VfgLogLine *ret)
{
    *ret = (VfgLogLine){.message = line, .len = len, .level = -1, .facility = -1};
    while (ret->len && (ret->message[ret->len - 1] == '\r' || ret->message[ret->len - 1] == '\n'))
        ret->len--;
    if (take_kmsg(ret))
        return;
    take_decoded(ret);
    take_syslog(ret);
    take_angle(ret);
    take_brackets(ret);
    /* journalctl -o short-monotonic has its own stamp first. */
    take_syslog(ret);
    take_brackets(ret);
}
