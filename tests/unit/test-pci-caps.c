/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Capabilities out of config space: whole, cut off, damaged, dead. */

#include "pci-caps.h"

#include "error.h"

#include <string.h>

static void
put_word(guint8 *config, gsize at, guint value)
{
    config[at] = value & 0xff;
    config[at + 1] = value >> 8 & 0xff;
}

static void
put_long(guint8 *config, gsize at, guint32 value)
{
    put_word(config, at, value & 0xffff);
    put_word(config, at + 2, value >> 16);
}

/* An empty config space with a list of capabilities that starts at `first`; 0: no list. */
static void
begin(guint8 config[4096], guint8 first)
{
    memset(config, 0, 4096);
    put_long(config, 0x00, 0x1e3710de);
    put_word(config, 0x06, first ? 0x0010 : 0);
    put_word(config, 0x0a, 0x0300);
    config[0x34] = first;
    config[0x3d] = 1;
}

static void
put_cap(guint8 *config, gsize at, guint8 id, guint8 next)
{
    config[at] = id;
    config[at + 1] = next;
}

static void
put_extended(guint8 *config, gsize at, guint id, guint next)
{
    put_long(config, at, id | 1 << 16 | (guint32)next << 20);
}

/* Parses a copy of the exact size, so that a sanitizer sees a read beyond it. */
static VfgPciCaps
parse(const guint8 *config, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *exact = g_memdup2(config, len);
    VfgPciCaps caps;
    gboolean good = vfg_pci_caps_parse(exact, len, &caps, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return caps;
}

/* PM, MSI, MSI-X and PCI Express, as a GPU has them. */
static void
put_gpu(guint8 config[4096])
{
    begin(config, 0x60);
    put_cap(config, 0x60, 0x01, 0x68);
    put_word(config, 0x64, 0x0008);
    put_cap(config, 0x68, 0x05, 0x78);
    put_cap(config, 0x78, 0x10, 0xc8);
    put_word(config, 0x7a, 0x0012);
    put_long(config, 0x7c, 1u << 28);
    put_cap(config, 0xc8, 0x11, 0x00);
    put_word(config, 0xca, 0x8007);
}

static void
test_standard(void)
{
    guint8 config[4096];
    put_gpu(config);
    VfgPciCaps caps = parse(config, 256);
    g_assert_true(caps.standard && !caps.extended && !caps.damaged && !caps.all_ones);
    g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_LEGACY_ENDPOINT);
    g_assert_true(caps.flr && caps.pm && caps.no_soft_reset && caps.msi && caps.msix);
    g_assert_cmpuint(caps.msix_vectors, ==, 8);
    g_assert_cmpuint(caps.interrupt_pin, ==, 1);
    put_word(config, 0x64, 0xfff7);
    put_long(config, 0x7c, ~(1u << 28));
    config[0x3d] = 0x0f;
    caps = parse(config, 256);
    g_assert_false(caps.no_soft_reset);
    g_assert_false(caps.flr);
    g_assert_cmpuint(caps.interrupt_pin, ==, 0x0f);
}

/* The first capability of a kind counts, as for the kernel. */
static void
test_twice(void)
{
    guint8 config[4096];
    put_gpu(config);
    put_cap(config, 0xc8, 0x10, 0xe0);
    put_word(config, 0xca, 0x0042);
    put_cap(config, 0xe0, 0x01, 0);
    VfgPciCaps caps = parse(config, 256);
    g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_LEGACY_ENDPOINT);
    g_assert_true(caps.no_soft_reset);
    g_assert_false(caps.msix);
}

static void
test_advanced_features(void)
{
    static const struct {
        guint8 bits;
        gboolean flr;
    } cases[] = {{0x03, TRUE}, {0x01, FALSE}, {0x02, FALSE}, {0x00, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 config[4096];
        begin(config, 0xfc);
        put_cap(config, 0xfc, 0x13, 0);
        config[0xff] = cases[i].bits;
        VfgPciCaps caps = parse(config, 256);
        g_assert_true(caps.standard);
        g_assert_cmpint(caps.flr, ==, cases[i].flr);
        g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_NONE);
    }
}

/* What an unprivileged user sees. */
static void
test_header_only(void)
{
    guint8 config[4096];
    put_gpu(config);
    VfgPciCaps caps = parse(config, 64);
    g_assert_false(caps.standard || caps.extended || caps.damaged || caps.all_ones);
    g_assert_false(caps.flr || caps.pm || caps.msi || caps.msix);
    g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_NONE);
    g_assert_cmpuint(caps.interrupt_pin, ==, 1);
    begin(config, 0);
    caps = parse(config, 64);
    g_assert_true(caps.standard && caps.extended); /* the header says that there is no list */
}

static void
test_cut(void)
{
    guint8 config[4096];
    put_gpu(config);
    VfgPciCaps caps = parse(config, 128);
    g_assert_true(caps.pm && caps.msi && caps.flr);
    g_assert_false(caps.standard || caps.damaged || caps.msix || caps.extended);
    caps = parse(config, 127); /* in the middle of PCI Express */
    g_assert_true(caps.msi);
    g_assert_false(caps.standard || caps.flr);
    g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_NONE);
    caps = parse(config, 0xc8);
    g_assert_false(caps.standard);
    caps = parse(config, 0xcc);
    g_assert_true(caps.standard && caps.msix && !caps.extended);
}

static void
test_loop(void)
{
    guint8 config[4096];
    put_gpu(config);
    put_cap(config, 0xc8, 0x11, 0x68);
    VfgPciCaps caps = parse(config, 256);
    g_assert_true(caps.standard && caps.damaged && caps.msix && caps.flr);
    put_cap(config, 0x60, 0x01, 0x60);
    caps = parse(config, 4096);
    g_assert_true(caps.damaged && caps.pm && !caps.msi);
}

static void
test_bad_pointers(void)
{
    guint8 config[4096];
    put_gpu(config);
    put_cap(config, 0x68, 0x05, 0x20); /* into the header */
    VfgPciCaps caps = parse(config, 256);
    g_assert_true(caps.standard && caps.damaged && caps.msi);
    put_cap(config, 0x68, 0x05, 0xfc); /* PCI Express does not fit there */
    put_cap(config, 0xfc, 0x10, 0);
    caps = parse(config, 4096);
    g_assert_true(caps.standard && caps.damaged);
    g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_NONE);
    put_gpu(config);
    put_cap(config, 0x60, 0x01, 0x6b); /* the low bits are reserved */
    caps = parse(config, 256);
    g_assert_true(caps.msi && !caps.damaged);
    put_cap(config, 0x68, 0xff, 0xff);
    caps = parse(config, 256);
    g_assert_true(caps.standard && caps.pm && !caps.msi && !caps.damaged);
}

static void
test_cardbus(void)
{
    guint8 config[4096];
    begin(config, 0);
    put_word(config, 0x06, 0x0010);
    config[0x0e] = 0x82;
    config[0x14] = 0xa0;
    config[0x34] = 0x01;
    put_cap(config, 0xa0, 0x01, 0);
    VfgPciCaps caps = parse(config, 256);
    g_assert_true(caps.standard && caps.pm && !caps.damaged);
    caps = parse(config, 128);
    g_assert_false(caps.standard || caps.pm);
}

static void
test_dead(void)
{
    guint8 config[4096];
    memset(config, 0xff, sizeof config);
    VfgPciCaps caps = parse(config, 4096);
    g_assert_true(caps.all_ones);
    g_assert_false(caps.standard || caps.extended || caps.flr || caps.damaged);
    g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_NONE);
    g_assert_cmpuint(caps.interrupt_pin, ==, 0);
    g_assert_true(parse(config, 64).all_ones);
    put_word(config, 0x06, 0x0010); /* what an emulator adds */
    put_long(config, 0x10, 0xc0000000);
    config[0x34] = 0x60;
    config[0x0e] = 0x7f;
    caps = parse(config, 4096);
    g_assert_true(caps.all_ones);
    g_assert_cmpuint(caps.interrupt_pin, ==, 0);
    put_gpu(config); /* a virtual function's ids */
    put_long(config, 0x00, 0xffffffff);
    caps = parse(config, 4096);
    g_assert_true(!caps.all_ones && caps.flr && caps.extended);
}

static void
test_conventional(void)
{
    guint8 config[4096];
    begin(config, 0x60);
    put_cap(config, 0x60, 0x01, 0);
    VfgPciCaps caps = parse(config, 256);
    g_assert_true(caps.standard && caps.extended); /* none, which is known */
    put_word(config, 0x0a, 0x0600);
    g_assert_false(parse(config, 256).extended); /* host bridges may have some all the same */
    g_assert_true(parse(config, 4096).extended);
}

/* A GPU's extended space: SR-IOV, two BARs that can be resized, ACS. */
static void
put_extended_gpu(guint8 config[4096])
{
    put_gpu(config);
    put_extended(config, 0x100, 0x0002, 0xbb0);
    put_extended(config, 0xbb0, 0x0015, 0xbcc);
    put_long(config, 0xbb4, 0x0007f000); /* 256 MiB to 16 GiB */
    put_long(config, 0xbb8, 0x00000841); /* BAR 1 of 2, now 256 MiB */
    put_long(config, 0xbbc, 0x80000010); /* 1 MiB, 128 TiB */
    put_long(config, 0xbc0, 0x80012b03); /* and 256 TiB, 8 EiB; BAR 3, now 8 EiB */
    put_extended(config, 0xbcc, 0x0010, 0xff8);
    put_word(config, 0xbda, 32);
    put_extended(config, 0xff8, 0x000d, 0);
    put_word(config, 0xffc, 0x005f);
    put_word(config, 0xffe, 0x001d);
}

static void
test_extended(void)
{
    guint8 config[4096];
    put_extended_gpu(config);
    VfgPciCaps caps = parse(config, 4096);
    g_assert_true(caps.standard && caps.extended && !caps.damaged);
    g_assert_true(caps.sriov && caps.acs);
    g_assert_cmpuint(caps.sriov_total_vfs, ==, 32);
    g_assert_cmphex(caps.acs_capability, ==, 0x5f);
    g_assert_cmphex(caps.acs_control, ==, 0x1d);
    g_assert_cmpuint(caps.n_resizable, ==, 2);
    const VfgPciResizable *first = &caps.resizable[0], *second = &caps.resizable[1];
    g_assert_cmpuint(first->bar, ==, 1);
    g_assert_cmphex(first->sizes, ==, 0x7f00);
    g_assert_cmpuint(first->size, ==, 256 << 20);
    g_assert_cmpuint(second->bar, ==, 3);
    g_assert_cmphex(second->sizes, ==, G_GUINT64_CONSTANT(0x80018000001));
    g_assert_cmpuint(second->size, ==, G_GUINT64_CONSTANT(1) << 63);
    put_long(config, 0xbb8, 0x00002c41); /* no such size */
    caps = parse(config, 4096);
    g_assert_cmpuint(caps.resizable[0].size, ==, 0);
    put_long(config, 0xbb8, 0x000008e1); /* seven BARs: there are six at most */
    g_assert_cmpuint(parse(config, 4096).n_resizable, ==, 6);
}

static void
test_extended_cut(void)
{
    guint8 config[4096];
    put_extended_gpu(config);
    VfgPciCaps caps = parse(config, 0xbc0); /* in the second BAR */
    g_assert_true(caps.standard && !caps.extended && !caps.damaged);
    g_assert_cmpuint(caps.n_resizable, ==, 0);
    caps = parse(config, 0xbdb); /* in TotalVFs */
    g_assert_false(caps.extended || caps.sriov);
    g_assert_cmpuint(caps.n_resizable, ==, 2);
    caps = parse(config, 0xfff);
    g_assert_true(caps.sriov && !caps.extended && !caps.acs);
    put_extended(config, 0x100, 0x0002, 0);
    g_assert_true(parse(config, 0x104).extended);
    g_assert_false(parse(config, 0x103).extended);
}

static void
test_extended_damaged(void)
{
    guint8 config[4096];
    put_extended_gpu(config);
    put_extended(config, 0xff8, 0x000d, 0xbb0); /* back */
    VfgPciCaps caps = parse(config, 4096);
    g_assert_true(caps.damaged && caps.extended && caps.acs);
    put_extended(config, 0xff8, 0x000d, 0x0fc); /* into the standard space */
    caps = parse(config, 4096);
    g_assert_true(caps.damaged && caps.extended && caps.acs);
    put_extended(config, 0xbcc, 0x0010, 0xffc); /* runs over the end */
    put_extended(config, 0xffc, 0x000d, 0);
    caps = parse(config, 4096);
    g_assert_true(caps.damaged && caps.sriov && !caps.acs);
    put_long(config, 0xbcc, 0xffffffff); /* died meanwhile */
    caps = parse(config, 4096);
    g_assert_false(caps.extended || caps.damaged || caps.sriov);
    put_long(config, 0x100, 0);
    caps = parse(config, 4096);
    g_assert_true(caps.extended && !caps.damaged);
}

static void
test_length(void)
{
    static const gsize bad[] = {0, 1, 63, 4097, 1 << 20};
    g_autofree guint8 *config = g_malloc0(1 << 20);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        VfgPciCaps caps = {.msix_vectors = 7};
        g_assert_false(vfg_pci_caps_parse(config, bad[i], &caps, &error));
        g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
        g_assert_cmpuint(caps.msix_vectors, ==, 7);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci-caps/standard", test_standard);
    g_test_add_func("/pci-caps/twice", test_twice);
    g_test_add_func("/pci-caps/advanced-features", test_advanced_features);
    g_test_add_func("/pci-caps/header-only", test_header_only);
    g_test_add_func("/pci-caps/cut", test_cut);
    g_test_add_func("/pci-caps/loop", test_loop);
    g_test_add_func("/pci-caps/bad-pointers", test_bad_pointers);
    g_test_add_func("/pci-caps/cardbus", test_cardbus);
    g_test_add_func("/pci-caps/dead", test_dead);
    g_test_add_func("/pci-caps/conventional", test_conventional);
    g_test_add_func("/pci-caps/extended", test_extended);
    g_test_add_func("/pci-caps/extended-cut", test_extended_cut);
    g_test_add_func("/pci-caps/extended-damaged", test_extended_damaged);
    g_test_add_func("/pci-caps/length", test_length);
    return g_test_run();
}
