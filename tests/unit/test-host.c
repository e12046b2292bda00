/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's index: functions and groups in order, found again. */

#include "host.h"

#include "make-host.h"

static void
test_index(void)
{
    static const char *const sorted[] = {"0000:00:00.0", "0000:01:00.0", "0000:01:00.1",
                                         "0000:82:00.0", "0001:00:00.0"};
    g_autoptr(VfgHost) host = make_host();
    make_function(host, "0001:00:00.0", "1af4:1041", 0x0200, NULL, 17);
    make_function(host, "0000:01:00.1", "10de:10f7", 0x0403, NULL, 2);
    make_function(host, "0000:82:00.0", "10de:1e37", 0x0302, NULL, -1);
    make_function(host, "0000:00:00.0", "8086:29c0", 0x0600, NULL, 0);
    make_function(host, "0000:01:00.0", "10de:1e04", 0x0300, NULL, 2);
    vfg_host_index(host);
    g_assert_cmpuint(host->functions->len, ==, G_N_ELEMENTS(sorted));
    for (guint i = 0; i < host->functions->len; i++) {
        const VfgPciFunction *function = host->functions->pdata[i];
        g_autofree char *address = vfg_pci_address_dup(function->address);
        g_assert_cmpstr(address, ==, sorted[i]);
        g_assert_true(vfg_host_find_function(host, make_address(sorted[i])) == function);
    }
    g_assert_null(vfg_host_find_function(host, make_address("01:00.2")));
    g_assert_null(vfg_host_find_function(host, make_address("0002:00:00.0")));
}

static void
test_groups(void)
{
    static const int ids[] = {0, 2, 17};
    g_autoptr(VfgHost) host = make_host();
    make_function(host, "0001:00:00.0", "1af4:1041", 0x0200, NULL, 17);
    make_function(host, "0000:01:00.1", "10de:10f7", 0x0403, NULL, 2);
    make_function(host, "0000:82:00.0", "10de:1e37", 0x0302, NULL, -1);
    make_function(host, "0000:00:00.0", "8086:29c0", 0x0600, NULL, 0);
    make_function(host, "0000:01:00.0", "10de:1e04", 0x0300, NULL, 2);
    for (guint round = 0; round < 2; round++) { /* a second call makes them anew */
        vfg_host_index(host);
        g_assert_cmpuint(host->groups->len, ==, G_N_ELEMENTS(ids));
        for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
            g_assert_true(vfg_host_find_group(host, ids[i]) == host->groups->pdata[i]);
    }
    const VfgIommuGroup *group = vfg_host_find_group(host, 2);
    g_assert_cmpuint(group->functions->len, ==, 2);
    g_assert_true(group->functions->pdata[0] == host->functions->pdata[1]);
    g_assert_true(group->functions->pdata[1] == host->functions->pdata[2]);
    g_assert_null(vfg_host_find_group(host, 1));
    g_assert_null(vfg_host_find_group(host, -1));
    g_assert_null(vfg_host_find_group(host, 18));
}

static void
test_empty(void)
{
    g_autoptr(VfgHost) host = vfg_host_new();
    vfg_host_index(host);
    g_assert_cmpuint(host->functions->len, ==, 0);
    g_assert_cmpuint(host->groups->len, ==, 0);
    g_assert_null(vfg_host_find_function(host, make_address("00:00.0")));
    g_assert_null(vfg_host_find_group(host, 0));
    vfg_host_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/index", test_index);
    g_test_add_func("/host/groups", test_groups);
    g_test_add_func("/host/empty", test_empty);
    return g_test_run();
}
