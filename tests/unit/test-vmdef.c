/* SPDX-License-Identifier: GPL-2.0-or-later */

/* VM definitions as values: names, defaults, lists. */

#include "vmdef.h"

static void
test_names(void)
{
    static const char *const good[] = {"d2l", "A", "9", "_x", "a.b-c_d", "vm.xml"};
    static const char *const bad[] = {"",    ".",   "..", ".a",    "-a",  "a/b", "../a",
                                      "a b", "a\n", "ä",  "a\033", "a:b", "a%b"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(vfg_vmdef_name_is_valid(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(vfg_vmdef_name_is_valid(bad[i]));
    g_autofree char *longest = g_strnfill(64, 'a'), *longer = g_strnfill(65, 'a');
    g_assert_true(vfg_vmdef_name_is_valid(longest));
    g_assert_false(vfg_vmdef_name_is_valid(longer));
}

static void
test_defaults(void)
{
    g_autoptr(VfgVmdef) vmdef = vfg_vmdef_new();
    g_assert_cmpuint(vmdef->vcpu, ==, 1);
    g_assert_cmpstr(vmdef->vnc_listen, ==, "127.0.0.1");
    g_assert_cmpstr(vmdef->guest->profile, ==, "none");
    g_assert_cmpint(vmdef->accel, ==, VFG_ACCEL_AUTO);
    g_assert_false(vmdef->hide_kvm);
    g_assert_cmpuint(vmdef->disks->len + vmdef->gpus->len + vmdef->networks->len, ==, 0);
    g_assert_null(vmdef->libvirt);
    vfg_vmdef_free(NULL);
}

static void
test_lists(void)
{
    g_autoptr(VfgVmdef) vmdef = vfg_vmdef_new();
    vfg_vmdef_add_disk(vmdef, "/d", NULL, "qcow2", 5);
    vfg_vmdef_add_network(vmdef, VFG_NETWORK_BRIDGE, "br0", NULL);
    vfg_configure_add_arg(vmdef->guest, "pci=realloc", "always");
    const VfgVmdefDisk *disk = vmdef->disks->pdata[0];
    const VfgVmdefNetwork *network = vmdef->networks->pdata[0];
    const VfgConfigureArg *arg = vmdef->guest->kernel_args->pdata[0];
    g_assert_cmpstr(disk->file, ==, "/d");
    g_assert_null(disk->from);
    g_assert_cmpstr(disk->format, ==, "qcow2");
    g_assert_cmpuint(disk->size, ==, 5);
    g_assert_cmpint(network->kind, ==, VFG_NETWORK_BRIDGE);
    g_assert_cmpstr(network->source, ==, "br0");
    g_assert_null(network->mac);
    g_assert_cmpstr(arg->text, ==, "pci=realloc");
    g_assert_cmpstr(arg->policy, ==, "always");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vmdef/names", test_names);
    g_test_add_func("/vmdef/defaults", test_defaults);
    g_test_add_func("/vmdef/lists", test_lists);
    return g_test_run();
}
