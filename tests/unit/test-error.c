/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Errors and the fix they carry. */

#include "assert-error.h"

#include <errno.h>

static void
test_fix(void)
{
    g_autoptr(GError) error = NULL;
    vfg_error_set(&error, VFG_ERROR_REFUSED, "do this", "no %s", "way");
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
    g_assert_cmpstr(error->message, ==, "no way");
    g_assert_cmpstr(vfg_error_get_fix(error), ==, "do this");
    g_prefix_error(&error, "cannot: ");
    g_assert_cmpstr(error->message, ==, "cannot: no way");
    g_assert_cmpstr(vfg_error_get_fix(error), ==, "do this");
    vfg_error_set_fix(error, "do that");
    g_assert_cmpstr(vfg_error_get_fix(error), ==, "do that");
    vfg_error_set_fix(error, NULL);
    g_assert_null(vfg_error_get_fix(error));
}

static void
test_copy(void)
{
    g_autoptr(GError) error = NULL, target = NULL;
    vfg_error_set(&error, VFG_ERROR_REFUSED, "do this", "bad");
    GError *copy = g_error_copy(error);
    g_clear_error(&error);
    g_propagate_prefixed_error(&target, copy, "very ");
    g_assert_cmpstr(target->message, ==, "very bad");
    g_assert_cmpstr(vfg_error_get_fix(target), ==, "do this");
    g_autoptr(GError) bare = NULL;
    vfg_error_set(&bare, VFG_ERROR_REFUSED, NULL, "bad");
    g_autoptr(GError) bare_copy = g_error_copy(bare);
    g_assert_null(vfg_error_get_fix(bare_copy));
}

static void
test_errno(void)
{
    g_autoptr(GError) error = NULL;
    vfg_error_set_errno(&error, ENOENT, "cannot open %s", "/x");
    assert_error(error, VFG_ERROR_NOT_FOUND, "cannot open /x: No such file or directory");
    g_clear_error(&error);
    vfg_error_set_errno(&error, EBUSY, "cannot write '%s'", "50%d");
    assert_error(error, VFG_ERROR_FAILED, "cannot write '50%d': Device or resource busy");
    vfg_error_set_errno(NULL, EBUSY, "nobody asks");
    vfg_error_set(NULL, VFG_ERROR_FAILED, "fix", "nobody asks");
}

/* Errors of glib have no fix and take none. */
static void
test_other_domain(void)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_IO, "io");
    vfg_error_set_fix(error, "do this");
    g_assert_null(vfg_error_get_fix(error));
    g_assert_null(vfg_error_get_fix(NULL));
    vfg_error_set_fix(NULL, "do this");
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/fix", test_fix);
    g_test_add_func("/error/copy", test_copy);
    g_test_add_func("/error/errno", test_errno);
    g_test_add_func("/error/other-domain", test_other_domain);
    return g_test_run();
}
