/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PCI functions: the BARs in a `resource` file, classes, JSON. */

#include "pci-function.h"

#include "assert-error.h"
#include "make-host.h"

/* The flags as sysfs shows them: 64-bit prefetchable memory, 32-bit memory, I/O ports. */
#define MEM64 "0x000000000014220c"
#define MEM32 "0x0000000000040200"
#define IO "0x0000000000040101"
#define NONE "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"

static VfgPciFunction *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    VfgPciFunction *function = vfg_pci_function_new(make_address("82:00.0"));
    gboolean good = vfg_pci_function_parse_resource(function, text, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return function;
}

static void
assert_bar(const VfgPciFunction *function, guint at, const VfgPciBar *wanted)
{
    const VfgPciBar *bar = &function->bars[at];
    g_assert_cmpuint(at, <, function->n_bars);
    g_assert_cmpuint(bar->index, ==, wanted->index);
    g_assert_cmpint(bar->kind, ==, wanted->kind);
    g_assert_cmpint(bar->prefetchable, ==, wanted->prefetchable);
    g_assert_cmpint(bar->assigned, ==, wanted->assigned);
    g_assert_cmpuint(bar->size, ==, wanted->size);
    g_assert_cmpuint(bar->address, ==, wanted->address);
}

/* A Tesla T10 as the kernel shows it: 16 MiB, 16 GiB and 32 MiB, and a ROM after the BARs. */
static void
test_tesla(void)
{
    static const VfgPciBar wanted[] = {
        {0, VFG_PCI_BAR_MEM32, FALSE, TRUE, 16 << 20, 0xfa000000},
        {1, VFG_PCI_BAR_MEM64, TRUE, TRUE, 16ULL << 30, 0x383800000000},
        {3, VFG_PCI_BAR_MEM64, TRUE, TRUE, 32 << 20, 0x383c00000000},
    };
    g_autoptr(VfgPciFunction) function =
        parse("0x00000000fa000000 0x00000000faffffff " MEM32 "\n"
              "0x0000383800000000 0x0000383bffffffff " MEM64 "\n" NONE
              "0x0000383c00000000 0x0000383c01ffffff " MEM64 "\n" NONE NONE
              "0x00000000fb000000 0x00000000fb07ffff 0x0000000000046200\n" NONE);
    g_assert_cmpuint(function->n_bars, ==, G_N_ELEMENTS(wanted));
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        assert_bar(function, i, &wanted[i]);
}

static void
test_unassigned(void)
{
    static const VfgPciBar wanted[] = {
        {0, VFG_PCI_BAR_MEM64, TRUE, FALSE, 16ULL << 30, 0},
        {2, VFG_PCI_BAR_MEM64, TRUE, FALSE, 32 << 20, 0},
        {5, VFG_PCI_BAR_IO, FALSE, TRUE, 128, 0xe000},
    };
    g_autoptr(VfgPciFunction) function =
        parse("0x0000000000000000 0x00000003ffffffff " MEM64 "\n" NONE
              "0x0000000010000000 0x0000000011ffffff 0x000000002014220c\n" NONE NONE
              "0x000000000000e000 0x000000000000e07f " IO "\n");
    g_assert_cmpuint(function->n_bars, ==, G_N_ELEMENTS(wanted));
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        assert_bar(function, i, &wanted[i]);
}

static void
test_short(void)
{
    g_autoptr(VfgPciFunction) empty = parse("");
    g_assert_cmpuint(empty->n_bars, ==, 0);
    g_autoptr(VfgPciFunction) one = parse("0xfa000000 0xfaffffff 0x40200");
    g_assert_cmpuint(one->n_bars, ==, 1);
    g_autoptr(VfgPciFunction) nothing = parse(NONE NONE NONE NONE NONE NONE);
    g_assert_cmpuint(nothing->n_bars, ==, 0);
    g_autoptr(VfgPciFunction) backwards = parse("0xfa000000 0xf9ffffff 0x40200\n");
    g_assert_cmpuint(backwards->n_bars, ==, 0);
}

static void
test_damaged(void)
{
    static const char *const bad[] = {
        NONE "0x0\n",
        NONE "0x0 0x1\n",
        NONE "0x0 0x1 0x2 0x3\n",
        NONE "0x0 0x1 zwei\n",
        NONE "0x0 0x1 0x10000000000000000\n",
        NONE " 0x0 0x1 0x2\n",
        NONE "0x0  0x1 0x2\n",
        NONE "0x0 -0x1 0x2\n",
        NONE "\033[2J\n",
    };
    g_autoptr(VfgPciFunction) function = parse("0xfa000000 0xfaffffff 0x40200\n");
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(vfg_pci_function_parse_resource(function, bad[i], &error));
        assert_error(error, VFG_ERROR_PARSE, "line 2: ");
        g_assert_cmpuint(function->n_bars, ==, 1);
        g_assert_cmpuint(function->bars[0].address, ==, 0xfa000000);
    }
}

static void
test_class(void)
{
    static const struct {
        guint32 code;
        gboolean display;
    } classes[] = {{0x030000, TRUE},  {0x030200, TRUE},  {0x038000, TRUE},  {0x120000, TRUE},
                   {0x120100, FALSE}, {0x040300, FALSE}, {0x068000, FALSE}, {0x0c8000, FALSE}};
    g_autoptr(VfgPciFunction) function = vfg_pci_function_new(make_address("82:00.0"));
    g_assert_cmpint(function->iommu_group, ==, -1);
    g_assert_cmpint(function->numa_node, ==, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        function->class_code = classes[i].code;
        g_assert_cmpuint(vfg_pci_function_class(function), ==, classes[i].code >> 8);
        g_assert_cmpint(vfg_pci_function_is_display(function), ==, classes[i].display);
    }
}

static void
test_json(void)
{
    g_autoptr(VfgPciFunction) function =
        parse("0x0000000000000000 0x00000003ffffffff " MEM64 "\n" NONE
              "0x00000000fa000000 0x00000000faffffff " MEM32 "\n"
              "0x000000000000e000 0x000000000000e07f " IO "\n");
    json_t *bars = vfg_pci_function_bars_to_json(function);
    g_autofree char *text = json_dumps(bars, JSON_COMPACT);
    json_decref(bars);
    g_assert_cmpstr(text, ==,
                    "[{\"index\":0,\"size\":17179869184,\"kind\":\"mem64\",\"prefetchable\":true,"
                    "\"assigned\":false},"
                    "{\"index\":2,\"size\":16777216,\"kind\":\"mem32\",\"prefetchable\":false,"
                    "\"assigned\":true},"
                    "{\"index\":3,\"size\":128,\"kind\":\"io\",\"prefetchable\":false,"
                    "\"assigned\":true}]");
    json_t *id = vfg_pci_id_to_json(0x1e);
    g_assert_cmpstr(json_string_value(id), ==, "001e");
    json_decref(id);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci-function/tesla", test_tesla);
    g_test_add_func("/pci-function/unassigned", test_unassigned);
    g_test_add_func("/pci-function/short", test_short);
    g_test_add_func("/pci-function/damaged", test_damaged);
    g_test_add_func("/pci-function/class", test_class);
    g_test_add_func("/pci-function/json", test_json);
    return g_test_run();
}
