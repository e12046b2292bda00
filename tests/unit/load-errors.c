/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Loads the shipped error catalogue. */

#include "load-errors.h"

#define FOLDER VFG_TOP_SRCDIR "/data/errors.d"

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

VfgErrorCatalogue *
vfg_test_load_errors(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(FOLDER, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    VfgErrorCatalogue *catalogue = vfg_error_catalogue_new();
    g_assert_no_error(error);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir))
        if (g_str_has_suffix(name, ".ini"))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(FOLDER, name, NULL);
        g_autofree char *bytes = NULL;
        gsize len = 0;
        g_file_get_contents(path, &bytes, &len, &error);
        g_assert_no_error(error);
        gboolean ok = vfg_error_catalogue_add(catalogue, name, bytes, len, &error);
        g_assert_no_error(error);
        g_assert_true(ok);
    }
    gboolean ok = vfg_error_catalogue_check(catalogue, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return catalogue;
}
