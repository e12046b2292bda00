/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which GPU of the host a guest means: only ever one of its own. */

#include "guest-map.h"

static void
add(GPtrArray *functions, const char *text, guint16 device)
{
    VfgPciAddress address;
    g_assert_true(vfg_pci_address_parse(text, &address, NULL));
    VfgPciFunction *function = vfg_pci_function_new(address);
    function->vendor = 0x10de;
    function->device = device;
    g_ptr_array_add(functions, function);
}

static GPtrArray *
make_list(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)vfg_pci_function_free);
}

static void
assert_map(const GPtrArray *passed, const GPtrArray *seen, const char *guest, const char *wanted)
{
    VfgPciAddress address, found;
    g_assert_true(vfg_pci_address_parse(guest, &address, NULL));
    gboolean good = vfg_guest_map(passed, seen, address, &found);
    g_assert_cmpint(good, ==, wanted != NULL);
    g_autofree char *text = good ? vfg_pci_address_dup(found) : NULL;
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_several(void)
{
    g_autoptr(GPtrArray) passed = make_list();
    g_autoptr(GPtrArray) seen = make_list();
    add(passed, "0000:c1:00.0", 1);
    add(passed, "0000:21:00.0", 1);
    add(passed, "0000:41:00.0", 2);
    add(seen, "0000:03:00.0", 2);
    add(seen, "0000:02:00.0", 1);
    add(seen, "0000:01:00.0", 1);
    add(seen, "0000:04:00.0", 9);
    assert_map(passed, seen, "0000:01:00.0", "0000:c1:00.0");
    assert_map(passed, seen, "0000:02:00.0", "0000:21:00.0");
    assert_map(passed, seen, "0000:02:00.1", "0000:21:00.0");
    assert_map(passed, seen, "0000:03:00.0", "0000:41:00.0");
    assert_map(passed, seen, "0000:04:00.0", NULL);
    assert_map(passed, seen, "0000:c1:00.0", NULL);
    assert_map(passed, NULL, "0000:01:00.0", NULL);
}

/* The agent may not have spoken yet, or a kernel may write 01:00 of a GPU that it lost. */
static void
test_one(void)
{
    g_autoptr(GPtrArray) passed = make_list();
    g_autoptr(GPtrArray) seen = make_list();
    assert_map(passed, NULL, "0000:01:00.0", NULL);
    add(passed, "0000:c1:00.0", 1);
    assert_map(passed, NULL, "0000:01:00.0", "0000:c1:00.0");
    assert_map(passed, seen, "0000:07:00.0", "0000:c1:00.0");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-map/several", test_several);
    g_test_add_func("/guest-map/one", test_one);
    return g_test_run();
}
