/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent knows: built-in data files and those of the site. */

#include "knowledge.h"

#include "builtin.h"
#include "error.h"

#define SITE_FOLDER "/etc/vfiogpu/"
#define MAX_FILE (1024 * 1024)

static gboolean
load_builtin(const char *folder, VfgKnowledgeFunc func, gpointer data, GError **error)
{
    gsize n = 0;
    const VfgBuiltinFile *files = vfg_builtin_files(&n);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *shown = g_strdup_printf("built-in %s/%s", folder, files[i].name);
        if (g_str_equal(files[i].folder, folder) &&
            !func(data, shown, files[i].bytes, files[i].len, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
load_site(const char *folder, VfgRoot *root, VfgKnowledgeFunc func, gpointer data, GError **error)
{
    g_autofree char *top = g_strconcat(SITE_FOLDER, folder, NULL);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GPtrArray) names = vfg_root_list(root, top, &failure);
    if (!names && g_error_matches(failure, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        return TRUE;
    if (!names) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!g_str_has_suffix(name, ".ini"))
            continue;
        g_autofree char *path = g_strconcat(top, "/", name, NULL);
        gsize len = 0;
        g_autofree char *bytes = vfg_root_read(root, path, MAX_FILE, &len, error);
        if (!bytes || !func(data, path, bytes, len, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vfg_knowledge_load(const char *folder, VfgRoot *root, VfgKnowledgeFunc func, gpointer data,
                   GError **error)
{
    return load_builtin(folder, func, data, error) &&
           (!root || load_site(folder, root, func, data, error));
}
