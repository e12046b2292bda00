/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The catalogue of findings. */

#include "catalogue.h"

#include "error.h"
#include "ini.h"
#include "placeholders.h"

#include <stdarg.h>
#include <string.h>

typedef struct {
    VfgLevel level;
    char *title;
    char *cause;
    char *fix;
} Entry;

struct VfgCatalogue {
    GHashTable *entries; /* id → Entry */
};

static void
entry_free(Entry *entry)
{
    if (!entry)
        return;
    g_free(entry->title);
    g_free(entry->cause);
    g_free(entry->fix);
    g_free(entry);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

VfgCatalogue *
vfg_catalogue_new(void)
{
    VfgCatalogue *catalogue = g_new0(VfgCatalogue, 1);
    catalogue->entries =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)entry_free);
    return catalogue;
}

void
vfg_catalogue_free(VfgCatalogue *catalogue)
{
    if (!catalogue)
        return;
    g_hash_table_unref(catalogue->entries);
    g_free(catalogue);
}

static gboolean
parse_level(const char *text, VfgLevel *ret)
{
    for (VfgLevel level = VFG_LEVEL_PASS; level <= VFG_LEVEL_FAIL; level++) {
        if (g_ascii_strcasecmp(text, vfg_level_name(level)) == 0) {
            *ret = level;
            return TRUE;
        }
    }
    return FALSE;
}

/* A text of an entry; only the title must be there. */
static char *
optional_text(GKeyFile *file, const char *id, const char *key)
{
    char *text = g_key_file_get_string(file, id, key, NULL);
    return text ? text : g_strdup("");
}

static gboolean
take_group(GKeyFile *file, const char *id, gpointer data, GError **error)
{
    g_autoptr(Entry) entry = g_new0(Entry, 1);
    g_autofree char *level = optional_text(file, id, "level");
    if (!parse_level(level, &entry->level)) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                      "[%s]: level is '%s', not pass, note, warn or fail", id, level);
        return FALSE;
    }
    entry->title = vfg_ini_need(file, id, "title", error);
    if (!entry->title)
        return FALSE;
    entry->cause = optional_text(file, id, "cause");
    entry->fix = optional_text(file, id, "fix");
    g_hash_table_replace(data, g_strdup(id), g_steal_pointer(&entry));
    return TRUE;
}

gboolean
vfg_catalogue_add(VfgCatalogue *catalogue, const char *file, const char *bytes, gsize len,
                  GError **error)
{
    static const char *const keys[] = {"level", "title", "cause", "fix", "source", NULL};
    g_autoptr(GHashTable) fresh =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)entry_free);
    if (!vfg_ini_each(file, bytes, len, keys, take_group, fresh, error))
        return FALSE;
    GHashTableIter iter;
    gpointer id = NULL, entry = NULL;
    g_hash_table_iter_init(&iter, fresh);
    while (g_hash_table_iter_next(&iter, &id, &entry)) {
        g_hash_table_iter_steal(&iter);
        g_hash_table_replace(catalogue->entries, id, entry);
    }
    return TRUE;
}

gboolean
vfg_catalogue_has(const VfgCatalogue *catalogue, const char *id)
{
    return g_hash_table_contains(catalogue->entries, id);
}

VfgFinding *
vfg_catalogue_make(const VfgCatalogue *catalogue, const char *id, const char *subject, ...)
{
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(values, (gpointer) "subject", (gpointer)subject);
    va_list args;
    va_start(args, subject);
    for (char *name = va_arg(args, char *); name; name = va_arg(args, char *))
        g_hash_table_insert(values, name, va_arg(args, char *));
    va_end(args);

    VfgFinding *finding = g_new0(VfgFinding, 1);
    finding->id = g_strdup(id);
    finding->subject = g_strdup(subject);
    const Entry *entry = g_hash_table_lookup(catalogue->entries, id);
    finding->level = entry ? entry->level : VFG_LEVEL_FAIL;
    finding->title = entry ? vfg_placeholders_fill(entry->title, values) : g_strdup(id);
    finding->cause = entry ? vfg_placeholders_fill(entry->cause, values)
                           : g_strdup("the data files have no text for this check");
    finding->fix = entry ? vfg_placeholders_fill(entry->fix, values)
                         : g_strdup("install vfiogpu's data files again");
    return finding;
}
