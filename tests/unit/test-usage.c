/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Mounts, swap areas and default routes from the kernel's text. */

#include "mount.h"
#include "route.h"
#include "usage.h"

#include <string.h>

static const char mountinfo[] =
    "27 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n"
    "30 27 0:28 /@home /home rw shared:2 master:1 - btrfs /dev/mapper/a\\040b rw,subvol=/@home\n"
    "31 27 8:1 / /mnt/with\\040blank\\011tab\\134slash rw - vfat /dev/sda1 rw\n"
    "32 30 8:17 / /home/x rw - xfs /dev/sdb1 rw\n"
    "33 27 0:30 / /run rw - tmpfs tmpfs rw\n"
    "34 27 8:33 / /home/x rw - xfs /dev/sdc1 rw\n";

static void
test_mounts(void)
{
    g_autoptr(GPtrArray) mounts = vfg_mounts_parse(mountinfo);
    g_assert_cmpuint(mounts->len, ==, 6);
    const VfgMount *root = g_ptr_array_index(mounts, 0);
    g_assert_cmpint(root->id, ==, 27);
    g_assert_cmpuint(root->major, ==, 259);
    g_assert_cmpuint(root->minor, ==, 2);
    g_assert_cmpstr(root->root, ==, "/");
    g_assert_cmpstr(root->point, ==, "/");
    g_assert_cmpstr(root->type, ==, "ext4");
    g_assert_cmpstr(root->source, ==, "/dev/nvme0n1p2");
    const VfgMount *home = g_ptr_array_index(mounts, 1);
    g_assert_cmpstr(home->root, ==, "/@home");
    g_assert_cmpstr(home->source, ==, "/dev/mapper/a b");
    const VfgMount *blank = g_ptr_array_index(mounts, 2);
    g_assert_cmpstr(blank->point, ==, "/mnt/with blank\ttab\\slash");
    g_assert_cmpstr(blank->type, ==, "vfat");
}

static void
test_bad_mounts(void)
{
    g_autoptr(GPtrArray) mounts = vfg_mounts_parse("\n27\n27 1 2 / / rw - ext4 x rw\n"
                                                   "27 1 8:1 / / rw shared:1 ext4 x rw\n"
                                                   "27 1 8:-1 / / rw - ext4 x rw\n"
                                                   "27 1 8:1 / / rw - ext4\n"
                                                   "28 1 8:2 / /ok rw - ext4 x");
    g_assert_cmpuint(mounts->len, ==, 1);
    g_assert_cmpstr(((VfgMount *)mounts->pdata[0])->point, ==, "/ok");
}

static void
test_unescape(void)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"a\\040b", "a b"},   {"\\134040", "\\040"}, {"\\04", "\\04"},   {"\\", "\\"},
        {"\\8888", "\\8888"}, {"\\000x", "\\000x"},  {"\\400", "\\400"}, {"\\303\\244", "ä"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = vfg_octal_unescape(cases[i].text, strlen(cases[i].text));
        g_assert_cmpstr(got, ==, cases[i].wanted);
    }
}

/* The last of the deepest: what was mounted over counts no more. */
static void
test_holding(void)
{
    g_autoptr(GPtrArray) mounts = vfg_mounts_parse(mountinfo);
    g_assert_cmpint(vfg_mounts_find_holding(mounts, "/swapfile")->id, ==, 27);
    g_assert_cmpint(vfg_mounts_find_holding(mounts, "/homes/f")->id, ==, 27);
    g_assert_cmpint(vfg_mounts_find_holding(mounts, "/home/f")->id, ==, 30);
    g_assert_cmpint(vfg_mounts_find_holding(mounts, "/home")->id, ==, 30);
    g_assert_cmpint(vfg_mounts_find_holding(mounts, "/home/x/f")->id, ==, 34);
    g_assert_null(vfg_mounts_find_holding(mounts, "relative"));
}

static void
test_swaps(void)
{
    g_autoptr(GPtrArray) swaps =
        vfg_swaps_parse("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
                        "/dev/dm-1                               partition\t8388604\t\t0\t\t-2\n"
                        "/swap\\040file                          file\t\t4194300\t\t0\t\t-3\n"
                        "/cut\n");
    g_assert_cmpuint(swaps->len, ==, 2);
    const VfgSwap *first = g_ptr_array_index(swaps, 0), *second = g_ptr_array_index(swaps, 1);
    g_assert_cmpstr(first->path, ==, "/dev/dm-1");
    g_assert_false(first->is_file);
    g_assert_cmpstr(second->path, ==, "/swap file");
    g_assert_true(second->is_file);
}

static void
test_routes_v4(void)
{
    g_autoptr(GPtrArray) names = vfg_routes_parse_ipv4(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "wlan0\t00000000\t010300C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        "eth0\t00000000\t010200C1\t0003\t0\t0\t9\t00000000\t0\t0\t0\n"
        "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "eth2\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n"
        "eth3\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"
        "*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth4\t00000000\n");
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(names, 0), ==, "eth0");
    g_assert_cmpstr(g_ptr_array_index(names, 1), ==, "wlan0");
}

#define ZEROS "00000000000000000000000000000000"
#define ROUTER "fd000000000000000000000000000001"

static void
test_routes_v6(void)
{
    g_autoptr(GPtrArray) names = vfg_routes_parse_ipv6(
        "fd000000000000000000000000000000 40 " ZEROS " 00 " ZEROS
        " 00000100 00000001 00000000 00000001     eth1\n" ZEROS " 00 " ZEROS " 00 " ROUTER
        " 00000400 00000002 00000000 00000003     eth0\n" ZEROS " 01 " ZEROS " 00 " ROUTER
        " 00000400 00000002 00000000 00000003     eth2\n" ZEROS " 00 " ZEROS " 00 " ZEROS
        " ffffffff 00000001 00000000 00200200       lo\n" ZEROS " 00 " ZEROS " 00 " ZEROS
        " 00000100 00000001 00000000 00000001       lo\n" ZEROS " 00\n");
    g_assert_cmpuint(names->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(names, 0), ==, "eth0");
}

static void
test_usage(void)
{
    static const VfgPciAddress address = {0, 1, 0, 0};
    g_autoptr(VfgUsage) known = vfg_usage_new(VFG_USAGE_SWAP, &address, "/swap", "sda");
    g_autoptr(VfgUsage) unknown = vfg_usage_new(VFG_USAGE_DEFAULT_ROUTE, NULL, "wg0", NULL);
    g_assert_true(known->known);
    g_assert_cmpint(known->function.bus, ==, 1);
    g_assert_cmpint(known->kind, ==, VFG_USAGE_SWAP);
    g_assert_false(unknown->known);
    g_assert_cmpint(unknown->kind, ==, VFG_USAGE_DEFAULT_ROUTE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usage/mounts", test_mounts);
    g_test_add_func("/usage/bad-mounts", test_bad_mounts);
    g_test_add_func("/usage/unescape", test_unescape);
    g_test_add_func("/usage/holding", test_holding);
    g_test_add_func("/usage/swaps", test_swaps);
    g_test_add_func("/usage/routes-v4", test_routes_v4);
    g_test_add_func("/usage/routes-v6", test_routes_v6);
    g_test_add_func("/usage/usage", test_usage);
    return g_test_run();
}
