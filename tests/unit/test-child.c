/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Acts made by a child process: their errors come back, and one that hangs is given up. */

#include "child.h"

#include "assert-error.h"
#include "growth.h"
#include "temp-tree.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#define DEADLINE 1 /* s */

static gboolean
on_write(const char *path, const char *text, gpointer data, GError **error)
{
    const TempTree *tree = data;
    if (g_str_equal(path, "/hang"))
        sleep(60);
    if (g_str_equal(path, "/crash"))
        raise(SIGKILL);
    if (g_str_equal(path, "/busy")) {
        vfg_error_set_errno(error, EBUSY, "cannot write '%s' to %s", text, path);
        return FALSE;
    }
    if (g_str_equal(path, "/odd")) {
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "a\033[2Jb\nsecond line");
        return FALSE;
    }
    temp_tree_put(tree, "written", text);
    return TRUE;
}

typedef struct {
    TempTree *tree;
    VfgRoot *root;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->tree = temp_tree_new();
    f->root = vfg_root_new_fake(f->tree->top, on_write, f->tree, NULL);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_root_free(f->root);
    temp_tree_free(f->tree);
}

static void
test_write(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    guint fds = count_fds();
    g_assert_true(vfg_child_write(f->root, "/fine", "0000:82:00.0", 30, &error));
    g_assert_no_error(error);
    g_autofree char *text = temp_tree_get(f->tree, "written");
    g_assert_cmpstr(text, ==, "0000:82:00.0");
    g_assert_cmpuint(count_fds(), ==, fds);
}

static void
test_write_fails(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    guint fds = count_fds();
    g_assert_false(vfg_child_write(f->root, "/busy", "x", 30, &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot write 'x' to /busy: Device or resource busy");
    g_clear_error(&error);
    g_assert_false(vfg_child_write(f->root, "/odd", "x", 30, &error));
    g_assert_cmpstr(error->message, ==, "a\\x1b[2Jb");
    g_clear_error(&error);
    g_assert_false(vfg_child_write(f->root, "/crash", "x", 30, &error));
    assert_error(error, VFG_ERROR_FAILED, "status 9");
    g_assert_cmpuint(count_fds(), ==, fds);
}

/* The kernel's own errno, through a file that cannot be written. */
static void
test_errno(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgRoot) root = vfg_root_new("/", NULL);
    g_assert_false(vfg_child_write(root, "/dev/full", "x", 30, &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot write 'x' to /dev/full: No space left on device");
    g_clear_error(&error);
    g_autofree char *missing = temp_tree_path(f->tree, "none");
    g_assert_false(vfg_child_write(root, missing, "x", 30, &error));
    assert_error(error, VFG_ERROR_FAILED, "No such file or directory");
}

static void
test_write_hangs(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    guint fds = count_fds();
    gint64 start = g_get_monotonic_time();
    g_assert_false(vfg_child_write(f->root, "/hang", "0000:82:00.0", DEADLINE, &error));
    gint64 took = g_get_monotonic_time() - start;
    assert_error(error, VFG_ERROR_TIMEOUT,
                 "writing '0000:82:00.0' to /hang did not return within 1 s");
    assert_fix(error, "dmesg");
    g_assert_cmpint(took, >=, DEADLINE * G_USEC_PER_SEC);
    g_assert_cmpint(took, <, 50 * G_USEC_PER_SEC); /* not when the write is done */
    g_assert_cmpuint(count_fds(), ==, fds);
}

static void
test_run(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = temp_tree_path(f->tree, "made by a program; not by a shell");
    const char *const touch[] = {"touch", path, NULL};
    const char *const fails[] = {"sh", "-c",
                                 "echo out; echo why it failed >&2; echo more >&2; exit 3", NULL};
    const char *const quiet[] = {"false", NULL};
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_child_run(touch, 30, NULL, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_false(vfg_child_run(fails, 30, NULL, NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "why it failed");
    g_assert_null(strstr(error->message, "out"));
    g_assert_null(strstr(error->message, "more"));
    g_clear_error(&error);
    g_assert_false(vfg_child_run(quiet, 30, NULL, NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "status");
}

/* An initramfs that is made must not have a user's libraries in it. */
static void
test_environment(Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    const char *const argv[] = {"sh", "-c", "echo $LD_LIBRARY_PATH$LD_DEBUG_OUTPUT-$KEPT", NULL};
    g_autoptr(GError) error = NULL;
    g_setenv("LD_LIBRARY_PATH", "/nowhere", TRUE);
    g_setenv("LD_DEBUG_OUTPUT", "/nowhere/", TRUE);
    g_setenv("KEPT", "kept", TRUE);
    g_autofree char *text = vfg_child_read(argv, 30, 100, &error);
    g_unsetenv("LD_LIBRARY_PATH");
    g_unsetenv("LD_DEBUG_OUTPUT");
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, "-kept\n");
}

static void
test_run_missing(Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    const char *const argv[] = {"vfiogpu-no-such-program", NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_child_run(argv, 30, NULL, NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "No such file or directory");
}

static void
test_run_hangs(Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    const char *const argv[] = {"sleep", "60", NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_child_run(argv, DEADLINE, NULL, NULL, &error));
    assert_error(error, VFG_ERROR_TIMEOUT, "sleep did not return within 1 s");
}

/* Much on stderr does not block the program, nor fill our memory. */
static void
test_run_chatty(Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    const char *const argv[] = {"sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1",
                                NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_child_run(argv, 30, NULL, NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "xxx");
    g_assert_cmpuint(strlen(error->message), <, 2000);
}

static gboolean
go_on_twice(gpointer data, GError **error)
{
    guint *asked = data;
    if (++*asked < 3)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_INTERRUPTED, NULL, "enough");
    return FALSE;
}

/* A program that is not to go on is killed. */
static void
test_run_interrupted(void)
{
    g_autoptr(GError) error = NULL;
    guint asked = 0;
    const char *const argv[] = {"sleep", "1000", NULL};
    const char *const quick[] = {"true", NULL};
    g_assert_false(vfg_child_run(argv, 1000, go_on_twice, &asked, &error));
    assert_error(error, VFG_ERROR_INTERRUPTED, "enough");
    g_assert_cmpuint(asked, ==, 3);
    asked = 0;
    g_clear_error(&error);
    g_assert_true(vfg_child_run(quick, 30, go_on_twice, &asked, &error));
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/child/write", test_write},
        {"/child/write-fails", test_write_fails},
        {"/child/errno", test_errno},
        {"/child/write-hangs", test_write_hangs},
        {"/child/run", test_run},
        {"/child/environment", test_environment},
        {"/child/run-missing", test_run_missing},
        {"/child/run-hangs", test_run_hangs},
        {"/child/run-chatty", test_run_chatty},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/child/run-interrupted", test_run_interrupted);
    return g_test_run();
}
