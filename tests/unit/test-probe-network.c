/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which functions carry the default routes, and who holds a GPU: on small hosts made here. */

#include "holders.h"
#include "probe-fixture.h"

#include <string.h>

static void
put_interface(const ProbeFixture *fixture, const char *device, const char *name, const char *lower,
              const char *other)
{
    g_autofree char *real = g_strconcat("/sys/devices/", device, "/net/", name, NULL);
    const char *below[] = {lower, other};
    probe_fixture_put_class(fixture, "net", real);
    for (gsize i = 0; i < G_N_ELEMENTS(below); i++) {
        g_autofree char *path = below[i] ? g_strconcat(real, "/lower_", below[i], NULL) : NULL;
        if (path)
            temp_tree_link(fixture->tree, path, "elsewhere");
    }
}

static void
put_route(const ProbeFixture *fixture, const char *interface)
{
    g_autofree char *text =
        g_strconcat("Iface\tDestination\n", interface,
                    "\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", NULL);
    temp_tree_put(fixture->tree, "/proc/net/route", text);
}

/* A bridge over a VLAN over a bond of two ports of one card and one of virtio. */
static void
test_bond(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_interface(fixture, "pci0000:00/0000:00:1c.0/0000:03:00.0", "eno1", NULL, NULL);
    put_interface(fixture, "pci0000:00/0000:00:1c.0/0000:03:00.1", "eno2", NULL, NULL);
    put_interface(fixture, "pci0000:00/0000:00:1d.0/0000:04:00.0", "spare", NULL, NULL);
    put_interface(fixture, "virtual", "bond0", "eno1", "eno2");
    put_interface(fixture, "virtual", "bond0.7", "bond0", NULL);
    put_interface(fixture, "virtual", "br0", "bond0.7", "vnet0");
    put_interface(fixture, "virtual", "vnet0", NULL, NULL);
    put_route(fixture, "br0");
    probe_fixture_assert_usages(fixture, "default-route 0000:03:00.0 br0 eno1\n"
                                         "default-route 0000:03:00.1 br0 eno2\n");
    g_assert_true(fixture->host->routes_known);
}

/* The files of bond and bridge, where a record lacks the links. */
static void
test_members(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_interface(fixture, "pci0000:00/0000:00:03.0/virtio1", "eth0", NULL, NULL);
    put_interface(fixture, "pci0000:00/0000:00:04.0", "eth1", NULL, NULL);
    put_interface(fixture, "virtual", "bond0", NULL, NULL);
    put_interface(fixture, "virtual", "br0", NULL, NULL);
    temp_tree_put(fixture->tree, "/sys/devices/virtual/net/bond0/bonding/slaves", "eth0 eth1\n");
    temp_tree_link(fixture->tree, "/sys/devices/virtual/net/br0/brif/bond0", "x");
    put_route(fixture, "br0");
    probe_fixture_assert_usages(fixture, "default-route 0000:00:03.0 br0 eth0\n"
                                         "default-route 0000:00:04.0 br0 eth1\n");
}

#define ZEROS "00000000000000000000000000000000"

static void
test_v6_only(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_interface(fixture, "pci0000:00/0000:00:19.0", "eth0", NULL, NULL);
    temp_tree_put(fixture->tree, "/proc/net/route", "Iface\tDestination\n");
    temp_tree_put(fixture->tree, "/proc/1/net/ipv6_route",
                  ZEROS " 00 " ZEROS " 00 fe800000000000000000000000000001 00000400 00000002 "
                        "00000000 00000003     eth0\n");
    probe_fixture_assert_usages(fixture, "default-route 0000:00:19.0 eth0 eth0\n");
}

/* Neither a tunnel nor an interface of another namespace leads to a device, and a circle ends. */
static void
test_lost_routes(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_interface(fixture, "virtual", "wg0", NULL, NULL);
    put_interface(fixture, "virtual", "a", "b", NULL);
    put_interface(fixture, "virtual", "b", "a", NULL);
    temp_tree_put(fixture->tree, "/proc/net/route",
                  "wg0\t0\t0\t0003\t0\t0\t0\t0\n"
                  "gone\t0\t0\t0003\t0\t0\t0\t0\n"
                  "a\t0\t0\t0003\t0\t0\t0\t0\n"
                  "../../x\t0\t0\t0003\t0\t0\t0\t0\n");
    probe_fixture_assert_usages(fixture,
                                "default-route unknown wg0 wg0\ndefault-route unknown gone gone\n"
                                "default-route unknown a a\n"
                                "default-route unknown ../../x ../../x\n");
}

static void
test_open_vswitch(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_interface(fixture, "pci0000:00/0000:00:19.0", "eth0", NULL, NULL);
    put_interface(fixture, "virtual", "ovs-system", "br-ex", "eth0");
    put_interface(fixture, "virtual", "br-ex", NULL, NULL);
    temp_tree_link(fixture->tree, "/sys/devices/virtual/net/br-ex/master", "../ovs-system");
    put_route(fixture, "br-ex");
    probe_fixture_assert_usages(fixture, "default-route 0000:00:19.0 br-ex eth0\n");
}

static void
put_process(const ProbeFixture *fixture, int pid, const char *name, const char *uid,
            const char *files[])
{
    g_autofree char *status = g_strdup_printf("/proc/%d/status", pid);
    g_autofree char *text = g_strdup_printf("Name:\t%s\nState:\tS\nUid:\t0\t%s\t0\t0\n", name, uid);
    temp_tree_put(fixture->tree, status, text);
    for (int i = 0; files[i]; i++) {
        g_autofree char *link = g_strdup_printf("/proc/%d/fd/%d", pid, i);
        temp_tree_link(fixture->tree, link, files[i]);
    }
}

static void
add_function(const ProbeFixture *fixture, const char *address, guint32 class_code, int group)
{
    VfgPciAddress parsed;
    g_assert_true(vfg_pci_address_parse(address, &parsed, NULL));
    VfgPciFunction *function = vfg_pci_function_new(parsed);
    function->class_code = class_code;
    function->iommu_group = group;
    g_ptr_array_add(fixture->host->functions, function);
}

static void
put_gpus(const ProbeFixture *fixture)
{
    probe_fixture_put_class(fixture, "drm", PROBE_PCI "/0000:00:01.0/0000:01:00.0/drm/card1");
    probe_fixture_put_class(fixture, "drm", PROBE_PCI "/0000:00:01.0/0000:01:00.0/drm/renderD128");
    temp_tree_put(fixture->tree, "/proc/driver/nvidia/gpus/0000:05:00.0/information",
                  "Model: \t\t Tesla T4\nDevice Minor: \t 10\n");
    temp_tree_put(fixture->tree, "/proc/driver/nvidia/gpus/0000:06:00.0/information",
                  "Model: \t\t Tesla T4\nDevice Minor: \t 1\n");
    add_function(fixture, "0000:07:00.0", 0x030000, 12);
    add_function(fixture, "0000:07:00.1", 0x040300, 12);
    add_function(fixture, "0000:08:00.0", 0x030000, 13);
    add_function(fixture, "0000:09:00.0", 0x030000, 13);
    vfg_host_index(fixture->host);
}

static void
test_holders(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_gpus(fixture);
    put_process(fixture, 100, "Xorg", "1000",
                (const char *[]){"/dev/null", "/dev/dri/card1", "/dev/dri/card1", NULL});
    put_process(fixture, 101, "python3", "1001",
                (const char *[]){"/dev/nvidia1", "/dev/nvidiactl", "/home/u/dev/nvidia0",
                                 "socket:[12]", "/dev/kfd", NULL});
    put_process(fixture, 102, "qemu", "64055",
                (const char *[]){"/dev/vfio/vfio", "/dev/vfio/12", "/dev/vfio/13", NULL});
    put_process(fixture, 103, "bash", "0", (const char *[]){"/dev/pts/3", NULL});
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    g_autoptr(GString) shown = g_string_new(NULL);
    vfg_probe_holders(root, fixture->host);
    for (guint i = 0; i < fixture->host->holders->len; i++) {
        const VfgHolder *holder = g_ptr_array_index(fixture->host->holders, i);
        char buffer[VFG_PCI_ADDRESS_SIZE];
        g_string_append_printf(
            shown, "%d %s %d %s %s\n", holder->pid, holder->command, (int)holder->uid,
            holder->device,
            holder->has_function ? vfg_pci_address_format(holder->function, buffer) : "-");
    }
    g_assert_cmpstr(shown->str, ==,
                    "100 Xorg 1000 /dev/dri/card1 0000:01:00.0\n"
                    "101 python3 1001 /dev/nvidia1 0000:06:00.0\n"
                    "101 python3 1001 /dev/nvidiactl -\n"
                    "101 python3 1001 /dev/kfd -\n"
                    "102 qemu 64055 /dev/vfio/vfio -\n"
                    "102 qemu 64055 /dev/vfio/12 0000:07:00.0\n"
                    "102 qemu 64055 /dev/vfio/13 -\n");
    g_assert_true(fixture->host->holders_complete);
}

/* A process whose files can't be listed is not known to hold nothing. */
static void
test_holders_incomplete(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(fixture->tree, "/proc/200/fd", "not a folder");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_holders(root, fixture->host);
    g_assert_cmpuint(fixture->host->holders->len, ==, 0);
    g_assert_false(fixture->host->holders_complete);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(ProbeFixture *, gconstpointer);
    } tests[] = {
        {"/probe-network/bond", test_bond},
        {"/probe-network/members", test_members},
        {"/probe-network/v6-only", test_v6_only},
        {"/probe-network/lost-routes", test_lost_routes},
        {"/probe-network/open-vswitch", test_open_vswitch},
        {"/probe-holders/holders", test_holders},
        {"/probe-holders/holders-incomplete", test_holders_incomplete},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, ProbeFixture, NULL, probe_fixture_set_up, tests[i].func,
                   probe_fixture_tear_down);
    return g_test_run();
}
