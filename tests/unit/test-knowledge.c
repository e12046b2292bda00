/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent knows: the built-in files are those of data/, byte for byte, and a site's files
 * come after them. */

#include "knowledge.h"

#include "assert-error.h"
#include "builtin.h"
#include "gpu-generation.h"
#include "io.h"
#include "temp-tree.h"

static void
test_builtin_equals_source(void)
{
    gsize n = 0;
    const VfgBuiltinFile *files = vfg_builtin_files(&n);
    g_assert_cmpuint(n, >, 1);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path =
            g_build_filename(VFG_TOP_SRCDIR "/data", files[i].folder, files[i].name, NULL);
        gsize len = 0;
        g_autofree char *bytes = vfg_io_read_file(path, 1 << 20, &len, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(files[i].bytes, files[i].len, bytes, len);
        g_assert_cmpint(files[i].bytes[len], ==, '\0');
    }
}

static gboolean
collect(gpointer data, const char *shown, G_GNUC_UNUSED const char *bytes, G_GNUC_UNUSED gsize len,
        G_GNUC_UNUSED GError **error)
{
    g_string_append_printf(data, "%s\n", shown);
    return TRUE;
}

static void
test_site_comes_last(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GString) seen = g_string_new(NULL);
    temp_tree_put(tree, "/etc/vfiogpu/gpus.d/20.ini", "");
    temp_tree_put(tree, "/etc/vfiogpu/gpus.d/10.ini", "");
    temp_tree_put(tree, "/etc/vfiogpu/gpus.d/10.ini~", "");
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    g_assert_true(vfg_knowledge_load("gpus.d", root, collect, seen, &error));
    g_assert_cmpstr(seen->str, ==,
                    "built-in gpus.d/amd.ini\nbuilt-in gpus.d/nvidia.ini\n"
                    "/etc/vfiogpu/gpus.d/10.ini\n/etc/vfiogpu/gpus.d/20.ini\n");
    g_string_truncate(seen, 0);
    g_assert_true(vfg_knowledge_load("none.d", root, collect, seen, &error));
    g_assert_cmpstr(seen->str, ==, "");
}

static gboolean
add_generations(gpointer data, const char *shown, const char *bytes, gsize len, GError **error)
{
    return vfg_gpu_generations_add(data, shown, bytes, len, error);
}

static void
test_site_replaces(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(VfgGpuGenerations) table = vfg_gpu_generations_new();
    temp_tree_put(tree, "/etc/vfiogpu/gpus.d/site.ini",
                  "[nvidia-pascal]\nname=Ours\nvendor=10de\ndevices=1b00-1d7f\n"
                  "modules=proprietary\nsource=us\n");
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    g_assert_true(vfg_knowledge_load("gpus.d", root, add_generations, table, &error));
    g_assert_cmpstr(vfg_gpu_generations_find(table, 0x10de, 0x1bb3)->name, ==, "Ours");
    g_assert_cmpstr(vfg_gpu_generations_find(table, 0x10de, 0x1e37)->name, ==, "Turing");

    temp_tree_put(tree, "/etc/vfiogpu/gpus.d/worse.ini", "[x]\nnome=y\n");
    g_assert_false(vfg_knowledge_load("gpus.d", root, add_generations, table, &error));
    assert_error(error, VFG_ERROR_PARSE, "/etc/vfiogpu/gpus.d/worse.ini: [x]: unknown key");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/knowledge/builtin-equals-source", test_builtin_equals_source);
    g_test_add_func("/knowledge/site-comes-last", test_site_comes_last);
    g_test_add_func("/knowledge/site-replaces", test_site_replaces);
    return g_test_run();
}
