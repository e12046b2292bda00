/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Opening files inside a tree: links stay inside, by openat2 and by the walk alike. */

#include "beneath.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *top;
    VfgFd root;
} Tree;

static void
put(const Tree *tree, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(tree->top, path, NULL);
    g_autofree char *folder = g_path_get_dirname(full);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    g_assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void
put_link(const Tree *tree, const char *path, const char *target)
{
    g_autofree char *full = g_build_filename(tree->top, path, NULL);
    g_assert_cmpint(symlink(target, full), ==, 0);
}

static void
set_up(Tree *tree, gconstpointer data G_GNUC_UNUSED)
{
    tree->top = g_dir_make_tmp("vfg-beneath-XXXXXX", NULL);
    put(tree, "a/b/f", "f");
    put(tree, "c/x", "x");
    put(tree, "etc/passwd", "inside");
    put_link(tree, "c/folder", "../a/b");
    put_link(tree, "c/absolute", "/a/b/f");
    put_link(tree, "c/escape", "../../../../etc/passwd");
    put_link(tree, "loop", "loop");
    put_link(tree, "dangling", "nowhere");
    tree->root = open(tree->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_assert_cmpint(tree->root, >=, 0);
}

static void
tear_down(Tree *tree, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = {"a/b/f",      "a/b",        "a",        "c/x",
                                        "c/folder",   "c/absolute", "c/escape", "c",
                                        "etc/passwd", "etc",        "loop",     "dangling"};
    vfg_io_close(&tree->root);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *full = g_build_filename(tree->top, names[i], NULL);
        g_assert_cmpint(g_remove(full), ==, 0);
    }
    g_assert_cmpint(g_rmdir(tree->top), ==, 0);
    g_free(tree->top);
}

typedef int (*OpenFunc)(int root, const char *path, int flags);

static void
assert_text(OpenFunc opener, const Tree *tree, const char *path, const char *wanted)
{
    g_auto(VfgFd) fd = opener(tree->root, path, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_autofree char *text = vfg_io_read_fd(fd, 100, NULL, path, NULL);
    g_assert_cmpstr(text, ==, wanted);
}

static void
assert_errno(OpenFunc opener, const Tree *tree, const char *path, int wanted)
{
    g_auto(VfgFd) fd = opener(tree->root, path, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(fd, ==, -1);
    g_assert_cmpint(errno, ==, wanted);
}

static void
try_all(OpenFunc opener, const Tree *tree)
{
    assert_text(opener, tree, "a/b/f", "f");
    assert_text(opener, tree, "./a//b/f", "f");
    assert_text(opener, tree, "c/folder/f", "f");
    assert_text(opener, tree, "c/folder/../../c/x", "x");
    assert_text(opener, tree, "c/absolute", "f");
    assert_text(opener, tree, "c/escape", "inside");
    assert_text(opener, tree, "../../etc/passwd", "inside");
    assert_errno(opener, tree, "loop", ELOOP);
    assert_errno(opener, tree, "dangling", ENOENT);
    assert_errno(opener, tree, "a/none/f", ENOENT);
    assert_errno(opener, tree, "a/b/f/g", ENOTDIR);
}

static void
test_walk(Tree *tree, gconstpointer data G_GNUC_UNUSED)
{
    try_all(vfg_beneath_walk, tree);
}

static void
test_open(Tree *tree, gconstpointer data G_GNUC_UNUSED)
{
    try_all(vfg_beneath_open, tree);
}

/* The link itself, as reading a driver's link needs it. */
static void
test_link_itself(Tree *tree, gconstpointer data G_GNUC_UNUSED)
{
    char target[64] = "";
    g_auto(VfgFd) fd = vfg_beneath_walk(tree->root, "c/folder", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(readlinkat(fd, "", target, sizeof target - 1), ==, (gssize)strlen("../a/b"));
    g_assert_cmpstr(target, ==, "../a/b");
}

static void
test_folder(Tree *tree, gconstpointer data G_GNUC_UNUSED)
{
    g_auto(VfgFd) fd = vfg_beneath_walk(tree->root, "c/folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_auto(VfgFd) file = fd >= 0 ? openat(fd, "f", O_RDONLY | O_CLOEXEC) : -1;
    g_assert_cmpint(file, >=, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/beneath/walk", Tree, NULL, set_up, test_walk, tear_down);
    g_test_add("/beneath/open", Tree, NULL, set_up, test_open, tear_down);
    g_test_add("/beneath/link-itself", Tree, NULL, set_up, test_link_itself, tear_down);
    g_test_add("/beneath/folder", Tree, NULL, set_up, test_folder, tear_down);
    return g_test_run();
}
