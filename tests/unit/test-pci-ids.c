/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names out of pci.ids: the vendor's own devices and no others. */

#include "pci-ids.h"

#include <string.h>

static const char table[] = "# comment\n"
                            "\n"
                            "1002  Maker A\n"
                            "\t1e37  Card of A\n"
                            "10de  Maker N\n"
                            "# about the next\n"
                            "\t1db4  Card V\n"
                            "\t\t10de 1214  Board of V\n"
                            "\t\t1e37 0001  Board like a card\n"
                            "\t1e37  Card T  \n"
                            "\t2330  Card H\r\n"
                            "8086  Maker I\n"
                            "\t5690  Card I\n"
                            "C 03  Display controller\n"
                            "\t00  VGA compatible controller";

static void
check(guint16 vendor, guint16 device, const char *maker, const char *card)
{
    g_autofree char *one = vfg_pci_ids_vendor(table, strlen(table), vendor);
    g_autofree char *other = vfg_pci_ids_device(table, strlen(table), vendor, device);
    g_assert_cmpstr(one, ==, maker);
    g_assert_cmpstr(other, ==, card);
}

static void
test_find(void)
{
    check(0x10de, 0x1e37, "Maker N", "Card T");
    check(0x1002, 0x1e37, "Maker A", "Card of A");
    check(0x10de, 0x1db4, "Maker N", "Card V");
    check(0x10de, 0x2330, "Maker N", "Card H");
    check(0x8086, 0x5690, "Maker I", "Card I");
}

static void
test_absent(void)
{
    check(0x10de, 0x5690, "Maker N", NULL); /* the next vendor's */
    check(0x10de, 0x1214, "Maker N", NULL); /* a board's */
    check(0x1e37, 0x0001, NULL, NULL);
    check(0x1414, 0x1e37, NULL, NULL);
    g_assert_null(vfg_pci_ids_vendor("", 0, 0x10de));
    g_assert_null(vfg_pci_ids_device(NULL, 0, 0x10de, 0x1e37));
}

/* Nothing behind the end is looked at, and the first line counts. */
static void
test_edges(void)
{
    static const char first[] = "10de  N\n\t1e37  T";
    g_autofree char *name = vfg_pci_ids_device(first, strlen(first), 0x10de, 0x1e37);
    g_assert_cmpstr(name, ==, "T");
    g_autofree char *cut = vfg_pci_ids_device(first, strlen(first) - 1, 0x10de, 0x1e37);
    g_assert_cmpstr(cut, ==, "");
    for (gsize len = 0; len < strlen(first) - 1; len++) {
        g_autofree char *copy = g_memdup2(first, len);
        g_assert_null(vfg_pci_ids_device(copy, len, 0x10de, 0x1e37));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci-ids/find", test_find);
    g_test_add_func("/pci-ids/absent", test_absent);
    g_test_add_func("/pci-ids/edges", test_edges);
    return g_test_run();
}
