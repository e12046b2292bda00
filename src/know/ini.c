/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading a data file strictly. */

#include "ini.h"

#include "error.h"
#include "parse.h"

static gboolean
check_keys(GKeyFile *parsed, const char *group, const char *const *known, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(parsed, group, NULL, error);
    if (!keys)
        return FALSE;
    for (guint i = 0; keys[i]; i++) {
        if (g_strv_contains(known, keys[i]))
            continue;
        g_autofree char *all = g_strjoinv(", ", (char **)known);
        g_autofree char *fix = g_strdup_printf("the keys are %s", all);
        vfg_error_set(error, VFG_ERROR_PARSE, fix, "[%s]: unknown key '%s'", group, keys[i]);
        return FALSE;
    }
    return TRUE;
}

gboolean
vfg_ini_each(const char *file, const char *bytes, gsize len, const char *const *keys,
             VfgIniFunc func, gpointer data, GError **error)
{
    g_autoptr(GKeyFile) parsed = g_key_file_new();
    if (!g_key_file_load_from_data(parsed, bytes, len, G_KEY_FILE_NONE, error)) {
        g_prefix_error(error, "%s: ", file);
        return FALSE;
    }
    g_auto(GStrv) groups = g_key_file_get_groups(parsed, NULL);
    for (guint i = 0; groups[i]; i++) {
        if (check_keys(parsed, groups[i], keys, error) && func(parsed, groups[i], data, error))
            continue;
        g_prefix_error(error, "%s: ", file);
        return FALSE;
    }
    return TRUE;
}

char *
vfg_ini_text(GKeyFile *parsed, const char *group, const char *key)
{
    g_autofree char *text = g_key_file_get_string(parsed, group, key, NULL);
    return text && *text ? g_steal_pointer(&text) : NULL;
}

char *
vfg_ini_need(GKeyFile *parsed, const char *group, const char *key, GError **error)
{
    char *text = vfg_ini_text(parsed, group, key);
    if (!text)
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "[%s]: no %s", group, key);
    return text;
}

char **
vfg_ini_list(GKeyFile *parsed, const char *group, const char *key)
{
    char **items = g_key_file_get_string_list(parsed, group, key, NULL, NULL);
    if (!items)
        return g_new0(char *, 1);
    for (guint i = 0; items[i]; i++)
        g_strstrip(items[i]);
    return items;
}

gboolean
vfg_ini_uint(GKeyFile *parsed, const char *group, const char *key, guint base, guint64 max,
             guint64 *ret, GError **error)
{
    g_autofree char *text = vfg_ini_text(parsed, group, key);
    if (!text || vfg_parse_uint(text, base, max, ret, error))
        return TRUE;
    g_prefix_error(error, "[%s]: %s: ", group, key);
    return FALSE;
}
