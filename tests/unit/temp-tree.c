/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A directory tree of a test. */

#include "temp-tree.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TempTree *
temp_tree_new(void)
{
    TempTree *tree = g_new0(TempTree, 1);
    g_autoptr(GError) error = NULL;
    tree->top = g_dir_make_tmp("vfg-test-XXXXXX", &error);
    g_assert_no_error(error);
    return tree;
}

static int
remove_one(const char *path, const struct stat *info G_GNUC_UNUSED, int kind G_GNUC_UNUSED,
           struct FTW *place G_GNUC_UNUSED)
{
    return remove(path);
}

static void
remove_all(const char *path)
{
    g_assert_cmpint(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
}

void
temp_tree_free(TempTree *tree)
{
    if (!tree)
        return;
    remove_all(tree->top);
    g_free(tree->top);
    g_free(tree);
}

char *
temp_tree_path(const TempTree *tree, const char *path)
{
    return g_build_filename(tree->top, path, NULL);
}

/* The path of something about to be made. */
static char *
make_way(const TempTree *tree, const char *path)
{
    char *full = temp_tree_path(tree, path);
    g_autofree char *folder = g_path_get_dirname(full);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    return full;
}

void
temp_tree_put_bytes(const TempTree *tree, const char *path, const char *bytes, gsize len)
{
    g_autofree char *full = make_way(tree, path);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(full, bytes, (gssize)len, &error);
    g_assert_no_error(error);
}

void
temp_tree_put(const TempTree *tree, const char *path, const char *text)
{
    temp_tree_put_bytes(tree, path, text, strlen(text));
}

void
temp_tree_link(const TempTree *tree, const char *path, const char *target)
{
    g_autofree char *full = make_way(tree, path);
    (void)g_unlink(full);
    g_assert_cmpint(symlink(target, full), ==, 0);
}

void
temp_tree_make_dir(const TempTree *tree, const char *path)
{
    g_autofree char *full = temp_tree_path(tree, path);
    g_assert_cmpint(g_mkdir_with_parents(full, 0755), ==, 0);
}

void
temp_tree_remove(const TempTree *tree, const char *path)
{
    g_autofree char *full = temp_tree_path(tree, path);
    remove_all(full);
}

char *
temp_tree_get(const TempTree *tree, const char *path)
{
    g_autofree char *full = temp_tree_path(tree, path);
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_file_get_contents(full, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

gboolean
temp_tree_has(const TempTree *tree, const char *path)
{
    GStatBuf info;
    g_autofree char *full = temp_tree_path(tree, path);
    return g_lstat(full, &info) == 0;
}
