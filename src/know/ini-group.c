/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading ini files. */

#include "ini-group.h"

#include "error.h"

#include <string.h>

typedef struct {
    const char *file;
    guint line;
    GPtrArray *groups;
    GHashTable *seen; /* names of groups, owned by them */
} Reader;

static void
pair_free(VfgIniPair *pair)
{
    g_free(pair->key);
    g_free(pair->value);
    g_free(pair);
}

void
vfg_ini_group_free(VfgIniGroup *group)
{
    if (!group)
        return;
    g_free(group->name);
    g_ptr_array_unref(group->pairs);
    g_free(group);
}

static gboolean
refuse(const Reader *reader, const char *why, GError **error)
{
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s:%u: %s", reader->file, reader->line, why);
    return FALSE;
}

static VfgIniGroup *
last_group(const Reader *reader)
{
    return reader->groups->len ? g_ptr_array_index(reader->groups, reader->groups->len - 1) : NULL;
}

static gboolean
read_group(Reader *reader, const char *line, GError **error)
{
    gsize len = strlen(line);
    if (len < 3 || line[len - 1] != ']')
        return refuse(reader, "a group is written [name]", error);
    VfgIniGroup *group = g_new0(VfgIniGroup, 1);
    group->name = g_strndup(line + 1, len - 2);
    group->line = reader->line;
    group->pairs = g_ptr_array_new_with_free_func((GDestroyNotify)pair_free);
    g_ptr_array_add(reader->groups, group);
    return g_hash_table_add(reader->seen, group->name) ||
           refuse(reader, "a group of that name is above", error);
}

static gboolean
read_pair(Reader *reader, const char *line, GError **error)
{
    VfgIniGroup *group = last_group(reader);
    const char *equals = strchr(line, '=');
    if (!group)
        return refuse(reader, "a [group] must come first", error);
    if (!equals || equals == line)
        return refuse(reader, "neither a group, key=value nor a comment", error);
    VfgIniPair *pair = g_new0(VfgIniPair, 1);
    pair->key = g_strchomp(g_strndup(line, (gsize)(equals - line)));
    pair->value = g_strchug(g_strdup(equals + 1));
    pair->line = reader->line;
    g_ptr_array_add(group->pairs, pair);
    return TRUE;
}

static gboolean
read_more(Reader *reader, const char *line, GError **error)
{
    VfgIniGroup *group = last_group(reader);
    if (!group || !group->pairs->len)
        return refuse(reader, "nothing that an indented line could go on with", error);
    VfgIniPair *pair = g_ptr_array_index(group->pairs, group->pairs->len - 1);
    char *longer = g_strconcat(pair->value, " ", line, NULL);
    g_free(pair->value);
    pair->value = longer;
    return TRUE;
}

static gboolean
read_line(Reader *reader, char *line, GError **error)
{
    gboolean indented = g_ascii_isspace(*line);
    g_strstrip(line);
    if (!*line || *line == '#')
        return TRUE;
    if (indented)
        return read_more(reader, line, error);
    return *line == '[' ? read_group(reader, line, error) : read_pair(reader, line, error);
}

GPtrArray *
vfg_ini_groups_parse(const char *file, const char *bytes, gsize len, GError **error)
{
    g_autoptr(GPtrArray) groups =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_ini_group_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    Reader reader = {.file = file, .groups = groups, .seen = seen};
    for (const char *at = bytes, *end = bytes + len; at < end;) {
        const char *stop = memchr(at, '\n', (gsize)(end - at));
        gsize n = (gsize)((stop ? stop : end) - at);
        reader.line++;
        if (!g_utf8_validate(at, (gssize)n, NULL)) {
            refuse(&reader, "this is not UTF-8", error);
            return NULL;
        }
        g_autofree char *line = g_strndup(at, n);
        if (!read_line(&reader, line, error))
            return NULL;
        at += n + (stop != NULL);
    }
    return g_steal_pointer(&groups);
}
