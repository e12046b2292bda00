/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which functions carry mounts and swap: on small hosts made here. */

#include "probe-fixture.h"
#include "usage-storage.h"

#include <string.h>

/* A block device at its real path, known by its number "259:0" and its name. */
static void
put_block(const ProbeFixture *fixture, const char *real, const char *number)
{
    g_autofree char *path = g_strconcat("/sys/dev/block/", number, NULL);
    g_autofree char *target = g_strconcat("../..", real + strlen("/sys"), NULL);
    probe_fixture_put_class(fixture, "block", real);
    temp_tree_link(fixture->tree, path, target);
}

static void
put_partition(const ProbeFixture *fixture, const char *disk, const char *name, const char *number)
{
    g_autofree char *real = g_strconcat(disk, "/", name, NULL);
    g_autofree char *path = g_strconcat(real, "/partition", NULL);
    put_block(fixture, real, number);
    temp_tree_put(fixture->tree, path, "1\n");
}

/* A device of device-mapper or md with one or two slaves. */
static void
put_virtual(const ProbeFixture *fixture, const char *name, const char *number, const char *slave,
            const char *other)
{
    g_autofree char *real = g_strconcat("/sys/devices/virtual/block/", name, NULL);
    const char *slaves[] = {slave, other};
    put_block(fixture, real, number);
    for (gsize i = 0; i < G_N_ELEMENTS(slaves); i++) {
        g_autofree char *path = slaves[i] ? g_strconcat(real, "/slaves/", slaves[i], NULL) : NULL;
        if (path)
            temp_tree_link(fixture->tree, path, "elsewhere");
    }
}

static void
put_mounts(const ProbeFixture *fixture, const char *text)
{
    temp_tree_put(fixture->tree, "/proc/1/mountinfo", text);
}

static void
put_swaps(const ProbeFixture *fixture, const char *path, const char *type)
{
    g_autofree char *text =
        g_strdup_printf("Filename\tType\tSize\n%s %s\t100\t0\t-2\n", path, type);
    temp_tree_put(fixture->tree, "/proc/swaps", text);
}

/* Two NVMe disks behind root ports, each with two partitions. */
static void
put_two_nvme(const ProbeFixture *fixture)
{
    const char *first = PROBE_PCI "/0000:00:01.0/0000:01:00.0/nvme/nvme0/nvme0n1";
    const char *second = PROBE_PCI "/0000:00:02.0/0000:02:00.0/nvme/nvme1/nvme1n1";
    put_block(fixture, first, "259:0");
    put_partition(fixture, first, "nvme0n1p1", "259:1");
    put_partition(fixture, first, "nvme0n1p2", "259:2");
    put_block(fixture, second, "259:3");
    put_partition(fixture, second, "nvme1n1p1", "259:4");
    put_partition(fixture, second, "nvme1n1p2", "259:5");
}

static void
test_partition(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_mounts(fixture, "27 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n"
                        "28 27 259:1 / /boot/efi\\040x rw - vfat /dev/nvme0n1p1 rw\n"
                        "29 27 0:5 / /dev rw - devtmpfs udev rw\n"
                        "30 27 0:6 / /mnt rw - nfs4 server:/x rw\n"
                        "31 27 259:2 /srv /bind rw - ext4 /dev/nvme0n1p2 rw\n");
    probe_fixture_assert_usages(fixture, "mount 0000:01:00.0 / nvme0n1\n"
                                         "mount 0000:01:00.0 /boot/efi x nvme0n1\n");
    g_assert_true(fixture->host->mounts_known);
    g_assert_false(fixture->host->swaps_known);
    g_assert_false(fixture->host->routes_known);
}

/* Without /proc/1/mountinfo our own is taken; without both nothing is known. */
static void
test_own_mounts(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    temp_tree_put(fixture->tree, "/proc/self/mountinfo", "27 1 259:4 / / rw - ext4 /dev/root rw\n");
    probe_fixture_assert_usages(fixture, "mount 0000:02:00.0 / nvme1n1\n");
}

static void
test_nothing_known(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    probe_fixture_assert_usages(fixture, "");
    g_assert_false(fixture->host->mounts_known);
}

static void
test_lvm_on_md(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_virtual(fixture, "md127", "9:127", "nvme0n1p2", "nvme1n1p2");
    put_virtual(fixture, "dm-0", "253:0", "md127", NULL);
    put_virtual(fixture, "dm-1", "253:1", "md127", NULL);
    put_mounts(fixture, "27 1 253:0 / / rw - xfs /dev/mapper/vg-root rw\n"
                        "28 1 253:1 / /home rw - xfs /dev/mapper/vg-home rw\n");
    probe_fixture_assert_usages(
        fixture, "mount 0000:01:00.0 / nvme0n1\nmount 0000:02:00.0 / nvme1n1\n"
                 "mount 0000:01:00.0 /home nvme0n1\nmount 0000:02:00.0 /home nvme1n1\n");
}

/* A partition of an md device, whose own slaves hang on the whole one. */
static void
test_partition_of_md(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_virtual(fixture, "md0", "9:0", "nvme0n1", "nvme1n1");
    put_partition(fixture, "/sys/devices/virtual/block/md0", "md0p1", "259:9");
    put_mounts(fixture, "27 1 259:9 / / rw - xfs /dev/md0p1 rw\n");
    probe_fixture_assert_usages(fixture,
                                "mount 0000:01:00.0 / nvme0n1\nmount 0000:02:00.0 / nvme1n1\n");
}

/* Of three controllers of a subsystem two have a path to the namespace. */
static void
test_multipath(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const char *subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys3";
    g_autofree char *head = g_strconcat(subsystem, "/nvme3n1", NULL);
    put_block(fixture, head, "259:0");
    put_partition(fixture, head, "nvme3n1p1", "259:1");
    for (int i = 0; i < 3; i++) {
        g_autofree char *controller =
            g_strdup_printf(PROBE_PCI "/0000:00:0%d.0/0000:0%d:00.0/nvme/nvme%d", i + 1, i + 1, i);
        g_autofree char *link = g_strdup_printf("%s/nvme%d", subsystem, i);
        g_autofree char *target =
            g_strdup_printf("../../..%s", controller + strlen("/sys/devices"));
        g_autofree char *path = g_strdup_printf("%s/nvme3c%dn1", controller, i);
        temp_tree_make_dir(fixture->tree, i == 1 ? controller : path);
        temp_tree_link(fixture->tree, link, target);
    }
    put_mounts(fixture, "27 1 259:1 / / rw - ext4 /dev/nvme3n1p1 rw\n");
    probe_fixture_assert_usages(fixture,
                                "mount 0000:01:00.0 / nvme0\nmount 0000:03:00.0 / nvme2\n");
}

/* A loop device over a file on a disk, and one over a file on itself. */
static void
test_loop(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_virtual(fixture, "loop0", "7:0", NULL, NULL);
    put_virtual(fixture, "loop1", "7:1", NULL, NULL);
    put_virtual(fixture, "loop2", "7:2", NULL, NULL);
    temp_tree_put(fixture->tree, "/sys/devices/virtual/block/loop0/loop/backing_file",
                  "/var/images/a.img\n");
    temp_tree_put(fixture->tree, "/sys/devices/virtual/block/loop1/loop/backing_file",
                  "/mnt/loop/b.img\n");
    put_mounts(fixture, "27 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n"
                        "28 27 259:4 / /var rw - ext4 /dev/nvme1n1p1 rw\n"
                        "29 27 7:0 / /mnt/snap rw - squashfs /dev/loop0 rw\n"
                        "30 27 7:1 / /mnt/loop rw - ext4 /dev/loop1 rw\n"
                        "31 27 7:2 / /mnt/bare rw - ext4 /dev/loop2 rw\n");
    probe_fixture_assert_usages(fixture,
                                "mount 0000:01:00.0 / nvme0n1\nmount 0000:02:00.0 /var nvme1n1\n"
                                "mount 0000:02:00.0 /mnt/snap nvme1n1\n"
                                "mount unknown /mnt/loop /dev/loop1\n");
}

static void
test_usb_disk(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const char *disk =
        PROBE_PCI "/0000:00:14.0/usb2/2-1/2-1.4/2-1.4:1.0/host6/target6:0:0/6:0:0:0/block/sda";
    put_block(fixture, disk, "8:0");
    put_partition(fixture, disk, "sda1", "8:1");
    put_block(fixture, "/sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:1/block/mmcblk0",
              "179:0");
    put_block(fixture, PROBE_PCI "/0000:00:05.0/virtio3/block/vda", "254:0");
    put_mounts(fixture, "27 1 8:1 / /media rw - vfat /dev/sda1 rw\n"
                        "28 1 179:0 / / rw - ext4 /dev/mmcblk0 rw\n"
                        "29 1 254:0 / /data rw - ext4 /dev/vda rw\n");
    probe_fixture_assert_usages(fixture,
                                "mount 0000:00:14.0 /media sda\nmount 0000:00:05.0 /data vda\n");
}

/* Intel VMD: the disk's own address, in a domain of its own, is the deepest. */
static void
test_vmd(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_block(fixture,
              PROBE_PCI "/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1",
              "259:0");
    put_mounts(fixture, "27 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n");
    probe_fixture_assert_usages(fixture, "mount 10000:e1:00.0 / nvme0n1\n");
}

static void
test_swap_on_crypt(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_virtual(fixture, "dm-1", "253:1", "nvme1n1p2", NULL);
    put_swaps(fixture, "/dev/dm-1", "partition");
    probe_fixture_assert_usages(fixture, "swap 0000:02:00.0 /dev/dm-1 nvme1n1\n");
    g_assert_true(fixture->host->swaps_known);
}

/* By udev's link, and by the name in device-mapper without it. */
static void
test_mapped_names(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_virtual(fixture, "dm-1", "253:1", "nvme1n1p2", NULL);
    put_virtual(fixture, "dm-2", "253:2", "nvme0n1p1", NULL);
    temp_tree_put(fixture->tree, "/sys/devices/virtual/block/dm-2/dm/name", "my--vg-swap\n");
    temp_tree_link(fixture->tree, "/dev/mapper/cryptswap", "../dm-1");
    temp_tree_put(fixture->tree, "/proc/swaps",
                  "Filename Type\n/dev/mapper/cryptswap partition 1 0 -2\n"
                  "/dev/my-vg/swap partition 1 0 -3\n/dev/mapper/gone partition 1 0 -4\n");
    probe_fixture_assert_usages(fixture, "swap 0000:02:00.0 /dev/mapper/cryptswap nvme1n1\n"
                                         "swap 0000:01:00.0 /dev/my-vg/swap nvme0n1\n"
                                         "swap unknown /dev/mapper/gone /dev/mapper/gone\n");
}

static void
test_swap_file(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_mounts(fixture, "27 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n"
                        "28 27 259:4 / /swap rw - ext4 /dev/nvme1n1p1 rw\n");
    put_swaps(fixture, "/swap/file", "file");
    probe_fixture_assert_usages(fixture,
                                "mount 0000:01:00.0 / nvme0n1\nmount 0000:02:00.0 /swap nvme1n1\n"
                                "swap 0000:02:00.0 /swap/file nvme1n1\n");
}

/* One filesystem on two disks, two of its subvolumes mounted. */
static void
test_btrfs(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    temp_tree_link(fixture->tree, "/sys/fs/btrfs/aaaa/devices/nvme0n1p2", "x");
    temp_tree_link(fixture->tree, "/sys/fs/btrfs/aaaa/devices/nvme1n1p2", "x");
    temp_tree_link(fixture->tree, "/sys/fs/btrfs/bbbb/devices/nvme0n1p1", "x");
    temp_tree_make_dir(fixture->tree, "/sys/fs/btrfs/features");
    put_mounts(fixture, "27 1 0:25 /@ / rw - btrfs /dev/nvme0n1p2 rw,subvol=/@\n"
                        "28 27 0:25 /@home /home rw - btrfs /dev/nvme0n1p2 rw,subvol=/@home\n"
                        "29 27 0:25 /@/srv /bind rw - btrfs /dev/nvme0n1p2 rw,subvol=/@\n"
                        "30 27 0:26 / /other rw - btrfs /dev/nvme0n1p1 rw\n"
                        "31 27 0:27 / /root rw - btrfs /dev/root rw\n");
    probe_fixture_assert_usages(
        fixture, "mount 0000:01:00.0 / nvme0n1\nmount 0000:02:00.0 / nvme1n1\n"
                 "mount 0000:01:00.0 /home nvme0n1\nmount 0000:02:00.0 /home nvme1n1\n"
                 "mount 0000:01:00.0 /other nvme0n1\n"
                 "mount unknown /root /dev/root\n");
}

static void
test_other_pools(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    put_mounts(fixture, "27 1 0:25 / / rw - zfs rpool/ROOT rw\n"
                        "28 1 0:26 / /a rw - bcachefs /dev/nvme0n1p1:/dev/nvme1n1p1 rw\n");
    probe_fixture_assert_usages(fixture,
                                "mount unknown / rpool/ROOT\nmount 0000:01:00.0 /a nvme0n1\n"
                                "mount 0000:02:00.0 /a nvme1n1\n");
}

/* No kernel makes these; a snapshot may. */
static void
test_circle(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_virtual(fixture, "dm-0", "253:0", "dm-1", NULL);
    put_virtual(fixture, "dm-1", "253:1", "dm-0", "dm-1");
    put_virtual(fixture, "dm-2", "253:2", "missing", NULL);
    put_mounts(fixture, "27 1 253:0 / / rw - ext4 /dev/dm-0 rw\n"
                        "28 1 253:2 / /a rw - ext4 /dev/dm-2 rw\n");
    probe_fixture_assert_usages(fixture, "mount unknown / /dev/dm-0\nmount unknown /a /dev/dm-2\n");
}

/* A stack deeper than any real one is not followed to its disk, and says so. */
static void
test_deep(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    put_two_nvme(fixture);
    for (int i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("dm-%d", i);
        g_autofree char *number = g_strdup_printf("253:%d", i);
        g_autofree char *slave = i < 99 ? g_strdup_printf("dm-%d", i + 1) : g_strdup("nvme0n1p1");
        put_virtual(fixture, name, number, slave, NULL);
    }
    put_mounts(fixture, "27 1 253:0 / / rw - ext4 /dev/dm-0 rw\n");
    probe_fixture_assert_usages(fixture, "mount unknown / /dev/dm-0\n");
}

/* Thousands of bind mounts and overlays tell nothing new. */
static void
test_huge(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GString) text = g_string_new("27 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n");
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(text,
                               "%d 27 259:1 /pods/%d /var/lib/%d rw - ext4 /dev/nvme0n1p1 rw\n"
                               "%d 27 0:%d / /run/%d rw - overlay overlay rw\n"
                               "%d 27 259:4 /d%d /d%d rw - ext4 /dev/nvme1n1p1 rw\n",
                               i + 100, i, i, i + 100000, i + 50, i, i + 200000, i, i);
    put_two_nvme(fixture);
    put_mounts(fixture, text->str);
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_usage_storage(root, fixture->host);
    g_assert_cmpuint(fixture->host->usages->len, ==, 1 + 64);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(ProbeFixture *, gconstpointer);
    } tests[] = {
        {"/probe-usage/partition", test_partition},
        {"/probe-usage/own-mounts", test_own_mounts},
        {"/probe-usage/nothing-known", test_nothing_known},
        {"/probe-usage/lvm-on-md", test_lvm_on_md},
        {"/probe-usage/partition-of-md", test_partition_of_md},
        {"/probe-usage/multipath", test_multipath},
        {"/probe-usage/loop", test_loop},
        {"/probe-usage/usb-disk", test_usb_disk},
        {"/probe-usage/vmd", test_vmd},
        {"/probe-usage/swap-on-crypt", test_swap_on_crypt},
        {"/probe-usage/mapped-names", test_mapped_names},
        {"/probe-usage/swap-file", test_swap_file},
        {"/probe-usage/btrfs", test_btrfs},
        {"/probe-usage/other-pools", test_other_pools},
        {"/probe-usage/circle", test_circle},
        {"/probe-usage/deep", test_deep},
        {"/probe-usage/huge", test_huge},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, ProbeFixture, NULL, probe_fixture_set_up, tests[i].func,
                   probe_fixture_tear_down);
    return g_test_run();
}
