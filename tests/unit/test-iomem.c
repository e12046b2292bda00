/* SPDX-License-Identifier: GPL-2.0-or-later */

/* /proc/iomem: ranges, windows of host bridges, framebuffers of the firmware. */

#include "error.h"
#include "iomem.h"

/* Of a desktop with one window below and one above 4 GiB, and efifb on the GPU's BAR 1. */
static const char desktop[] = "00000000-00000fff : Reserved\n"
                              "00001000-0009ffff : System RAM\n"
                              "000a0000-000bffff : PCI Bus 0000:00\n"
                              "e0000000-efffffff : PCI ECAM 0000 [bus 00-ff]\n"
                              "  e0000000-efffffff : Reserved\n"
                              "    e0000000-e0ffffff : PCI Bus 0000:00\n"
                              "90000000-dfffffff : PCI Bus 0000:00\n"
                              "  c0000000-d1ffffff : PCI Bus 0000:01\n"
                              "    c0000000-cfffffff : 0000:01:00.0\n"
                              "      c0000000-c02fffff : BOOTFB\n"
                              "        c0000000-c02fffff : efifb\n"
                              "fec00000-fec00fff : Reserved\n"
                              "  fec00000-fec003ff : IOAPIC 0\n"
                              "100000000-45f7fffff : System RAM\n"
                              "4000000000-7fffffffff : PCI Bus 0000:00\n"
                              "8000000000-bfffffffff : PCI Bus 10001:80\n";

static void
test_ranges(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) ranges = vfg_iomem_parse(desktop, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(ranges->len, ==, 16);
    const VfgIomemRange *efifb = g_ptr_array_index(ranges, 10);
    g_assert_cmpuint(efifb->depth, ==, 4);
    g_assert_cmphex(efifb->start, ==, 0xc0000000);
    g_assert_cmphex(efifb->end, ==, 0xc02fffff);
    g_assert_cmpstr(efifb->name, ==, "efifb");
    const VfgIomemRange *last = g_ptr_array_index(ranges, 15);
    g_assert_cmphex(last->end, ==, 0xbfffffffffULL);
}

static void
test_windows(void)
{
    g_autoptr(GPtrArray) ranges = vfg_iomem_parse(desktop, NULL);
    g_autoptr(GArray) windows = vfg_iomem_find_windows(ranges);
    static const VfgMmioWindow wanted[] = {
        {0, 0, 0xa0000, 0xbffff},
        {0, 0, 0x90000000, 0xdfffffff},
        {0, 0, 0x4000000000, 0x7fffffffff},
        {0x10001, 0x80, 0x8000000000, 0xbfffffffff},
    };
    g_assert_cmpuint(windows->len, ==, G_N_ELEMENTS(wanted));
    for (guint i = 0; i < windows->len; i++) {
        const VfgMmioWindow *window = &g_array_index(windows, VfgMmioWindow, i);
        g_assert_cmphex(window->pci_domain, ==, wanted[i].pci_domain);
        g_assert_cmphex(window->bus, ==, wanted[i].bus);
        g_assert_cmphex(window->start, ==, wanted[i].start);
        g_assert_cmphex(window->end, ==, wanted[i].end);
        g_assert_cmpint(vfg_mmio_window_is_high(window), ==, i >= 2);
    }
}

/* The kernel adds the firmware's reserved ranges late, so a window may lie inside one. */
static void
test_window_in_reserved(void)
{
    g_autoptr(GPtrArray) ranges =
        vfg_iomem_parse("80000000-ffffffff : Reserved\n  90000000-9fffffff : PCI Bus 0000:40\n"
                        "    90000000-900fffff : PCI Bus 0000:41\n"
                        "  a0000000-afffffff : PCI Bus 0000:80\n",
                        NULL);
    g_autoptr(GArray) windows = vfg_iomem_find_windows(ranges);
    g_assert_cmpuint(windows->len, ==, 2);
    g_assert_cmphex(g_array_index(windows, VfgMmioWindow, 0).bus, ==, 0x40);
    g_assert_cmphex(g_array_index(windows, VfgMmioWindow, 1).bus, ==, 0x80);
}

static void
test_framebuffers(void)
{
    static const struct {
        const char *name;
        gboolean wanted;
    } cases[] = {
        {"BOOTFB", TRUE},
        {"efifb", TRUE},
        {"vesafb", TRUE},
        {"simplefb", TRUE},
        {"simpledrm", TRUE},
        {"simple-framebuffer.0", TRUE},
        {"efi-framebuffer.0", TRUE},
        {"System Framebuffer", TRUE},
        {"efifbx", FALSE},
        {"Video RAM area", FALSE},
        {"System RAM", FALSE},
        {"0000:01:00.0", FALSE},
        {"nvidia", FALSE},
        {"", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        VfgIomemRange range = {.name = (char *)cases[i].name};
        g_assert_cmpint(vfg_iomem_range_is_framebuffer(&range), ==, cases[i].wanted);
    }
}

/* What a reader without privileges gets is no fact. */
static void
test_hidden(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_iomem_parse("00000000-00000000 : System RAM\n"
                                  "  00000000-00000000 : Kernel code\n",
                                  &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
    g_clear_error(&error);
    g_assert_null(vfg_iomem_parse("", &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
}

static void
test_bad_lines(void)
{
    static const char *const bad[] = {
        "x\n",
        "\n",
        "1000-2000\n",
        "1000-2000 :\n",
        "1000 : RAM\n",
        "-2000 : RAM\n",
        "1000- : RAM\n",
        " 1000-2000 : one blank\n",
        "2000-1000 : backwards\n",
        "1000-0x2000 : prefix\n",
        "1000-+2000 : sign\n",
        "1000-11111111111111111 : 17 digits\n",
        "1000-2000 : good\nbad\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(vfg_iomem_parse(bad[i], &error));
        g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iomem/ranges", test_ranges);
    g_test_add_func("/iomem/windows", test_windows);
    g_test_add_func("/iomem/window-in-reserved", test_window_in_reserved);
    g_test_add_func("/iomem/framebuffers", test_framebuffers);
    g_test_add_func("/iomem/hidden", test_hidden);
    g_test_add_func("/iomem/bad-lines", test_bad_lines);
    return g_test_run();
}
