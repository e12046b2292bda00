/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Placeholders in the texts of data files. */

#include "placeholders.h"

#include <string.h>

char *
vfg_placeholders_fill(const char *text, GHashTable *values)
{
    GString *out = g_string_new(NULL);
    while (*text) {
        const char *end = *text == '{' ? strchr(text, '}') : NULL;
        g_autofree char *name = end ? g_strndup(text + 1, (gsize)(end - text - 1)) : NULL;
        const char *value = name && values ? g_hash_table_lookup(values, name) : NULL;
        if (value) {
            g_string_append(out, value);
            text = end + 1;
        } else {
            g_string_append_c(out, *text++);
        }
    }
    return g_string_free(out, FALSE);
}
