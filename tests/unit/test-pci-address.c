/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PCI addresses: what is one, how it is written, how they are ordered. */

#include "pci-address.h"

#include "assert-error.h"
#include "make-host.h"

static void
assert_round_trip(const char *text, const char *wanted)
{
    char buffer[VFG_PCI_ADDRESS_SIZE];
    g_assert_cmpstr(vfg_pci_address_format(make_address(text), buffer), ==, wanted);
    g_autofree char *copy = vfg_pci_address_dup(make_address(text));
    g_assert_cmpstr(copy, ==, wanted);
}

static void
test_parse(void)
{
    VfgPciAddress address = make_address("0001:82:1f.7");
    g_assert_cmpuint(address.pci_domain, ==, 1);
    g_assert_cmpuint(address.bus, ==, 0x82);
    g_assert_cmpuint(address.device, ==, 0x1f);
    g_assert_cmpuint(address.function, ==, 7);
    assert_round_trip("0000:82:00.0", "0000:82:00.0");
    assert_round_trip("82:00.0", "0000:82:00.0");
    assert_round_trip("0000:AF:0B.1", "0000:af:0b.1");
    assert_round_trip("10000:e1:00.0", "10000:e1:00.0"); /* Intel VMD */
    assert_round_trip("ffffffff:ff:1f.7", "ffffffff:ff:1f.7");
}

static void
test_refused(void)
{
    static const char *const bad[] = {"",
                                      "82",
                                      "82:00",
                                      "82:00.",
                                      "82:00.8",
                                      "82:20.0",
                                      "0000:82:20.0",
                                      "0000:82:00.0 ",
                                      " 0000:82:00.0",
                                      "0000:82:00.0\n",
                                      "82:00.0.0",
                                      "82:0.0",
                                      "8:00.0",
                                      "182:00.0",
                                      "000:82:00.0",
                                      "123456789:82:00.0",
                                      "g000:82:00.0",
                                      "0000:82:00:0",
                                      "0000:82.00.0",
                                      "0x00:82:00.0",
                                      "-000:82:00.0",
                                      "0000:82:+1.0",
                                      "0000::00.0",
                                      ":82:00.0",
                                      "0000:82:00.0/../x",
                                      "10de:1e37",
                                      "82:00.a",
                                      "82:00.00",
                                      "....",
                                      ":::"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        VfgPciAddress address = {4711, 1, 2, 3};
        g_autoptr(GError) error = NULL;
        if (vfg_pci_address_parse(bad[i], &address, &error))
            g_error("'%s' was taken for an address", bad[i]);
        assert_error(error, VFG_ERROR_PARSE, "is not a PCI address");
        assert_fix(error, "0000:82:00.0");
        g_assert_cmpuint(address.pci_domain, ==, 4711);
        g_assert_cmpuint(address.function, ==, 3);
    }
}

static void
test_order(void)
{
    static const char *const sorted[] = {"0000:00:00.0", "0000:00:00.7",  "0000:00:01.0",
                                         "0000:00:1f.7", "0000:01:00.0",  "0000:ff:00.0",
                                         "0001:00:00.0", "10000:00:00.0", "ffffffff:00:00.0"};
    for (gsize i = 0; i < G_N_ELEMENTS(sorted); i++) {
        for (gsize k = 0; k < G_N_ELEMENTS(sorted); k++) {
            int order = vfg_pci_address_compare(make_address(sorted[i]), make_address(sorted[k]));
            g_assert_cmpint(order < 0, ==, i < k);
            g_assert_cmpint(order > 0, ==, i > k);
        }
    }
}

static void
test_same_slot(void)
{
    VfgPciAddress address = make_address("0000:82:01.0");
    g_assert_true(vfg_pci_address_same_slot(address, make_address("0000:82:01.7")));
    g_assert_false(vfg_pci_address_same_slot(address, make_address("0000:82:02.0")));
    g_assert_false(vfg_pci_address_same_slot(address, make_address("0000:83:01.0")));
    g_assert_false(vfg_pci_address_same_slot(address, make_address("0001:82:01.0")));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci-address/parse", test_parse);
    g_test_add_func("/pci-address/refused", test_refused);
    g_test_add_func("/pci-address/order", test_order);
    g_test_add_func("/pci-address/same-slot", test_same_slot);
    return g_test_run();
}
