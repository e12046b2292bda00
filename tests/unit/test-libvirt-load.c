/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libvirt is loaded when it is wanted, and not before. */

#include "libvirt-load.h"
#include "virt.h"

#include <string.h>

static gboolean
is_mapped(void)
{
    g_autofree char *maps = NULL;
    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    return strstr(maps, "/libvirt.so.0") != NULL;
}

static void
test_load(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(is_mapped());
    g_assert_true(vfg_libvirt_load(&error));
    g_assert_no_error(error);
    g_assert_true(is_mapped());
    g_assert_true(vfg_libvirt_load(&error));
    g_assert_nonnull(vfg_libvirt_auth_default());
}

/* libvirt's test driver lives in the library itself and always has a running domain "test". */
static void
test_hand_on(void)
{
    g_autoptr(GError) error = NULL;
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    g_autoptr(VfgVirt) virt = vfg_virt_open("test:///default", 0, &error);
    g_assert_no_error(error);
    g_assert_true(vfg_virt_get_state(virt, "test", &state, NULL, &error));
    g_assert_cmpint(state, ==, VFG_DOMAIN_RUNNING);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/libvirt-load/load", test_load);
    g_test_add_func("/libvirt-load/hand-on", test_hand_on);
    return g_test_run();
}
