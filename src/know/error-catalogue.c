/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The error catalogue. */

#include "error-catalogue.h"

#include "error.h"

struct VfgErrorCatalogue {
    GPtrArray *entries;  /* of VfgErrorEntry */
    GHashTable *refined; /* "ID CODE" → VfgErrorEntry, filled by add */
};

VfgErrorCatalogue *
vfg_error_catalogue_new(void)
{
    VfgErrorCatalogue *catalogue = g_new0(VfgErrorCatalogue, 1);
    catalogue->entries = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_error_entry_free);
    catalogue->refined = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return catalogue;
}

void
vfg_error_catalogue_free(VfgErrorCatalogue *catalogue)
{
    if (!catalogue)
        return;
    g_ptr_array_unref(catalogue->entries);
    g_hash_table_unref(catalogue->refined);
    g_free(catalogue);
}

static void
put(VfgErrorCatalogue *catalogue, VfgErrorEntry *entry)
{
    for (guint i = 0; i < catalogue->entries->len; i++) {
        VfgErrorEntry *old = g_ptr_array_index(catalogue->entries, i);
        if (!g_str_equal(old->id, entry->id))
            continue;
        catalogue->entries->pdata[i] = entry;
        vfg_error_entry_free(old);
        return;
    }
    g_ptr_array_add(catalogue->entries, entry);
}

static void
index_codes(VfgErrorCatalogue *catalogue)
{
    g_hash_table_remove_all(catalogue->refined);
    for (guint i = 0; i < catalogue->entries->len; i++) {
        VfgErrorEntry *entry = g_ptr_array_index(catalogue->entries, i);
        if (!entry->codes)
            continue;
        GHashTableIter iter;
        gpointer code = NULL;
        g_hash_table_iter_init(&iter, entry->codes);
        while (g_hash_table_iter_next(&iter, &code, NULL))
            g_hash_table_replace(catalogue->refined, g_strconcat(entry->of, " ", code, NULL),
                                 entry);
    }
}

gboolean
vfg_error_catalogue_add(VfgErrorCatalogue *catalogue, const char *file, const char *bytes,
                        gsize len, GError **error)
{
    g_autoptr(GPtrArray) groups = vfg_ini_groups_parse(file, bytes, len, error);
    if (!groups)
        return FALSE;
    g_autoptr(GPtrArray) fresh =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_error_entry_free);
    for (guint i = 0; i < groups->len; i++) {
        VfgErrorEntry *entry = vfg_error_entry_parse(g_ptr_array_index(groups, i), file, error);
        if (!entry)
            return FALSE;
        g_ptr_array_add(fresh, entry);
    }
    while (fresh->len)
        put(catalogue, g_ptr_array_steal_index(fresh, 0));
    index_codes(catalogue);
    return TRUE;
}

static gboolean
knows(const VfgErrorCatalogue *catalogue, const char *name, gboolean or_class)
{
    for (guint i = 0; i < catalogue->entries->len; i++) {
        const VfgErrorEntry *entry = g_ptr_array_index(catalogue->entries, i);
        if (g_str_equal(entry->id, name) || (or_class && g_str_equal(entry->class_name, name)))
            return TRUE;
    }
    return or_class && g_str_equal(name, "*");
}

static gboolean
check_name(const VfgErrorCatalogue *catalogue, const VfgErrorEntry *entry, const char *name,
           gboolean or_class, GError **error)
{
    if (!name || knows(catalogue, name, or_class))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s:%u: [%s]: there is no %s '%s'", entry->file,
                  entry->line, entry->id, or_class ? "class or entry" : "entry", name);
    return FALSE;
}

static gboolean
check_names(const VfgErrorCatalogue *catalogue, const VfgErrorEntry *entry, char **names,
            gboolean or_class, GError **error)
{
    for (char **name = names; name && *name; name++)
        if (!check_name(catalogue, entry, *name, or_class, error))
            return FALSE;
    return TRUE;
}

gboolean
vfg_error_catalogue_check(const VfgErrorCatalogue *catalogue, GError **error)
{
    for (guint i = 0; i < catalogue->entries->len; i++) {
        const VfgErrorEntry *entry = g_ptr_array_index(catalogue->entries, i);
        if (!check_name(catalogue, entry, entry->of, FALSE, error) ||
            !check_name(catalogue, entry, entry->context, FALSE, error) ||
            !check_names(catalogue, entry, entry->overlaps, FALSE, error) ||
            !check_names(catalogue, entry, entry->settles, TRUE, error) ||
            !check_names(catalogue, entry, entry->symptom_of, TRUE, error) ||
            !check_names(catalogue, entry, entry->echo_of, TRUE, error))
            return FALSE;
    }
    return TRUE;
}

guint
vfg_error_catalogue_len(const VfgErrorCatalogue *catalogue)
{
    return catalogue->entries->len;
}

const VfgErrorEntry *
vfg_error_catalogue_get(const VfgErrorCatalogue *catalogue, guint index)
{
    return g_ptr_array_index(catalogue->entries, index);
}

const VfgErrorEntry *
vfg_error_catalogue_find(const VfgErrorCatalogue *catalogue, const char *id)
{
    for (guint i = 0; i < catalogue->entries->len; i++) {
        const VfgErrorEntry *entry = g_ptr_array_index(catalogue->entries, i);
        if (g_str_equal(entry->id, id))
            return entry;
    }
    return NULL;
}

const VfgErrorEntry *
vfg_error_catalogue_refine(const VfgErrorCatalogue *catalogue, const VfgErrorEntry *entry,
                           const char *code)
{
    g_autofree char *key = g_strconcat(entry->id, " ", code, NULL);
    const VfgErrorEntry *refined = g_hash_table_lookup(catalogue->refined, key);
    return refined ? refined : entry;
}
