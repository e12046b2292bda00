/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The lines of a journal. */

#include "journal-line.h"

#include "line-sum.h"

#include <string.h>

char *
vfg_journal_line_make(const char *kind, va_list args)
{
    g_autoptr(GString) body = g_string_new(kind);
    for (const char *name = va_arg(args, const char *); name; name = va_arg(args, const char *)) {
        const char *value = va_arg(args, const char *);
        g_autofree char *encoded = value ? g_uri_escape_string(value, ":/", FALSE) : NULL;
        if (encoded)
            g_string_append_printf(body, " %s=%s", name, encoded);
    }
    return vfg_line_sum_make(body->str);
}

gboolean
vfg_journal_line_parse(const char *line, char **kind, GHashTable **pairs)
{
    const char *body = vfg_line_sum_check(line);
    if (!body || !*body)
        return FALSE;
    g_auto(GStrv) words = g_strsplit(body, " ", -1);
    g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 1; words[i]; i++) {
        char *equals = strchr(words[i], '=');
        char *value = equals ? g_uri_unescape_string(equals + 1, NULL) : NULL;
        if (!value)
            return FALSE;
        g_hash_table_replace(table, g_strndup(words[i], (gsize)(equals - words[i])), value);
    }
    *kind = g_strdup(words[0]);
    *pairs = g_steal_pointer(&table);
    return TRUE;
}

char *
vfg_journal_folder(const char *state_dir)
{
    return g_build_filename(state_dir, "journal", NULL);
}

char *
vfg_journal_path(const char *state_dir, const char *gpu)
{
    g_autofree char *folder = vfg_journal_folder(state_dir);
    return g_strdup_printf("%s/%s", folder, gpu);
}
