/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finding a name in pci.ids. A line that starts with an id names a vendor; the lines below it that
 * start with one tab are its devices. */

#include "pci-ids.h"

#include <string.h>

#define KEY_LEN 6 /* "10de  " */

typedef struct {
    const char *at;
    const char *end; /* of the table */
} Lines;

/* The line's length without its newline. */
static gsize
line_length(const Lines *lines)
{
    const char *newline = memchr(lines->at, '\n', (gsize)(lines->end - lines->at));
    return (gsize)((newline ? newline : lines->end) - lines->at);
}

static void
next_line(Lines *lines)
{
    lines->at += line_length(lines);
    lines->at += lines->at < lines->end;
}

static gboolean
starts_with(const Lines *lines, const char *key, gsize len)
{
    return (gsize)(lines->end - lines->at) >= len && memcmp(lines->at, key, len) == 0;
}

/* What is behind the key in this line. */
static char *
copy_name(const Lines *lines, gsize key_len)
{
    return g_strchomp(g_strndup(lines->at + key_len, line_length(lines) - key_len));
}

/* Goes to the vendor's line. */
static gboolean
find_vendor(const char *table, gsize len, guint16 vendor, Lines *ret)
{
    char key[KEY_LEN + 2];
    Lines lines = {table, table + len};
    g_snprintf(key, sizeof key, "\n%04x  ", vendor);
    if (!len)
        return FALSE;
    if (!starts_with(&lines, key + 1, KEY_LEN)) {
        const char *found = memmem(table, len, key, KEY_LEN + 1);
        if (!found)
            return FALSE;
        lines.at = found + 1;
    }
    *ret = lines;
    return TRUE;
}

char *
vfg_pci_ids_vendor(const char *table, gsize len, guint16 vendor)
{
    Lines lines;
    return find_vendor(table, len, vendor, &lines) ? copy_name(&lines, KEY_LEN) : NULL;
}

char *
vfg_pci_ids_device(const char *table, gsize len, guint16 vendor, guint16 device)
{
    Lines lines;
    char key[KEY_LEN + 2];
    g_snprintf(key, sizeof key, "\t%04x  ", device);
    if (!find_vendor(table, len, vendor, &lines))
        return NULL;
    for (next_line(&lines); lines.at < lines.end; next_line(&lines)) {
        if (starts_with(&lines, key, KEY_LEN + 1))
            return copy_name(&lines, KEY_LEN + 1);
        if (!strchr("\t#\n", *lines.at))
            return NULL; /* the next vendor */
    }
    return NULL;
}
