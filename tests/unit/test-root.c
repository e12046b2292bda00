/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root: a snapshot's links stay inside, nothing of it is written, and errors name the file as
 * the user knows it. */

#include "root.h"

#include "assert-error.h"
#include "temp-tree.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    TempTree *tree;
    VfgRoot *root;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->tree = temp_tree_new();
    temp_tree_put(f->tree, "outside", "outside");
    temp_tree_put(f->tree, "snap/sys/devices/d0/vendor", "0x10de\n");
    temp_tree_put(f->tree, "snap/sys/devices/d0/odd", "0x10dg\n");
    temp_tree_put(f->tree, "snap/sys/devices/d0/text", " \tone two \n");
    temp_tree_link(f->tree, "snap/sys/devices/d0/driver", "../../bus/drivers/nvidia");
    temp_tree_link(f->tree, "snap/sys/bus/d0", "../devices/d0");
    temp_tree_link(f->tree, "snap/sys/bus/absolute", "/sys/devices/d0");
    temp_tree_link(f->tree, "snap/up", "../outside");
    temp_tree_link(f->tree, "snap/far-up", "../../../../../../../../../etc/hostname");
    temp_tree_link(f->tree, "snap/outside-absolute", "/etc/passwd");
    temp_tree_link(f->tree, "snap/dangling", "nowhere");
    g_autofree char *path = temp_tree_path(f->tree, "snap");
    g_autoptr(GError) error = NULL;
    f->root = vfg_root_new(path, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_root_free(f->root);
    temp_tree_free(f->tree);
}

static void
assert_read(VfgRoot *root, const char *path, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = vfg_root_read(root, path, 100, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, wanted);
}

static void
refuse_read(VfgRoot *root, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_root_read(root, path, 100, NULL, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, path);
}

static void
test_inside(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_read(f->root, "/sys/devices/d0/vendor", "0x10de\n");
    assert_read(f->root, "sys/devices/d0/vendor", "0x10de\n");
    assert_read(f->root, "//sys/bus/d0/vendor", "0x10de\n");
    assert_read(f->root, "/sys/bus/absolute/vendor", "0x10de\n");
    assert_read(f->root, "/../../sys/bus/../devices/d0/vendor", "0x10de\n");
}

static void
test_no_escape(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    refuse_read(f->root, "/../outside");
    refuse_read(f->root, "/up");
    refuse_read(f->root, "/far-up");
    refuse_read(f->root, "/outside-absolute");
    refuse_read(f->root, "/etc/passwd");
    temp_tree_put(f->tree, "snap/etc/passwd", "the snapshot's");
    assert_read(f->root, "/outside-absolute", "the snapshot's");
}

static void
test_values(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    guint64 value = 4711;
    g_autofree char *text = vfg_root_read_text(f->root, "/sys/devices/d0/text", &error);
    g_assert_cmpstr(text, ==, "one two");
    g_assert_true(
        vfg_root_read_uint(f->root, "/sys/devices/d0/vendor", 16, 0xffff, &value, &error));
    g_assert_cmpuint(value, ==, 0x10de);
    g_assert_false(vfg_root_read_uint(f->root, "/sys/devices/d0/odd", 16, 0xffff, &value, &error));
    assert_error(error, VFG_ERROR_PARSE, "snap/sys/devices/d0/odd: '0x10dg'");
    g_clear_error(&error);
    g_assert_false(vfg_root_read_uint(f->root, "/sys/none", 16, 0xffff, &value, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "snap/sys/none");
    g_assert_cmpuint(value, ==, 0x10de);
}

static void
test_bounded(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *large = g_strnfill(5000, 'x');
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    temp_tree_put(f->tree, "snap/large", large);
    g_assert_null(vfg_root_read(f->root, "/large", 4999, NULL, &error));
    assert_error(error, VFG_ERROR_PARSE, "snap/large is larger than the 4999 bytes allowed");
    g_clear_error(&error);
    g_assert_null(vfg_root_read_text(f->root, "/large", &error));
    assert_error(error, VFG_ERROR_PARSE, "4096");
    g_autofree char *text = vfg_root_read(f->root, "/large", 5000, &len, NULL);
    g_assert_cmpstr(text, ==, large);
    g_assert_cmpuint(len, ==, 5000);
}

static void
test_list(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = {"0000:82:00.1", "b", "0000:82:00.0", "a", ".hidden", "B"};
    static const char *const sorted[] = {".hidden", "0000:82:00.0", "0000:82:00.1", "B", "a", "b"};
    g_autoptr(GError) error = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename("snap/list", names[i], NULL);
        temp_tree_put(f->tree, path, "");
    }
    g_autoptr(GPtrArray) found = vfg_root_list(f->root, "/list", &error);
    g_assert_cmpuint(found->len, ==, G_N_ELEMENTS(sorted));
    for (guint i = 0; i < found->len; i++)
        g_assert_cmpstr(found->pdata[i], ==, sorted[i]);
    g_assert_null(vfg_root_list(f->root, "/none", &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "snap/none");
    g_clear_error(&error);
    g_assert_null(vfg_root_list(f->root, "/list/a", &error));
    assert_error(error, VFG_ERROR_FAILED, "snap/list/a");
}

static void
test_links(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *driver = vfg_root_link_name(f->root, "/sys/bus/d0/driver");
    g_autofree char *up = vfg_root_link_name(f->root, "/up");
    g_assert_cmpstr(driver, ==, "nvidia"); /* whether or not its target was recorded */
    g_assert_cmpstr(up, ==, "outside");
    g_assert_null(vfg_root_link_name(f->root, "/sys/devices/d0/vendor"));
    g_assert_null(vfg_root_link_name(f->root, "/sys/devices/d0"));
    g_assert_null(vfg_root_link_name(f->root, "/none"));
}

static void
test_exists(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(vfg_root_exists(f->root, "/"));
    g_assert_true(vfg_root_exists(f->root, "/sys/bus/absolute"));
    g_assert_false(vfg_root_exists(f->root, "/dangling"));
    g_assert_false(vfg_root_exists(f->root, "/up"));
    g_assert_false(vfg_root_is_busy(f->root, "/sys/devices/d0/vendor"));
    g_assert_false(vfg_root_is_busy(f->root, "/none"));
}

/* What a device's folder has beside its attributes: links within it, across it and out. */
static void
put_neighbours(Fixture *f)
{
    temp_tree_put(f->tree, "snap/sys/bus/drivers/nvidia/module/refcnt", "3\n");
    temp_tree_put(f->tree, "snap/sys/devices/d1/vendor", "0x1002\n");
    temp_tree_link(f->tree, "snap/sys/devices/d0/peer", "../d1/vendor");
    temp_tree_link(f->tree, "snap/sys/devices/d0/peer-folder", "/sys/devices/d1");
    temp_tree_link(f->tree, "snap/sys/devices/d0/out", "../../../../outside");
}

static void
test_enter(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    put_neighbours(f);
    g_autoptr(VfgRoot) device = vfg_root_enter(f->root, "/sys/bus/d0", &error);
    g_assert_no_error(error);
    assert_read(device, "vendor", "0x10de\n");
    assert_read(device, "../d0/vendor", "0x10de\n");
    assert_read(device, "driver/module/refcnt", "3\n"); /* out of it, but not out of the root */
    assert_read(device, "peer", "0x1002\n");
    assert_read(device, "peer-folder/vendor", "0x1002\n");
    g_assert_true(vfg_root_exists(device, "driver"));
    refuse_read(device, "out");
    refuse_read(device, "../../../../outside");
    g_assert_false(vfg_root_exists(device, "out"));
    g_autoptr(VfgRoot) driver_folder = vfg_root_enter(device, "driver", &error);
    assert_read(driver_folder, "module/refcnt", "3\n");
    g_autofree char *driver = vfg_root_link_name(device, "driver");
    g_assert_cmpstr(driver, ==, "nvidia");
    g_assert_false(vfg_root_is_writable(device));
    g_assert_false(vfg_root_write(device, "vendor", "x", &error));
    assert_error(error, VFG_ERROR_REFUSED, "snapshot");
    g_clear_error(&error);
    g_autoptr(VfgRoot) none = vfg_root_enter(f->root, "/sys/bus/d1", &error);
    g_assert_null(none);
    assert_error(error, VFG_ERROR_NOT_FOUND, "snap/sys/bus/d1");
}

/* What its owner may not read was not known, whoever looks at it. */
static void
test_denied(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    temp_tree_put(f->tree, "snap/unknown", "");
    temp_tree_put(f->tree, "snap/empty", "");
    temp_tree_put(f->tree, "snap/closed/inside", "known");
    g_autofree char *unknown = temp_tree_path(f->tree, "snap/unknown");
    g_autofree char *closed = temp_tree_path(f->tree, "snap/closed");
    g_assert_cmpint(g_chmod(unknown, 0), ==, 0);
    g_assert_cmpint(g_chmod(closed, 0311), ==, 0);
    assert_read(f->root, "/empty", "");
    g_assert_null(vfg_root_read(f->root, "/unknown", 100, NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "snap/unknown: Permission denied");
    g_clear_error(&error);
    g_assert_null(vfg_root_list(f->root, "/closed", &error));
    assert_error(error, VFG_ERROR_FAILED, "snap/closed: Permission denied");
    assert_read(f->root, "/closed/inside", "known");
    g_assert_cmpint(g_chmod(closed, 0700), ==, 0);
}

/* Whoever made the snapshot may have put a pipe into it that nobody writes to. */
static void
test_pipe(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = temp_tree_path(f->tree, "snap/sys/devices/d0/pipe");
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    assert_read(f->root, "/sys/devices/d0/pipe", "");
    g_autoptr(VfgRoot) device = vfg_root_enter(f->root, "/sys/devices/d0", NULL);
    assert_read(device, "pipe", "");
}

static void
test_read_only(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_root_is_writable(f->root));
    g_assert_false(vfg_root_write(f->root, "/sys/devices/d0/vendor", "0xdead", &error));
    assert_error(error, VFG_ERROR_REFUSED, "snap/sys/devices/d0/vendor");
    assert_fix(error, "--sysroot");
    assert_read(f->root, "/sys/devices/d0/vendor", "0x10de\n");
}

/* A process that renames a file to and fro until it is killed. */
static pid_t
start_renaming(const TempTree *tree)
{
    g_autofree char *a = temp_tree_path(tree, "a"), *b = temp_tree_path(tree, "b");
    temp_tree_put(tree, "a", "");
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    while (pid == 0)
        if (g_rename(a, b) != 0 || g_rename(b, a) != 0)
            _exit(1);
    return pid;
}

/* Files are renamed all the time on a live machine; openat2 gives EAGAIN for that. */
static void
test_busy_machine(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    guint failed = 0;
    int status = 0;
    pid_t renamer = start_renaming(f->tree);
    gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC;
    while (g_get_monotonic_time() < end)
        failed += !vfg_root_exists(f->root, "/sys/bus/d0/vendor");
    kill(renamer, SIGKILL);
    g_assert_cmpint(waitpid(renamer, &status, 0), ==, renamer);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpuint(failed, ==, 0);
}

static gboolean
note_write(const char *path, const char *text, gpointer data, GError **error G_GNUC_UNUSED)
{
    g_string_append_printf(data, "%s=%s;", path, text);
    return TRUE;
}

static void
test_fake(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) log = g_string_new(NULL);
    g_autofree char *path = temp_tree_path(f->tree, "snap");
    g_autoptr(VfgRoot) root = vfg_root_new_fake(path, note_write, log, &error);
    g_assert_true(vfg_root_is_writable(root));
    g_assert_true(vfg_root_write(root, "/sys/a", "b", &error));
    g_assert_cmpstr(log->str, ==, "/sys/a=b;");
    g_autoptr(VfgRoot) entered = vfg_root_enter(root, "/sys/bus/d0", &error);
    g_assert_no_error(error);
    g_assert_true(vfg_root_write(entered, "c", "d", &error)); /* no way around the fake */
    g_assert_cmpstr(log->str, ==, "/sys/a=b;/sys/bus/d0/c=d;");
    g_autoptr(VfgRoot) plain = vfg_root_new_fake(path, NULL, NULL, &error);
    g_assert_true(vfg_root_write(plain, "/sys/devices/d0/vendor", "0x1002", &error));
    assert_read(plain, "/sys/devices/d0/vendor", "0x1002\n"); /* over it, as to an attribute */
    g_assert_false(vfg_root_write(plain, "/sys/none", "x", &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "snap/sys/none");
    refuse_read(plain, "/up"); /* links stay inside here too */
}

static void
test_new(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgRoot) host = vfg_root_new("/", &error);
    g_assert_true(vfg_root_is_writable(host));
    g_assert_true(vfg_root_exists(host, "/proc/self"));
    refuse_read(host, "/nowhere/at/all");
    g_autoptr(VfgRoot) none = vfg_root_new("/nowhere/at/all", &error);
    g_assert_null(none);
    assert_error(error, VFG_ERROR_NOT_FOUND, "/nowhere/at/all");
    vfg_root_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/root/inside", test_inside},
        {"/root/no-escape", test_no_escape},
        {"/root/values", test_values},
        {"/root/bounded", test_bounded},
        {"/root/list", test_list},
        {"/root/links", test_links},
        {"/root/exists", test_exists},
        {"/root/enter", test_enter},
        {"/root/busy-machine", test_busy_machine},
        {"/root/fake", test_fake},
        {"/root/denied", test_denied},
        {"/root/pipe", test_pipe},
        {"/root/read-only", test_read_only},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/root/new", test_new);
    return g_test_run();
}
