/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checked system calls: bounds, whole writes, and errors that name the path. */

#include "io.h"

#include "assert-error.h"
#include "temp-tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_bounds(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(tree, "f");
    static const gsize sizes[] = {0, 1, 4095, 4096, 4097, 8192, 8193, 100000};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        gsize size = sizes[i], len = 4711;
        g_autofree char *bytes = g_strnfill(size, 'x');
        g_autoptr(GError) error = NULL;
        temp_tree_put_bytes(tree, "f", bytes, size);
        g_autofree char *read = vfg_io_read_file(path, size, &len, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(len, ==, size);
        g_assert_cmpstr(read, ==, bytes);
        if (size == 0)
            continue;
        len = 4711;
        g_assert_null(vfg_io_read_file(path, size - 1, &len, &error));
        assert_error(error, VFG_ERROR_PARSE, path);
        g_assert_cmpuint(len, ==, 4711);
    }
}

static void
test_nul_bytes(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(tree, "f");
    gsize len = 0;
    temp_tree_put_bytes(tree, "f", "a\0b", 3);
    g_autofree char *read = vfg_io_read_file(path, 10, &len, NULL);
    g_assert_cmpmem(read, len, "a\0b", 3);
    g_assert_cmpint(read[3], ==, '\0');
}

static void
test_missing(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_io_read_file("/nowhere/at/all", 10, NULL, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "/nowhere/at/all");
    g_clear_error(&error);
    g_assert_null(vfg_io_read_file("/", 10, NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot read /");
}

static void
test_write(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(tree, "f");
    g_autoptr(GError) error = NULL;
    g_auto(VfgFd) fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    g_assert_true(vfg_io_write_once(fd, "one ", path, &error));
    g_assert_true(vfg_io_write_all(fd, "two\0", 4, path, &error));
    g_assert_true(vfg_io_sync(fd, path, &error));
    g_assert_true(vfg_io_sync_dir(tree->top, &error));
    gsize len = 0;
    g_autofree char *read = vfg_io_read_file(path, 100, &len, NULL);
    g_assert_cmpmem(read, len, "one two\0", 8);
}

static void
test_write_fails(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(VfgFd) full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0) {
        g_test_skip("no /dev/full");
        return;
    }
    g_assert_false(vfg_io_write_once(full, "text", "/shown", &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot write 'text' to /shown: ");
    g_clear_error(&error);
    g_assert_false(vfg_io_write_all(full, "text", 4, "/shown", &error));
    assert_error(error, VFG_ERROR_FAILED, "/shown");
    g_clear_error(&error);
    g_assert_false(vfg_io_sync(-1, "/shown", &error));
    assert_error(error, VFG_ERROR_FAILED, "/shown");
    g_clear_error(&error);
    g_assert_false(vfg_io_sync_dir("/nowhere", &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "/nowhere");
}

/* A full pipe takes a part; that is no success. */
static void
test_short_write(void)
{
    int ends[2];
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(pipe2(ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
    g_auto(VfgFd) in = ends[0], out = ends[1];
    g_autofree char *text = g_strnfill(1 << 20, 'x');
    g_assert_false(vfg_io_write_once(out, text, "pipe", &error));
    assert_error(error, VFG_ERROR_FAILED, "pipe took only a part");
    g_assert_cmpint(in, >=, 0);
}

static void
test_make_dir(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(tree, "a/b/c");
    g_autofree char *file = temp_tree_path(tree, "f/g");
    g_autoptr(GError) error = NULL;
    struct stat info;
    g_assert_true(vfg_io_make_dir(path, &error));
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpuint(info.st_mode & 07777, ==, 0700);
    g_assert_true(vfg_io_make_dir(path, &error));
    temp_tree_put(tree, "f", "");
    g_assert_false(vfg_io_make_dir(file, &error));
    assert_error(error, VFG_ERROR_FAILED, file);
}

static void
test_close(void)
{
    VfgFd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    VfgFd copy = fd;
    vfg_io_close(&fd);
    g_assert_cmpint(fd, ==, -1);
    g_assert_cmpint(fcntl(copy, F_GETFD), ==, -1);
    vfg_io_close(&fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/io/bounds", test_bounds);
    g_test_add_func("/io/nul-bytes", test_nul_bytes);
    g_test_add_func("/io/missing", test_missing);
    g_test_add_func("/io/write", test_write);
    g_test_add_func("/io/write-fails", test_write_fails);
    g_test_add_func("/io/short-write", test_short_write);
    g_test_add_func("/io/make-dir", test_make_dir);
    g_test_add_func("/io/close", test_close);
    return g_test_run();
}
