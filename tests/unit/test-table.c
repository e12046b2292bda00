/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text tables. */

#include "table.h"

static void
test_columns(void)
{
    static const char *const headings[] = {"ADDRESS", "DRIVER", "NAME", NULL};
    static const char *const first[] = {"0000:82:00.0", "-", "Tesla T10", NULL};
    static const char *const second[] = {"x", "vfio-pci", "", NULL};
    static const char *const third[] = {"Größe", "", "ü", NULL};
    g_autoptr(VfgTable) table = vfg_table_new(headings);
    vfg_table_add(table, first);
    vfg_table_add(table, second);
    vfg_table_add(table, third);
    g_autofree char *text = vfg_table_format(table);
    g_assert_cmpstr(text, ==,
                    "ADDRESS       DRIVER    NAME\n"
                    "0000:82:00.0  -         Tesla T10\n"
                    "x             vfio-pci\n"
                    "Größe                   ü\n");
}

static void
test_headings_only(void)
{
    static const char *const headings[] = {"A", "B", NULL};
    g_autoptr(VfgTable) table = vfg_table_new(headings);
    g_autofree char *text = vfg_table_format(table);
    g_assert_cmpstr(text, ==, "A  B\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table/columns", test_columns);
    g_test_add_func("/table/headings-only", test_headings_only);
    return g_test_run();
}
