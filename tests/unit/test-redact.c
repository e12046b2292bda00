/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Redaction: what names a machine, a network or a person goes, everything else stays to the byte.
 */

#include "redact.h"

#include <string.h>

static VfgTree *
put(VfgTree *tree, const char *path, VfgTreeKind kind, const char *bytes, gsize len)
{
    g_auto(GStrv) parts = g_strsplit(path + 1, "/", -1);
    VfgTree *at = tree;
    for (char **part = parts; *part; part++) {
        VfgTree *next = vfg_tree_child(at, *part);
        at = next ? next : vfg_tree_add(at, *part, part[1] ? VFG_TREE_FOLDER : kind);
    }
    if (bytes)
        vfg_tree_set_bytes(at, bytes, len);
    return at;
}

static void
put_text(VfgTree *tree, const char *path, const char *text)
{
    put(tree, path, VFG_TREE_FILE, text, strlen(text));
}

static const char *
text_of(VfgTree *tree, const char *path)
{
    int errnum = 0;
    const VfgTree *node = vfg_tree_find(tree, path, FALSE, &errnum);
    return node ? node->bytes : NULL;
}

static VfgRedactor *
run(VfgTree *tree)
{
    VfgRedactor *redactor = vfg_redactor_new();
    vfg_redactor_add_host(redactor, "box.example.org");
    vfg_redactor_add_host(redactor, "localhost");
    vfg_redactor_add_user(redactor, "alice");
    vfg_redactor_run(redactor, tree);
    return redactor;
}

/* What comes of a text in the kernel log. */
static void
assert_log(const char *text, const char *wanted)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    put_text(tree, "/kernel.log", text);
    g_autoptr(VfgRedactor) redactor G_GNUC_UNUSED = run(tree);
    g_assert_cmpstr(text_of(tree, "/kernel.log"), ==, wanted);
}

static void
test_macs(void)
{
    assert_log("eth0: 52:54:00:12:34:56, eth1: 52:54:00:AB:CD:EF, again 52:54:00:12:34:56",
               "eth0: 02:00:00:00:00:01, eth1: 02:00:00:00:00:02, again 02:00:00:00:00:01");
    assert_log("BOOTIF=01-52-54-00-12-34-56", "BOOTIF=01-02-00-00-00-00-01");
    assert_log("enx525400123456: renamed", "enx020000000001: renamed");
    assert_log("00:00:00:00:00:00 ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff");
}

static void
test_ips(void)
{
    assert_log("addr 192.168.1.5 via 192.168.1.1 and 192.168.1.5",
               "addr 198.18.0.1 via 198.18.0.2 and 198.18.0.1");
    assert_log("fe80::5054:ff:fe12:3456 2a01:4f8::1/64 [2a01:4f8::1]:80",
               "fe80::1 2001:db8::2/64 [2001:db8::2]:80");
    assert_log("127.0.0.1 0.0.0.0 255.255.255.0 ::1 ::", "127.0.0.1 0.0.0.0 255.255.255.0 ::1 ::");
}

/* What looks a little like an address, and what a driver says. */
static void
test_facts_stay(void)
{
    static const char *const texts[] = {
        "pci 0000:01:00.0: [10de:1e37] type 00 class 0x030200",
        "vfio-pci 0000:82:00.0: enabling device (0000 -> 0002)",
        "Linux version 6.6.87.2-microsoft-standard-WSL2",
        "at 12:34:56 on 2026-01-02, firmware 535.183.01, 00:1f.3",
        "DMAR: DRHD base: 0x000000fed90000 flags: 0x0",
        "boxes alice_driver serial8250: ttyS0",
        "[mem 0x000a0000-0x000bffff window] dead beef cafe",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_log(texts[i], texts[i]);
}

static void
test_names(void)
{
    assert_log("on box.example.org, BOX, by alice in /home/bob/x and /home/alice",
               "on host1, host2, by user2 in /home/user1/x and /home/user2");
    assert_log("/dev/mapper/box--vg-root localhost", "/dev/mapper/host1--vg-root localhost");
    assert_log("usb 1-1: SerialNumber: 4C530001", "usb 1-1: SerialNumber: redacted-1");
    assert_log("UUID GPU-01234567-89ab-cdef-0123-456789abcdef",
               "UUID GPU-00000000-0000-0000-0000-000000000001");
}

static void
test_routes(void)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    put_text(tree, "/proc/1/net/route",
             "Iface\tDestination\tGateway\tFlags\tMask\n"
             "enx525400123456\t00000000\t0101A8C0\t0003\t00000000\n"
             "enx525400123456\t0001A8C0\t00000000\t0001\t00FFFFFF\n");
    put_text(tree, "/proc/1/net/ipv6_route",
             "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
             "fe800000000000005054000000000001 00000400     eth0\n");
    put_text(tree, "/sys/devices/a/net/enx525400123456/address", "52:54:00:12:34:56\n");
    put(tree, "/sys/class/net/enx525400123456", VFG_TREE_LINK,
        "../../devices/a/net/enx525400123456", 35);
    g_autoptr(VfgRedactor) redactor G_GNUC_UNUSED = run(tree);
    g_assert_cmpstr(text_of(tree, "/proc/1/net/route"), ==,
                    "Iface\tDestination\tGateway\tFlags\tMask\n"
                    "enx020000000001\t00000000\t010012C6\t0003\t00000000\n"
                    "enx020000000001\t020012C6\t00000000\t0001\t00FFFFFF\n");
    g_assert_cmpstr(text_of(tree, "/proc/1/net/ipv6_route"), ==,
                    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
                    "fe800000000000000000000000000001 00000400     eth0\n");
    g_assert_cmpstr(text_of(tree, "/sys/class/net/enx020000000001"), ==,
                    "../../devices/a/net/enx020000000001");
    g_assert_cmpstr(text_of(tree, "/sys/devices/a/net/enx020000000001/address"), ==,
                    "02:00:00:00:00:01\n");
}

static void
test_mounts(void)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    put_text(tree, "/proc/1/mountinfo",
             "22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n"
             "30 22 0:44 / /home/alice rw - nfs4 store:/vol rw,addr=10.1.2.3\n"
             "31 22 0:45 / /mnt rw - cifs //files/x rw,username=carol\n");
    g_autoptr(VfgRedactor) redactor G_GNUC_UNUSED = run(tree);
    g_assert_cmpstr(text_of(tree, "/proc/1/mountinfo"), ==,
                    "22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n"
                    "30 22 0:44 / /home/user1 rw - nfs4 host1:/vol rw,addr=198.18.0.1\n"
                    "31 22 0:45 / /mnt rw - cifs //host2/x rw,username=user2\n");
}

/* A host may be called like a driver: lists of drivers and kernel arguments are not prose. */
static void
test_names_of_drivers(void)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    g_autoptr(VfgRedactor) redactor = vfg_redactor_new();
    vfg_redactor_add_host(redactor, "nvidia");
    put_text(tree, "/proc/modules", "nvidia 1 0 - Live 0x0\n");
    put_text(tree, "/proc/cmdline", "nvidia=on root=/dev/mapper/nvidia--vg-root\n");
    put(tree, "/sys/devices/a/driver", VFG_TREE_LINK, "../../bus/pci/drivers/nvidia", 28);
    put_text(tree, "/sys/bus/pci/drivers/nvidia/x", "nvidia\n");
    vfg_redactor_run(redactor, tree);
    g_assert_cmpstr(text_of(tree, "/proc/modules"), ==, "nvidia 1 0 - Live 0x0\n");
    g_assert_cmpstr(text_of(tree, "/proc/cmdline"), ==,
                    "nvidia=on root=/dev/mapper/host1--vg-root\n");
    g_assert_cmpstr(text_of(tree, "/sys/devices/a/driver"), ==, "../../bus/pci/drivers/nvidia");
    g_assert_cmpstr(text_of(tree, "/sys/bus/pci/drivers/nvidia/x"), ==, "nvidia\n");
}

static void
test_serials(void)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    char config[0x200] = "\xde\x10\x37\x1e";
    memcpy(config + 0x100, "\x01\x00\x01\x15", 4);
    memcpy(config + 0x150, "\x03\x00\x01\x00\x12\x34\x56\x78\x9a\xbc\xde\xf0", 12);
    put(tree, "/sys/devices/a/config", VFG_TREE_FILE, config, sizeof config);
    put_text(tree, "/sys/class/dmi/id/product_serial", "ABC123\n");
    put_text(tree, "/sys/class/dmi/id/chassis_serial", "ABC123\n");
    put_text(tree, "/sys/class/dmi/id/product_name", "PowerEdge\n");
    VfgTree *vpd = put(tree, "/sys/devices/a/vpd", VFG_TREE_FILE, "SN123", 5);
    g_autoptr(VfgRedactor) redactor = run(tree);
    const char *after = text_of(tree, "/sys/devices/a/config");
    memset(config + 0x154, 0, 8);
    g_assert_cmpmem(after, sizeof config, config, sizeof config);
    g_assert_cmpstr(text_of(tree, "/sys/class/dmi/id/product_serial"), ==, "redacted-1\n");
    g_assert_cmpstr(text_of(tree, "/sys/class/dmi/id/chassis_serial"), ==, "redacted-1\n");
    g_assert_cmpstr(text_of(tree, "/sys/class/dmi/id/product_name"), ==, "PowerEdge\n");
    g_assert_true(vpd->denied && !vpd->bytes);
    g_assert_cmpuint(vfg_redactor_paths(redactor, VFG_REDACTED_SERIAL)->len, ==, 4);
    g_assert_cmpuint(vfg_redactor_paths(redactor, VFG_REDACTED_MAC)->len, ==, 0);
}

/* A capability list that leads to itself, or out of the file. */
static void
test_bad_config(void)
{
    static const char *const headers[] = {"\x01\x00\x01\x10", "\x01\x00\xf1\xff",
                                          "\xff\xff\xff\xff", "\x01\x00\x11\x00"};
    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(VfgTree) tree = vfg_tree_new();
        char config[0x104] = "";
        memcpy(config + 0x100, headers[i], 4);
        put(tree, "/sys/devices/a/config", VFG_TREE_FILE, config, sizeof config);
        g_autoptr(VfgRedactor) redactor G_GNUC_UNUSED = run(tree);
        g_assert_cmpmem(text_of(tree, "/sys/devices/a/config"), sizeof config, config,
                        sizeof config);
    }
}

static void
test_open_files(void)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    put(tree, "/proc/7/fd/0", VFG_TREE_LINK, "/home/alice/diary", 17);
    put(tree, "/proc/7/fd/1", VFG_TREE_LINK, "/dev/dri/card0", 14);
    put(tree, "/proc/7/fd/2", VFG_TREE_LINK, "socket:[77]", 11);
    g_autoptr(VfgRedactor) redactor = run(tree);
    g_assert_null(text_of(tree, "/proc/7/fd/0"));
    g_assert_cmpstr(text_of(tree, "/proc/7/fd/1"), ==, "/dev/dri/card0");
    g_assert_null(text_of(tree, "/proc/7/fd/2"));
    g_assert_cmpuint(vfg_redactor_paths(redactor, VFG_REDACTED_OPEN_FILE)->len, ==, 1);
}

/* A name that is taken by a stand-in of an earlier redaction, and NULs in a command line. */
static void
test_again(void)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    put_text(tree, "/home/user1/a", "a");
    put_text(tree, "/home/alice/b", "b");
    put(tree, "/proc/7/cmdline", VFG_TREE_FILE, "x\0alice\0y", 9);
    g_autoptr(VfgRedactor) redactor G_GNUC_UNUSED = run(tree);
    int errnum = 0;
    const VfgTree *cmdline = vfg_tree_find(tree, "/proc/7/cmdline", FALSE, &errnum);
    g_assert_cmpmem(cmdline->bytes, cmdline->len, "x\0user1\0y", 9);
    const VfgTree *home = vfg_tree_find(tree, "/home", FALSE, &errnum);
    g_assert_cmpuint(g_hash_table_size(home->children), ==, 2);
    g_assert_null(vfg_tree_child(home, "alice"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/redact/macs", test_macs);
    g_test_add_func("/redact/ips", test_ips);
    g_test_add_func("/redact/facts-stay", test_facts_stay);
    g_test_add_func("/redact/names", test_names);
    g_test_add_func("/redact/routes", test_routes);
    g_test_add_func("/redact/mounts", test_mounts);
    g_test_add_func("/redact/names-of-drivers", test_names_of_drivers);
    g_test_add_func("/redact/serials", test_serials);
    g_test_add_func("/redact/bad-config", test_bad_config);
    g_test_add_func("/redact/open-files", test_open_files);
    g_test_add_func("/redact/again", test_again);
    return g_test_run();
}
