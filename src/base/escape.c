/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Escaping of untrusted text. */

#include "escape.h"

#include <string.h>

static gboolean
is_plain(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return FALSE;
    default:
        return TRUE;
    }
}

/* Appends one character of text and gives the bytes it took. */
static gsize
append_one(GString *out, const char *at, gsize left)
{
    gunichar c = g_utf8_get_char_validated(at, (gssize)left);
    if (c == (gunichar)-1 || c == (gunichar)-2 || c == 0) {
        g_string_append_printf(out, "\\x%02x", (guchar)*at);
        return 1;
    }
    gsize used = (gsize)(g_utf8_next_char(at) - at);
    if (is_plain(c))
        g_string_append_len(out, at, (gssize)used);
    else if (c < 0x80)
        g_string_append_printf(out, "\\x%02x", c);
    else
        g_string_append_printf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
    return used;
}

char *
vfg_escape_text(const char *text, gssize len, gsize max)
{
    gsize size = len < 0 ? strlen(text) : (gsize)len;
    gsize shown = MIN(size, max);
    GString *out = g_string_sized_new(shown + 8);
    for (gsize i = 0; i < shown;)
        i += append_one(out, text + i, size - i);
    if (shown < size)
        g_string_append(out, "…");
    return g_string_free(out, FALSE);
}
