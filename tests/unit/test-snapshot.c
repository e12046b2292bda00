/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A host is captured, and the snapshot shows what the host showed, to the byte: as a tar,
 * compressed, unpacked by hand, and captured again. */

#include "capture.h"
#include "error.h"
#include "record.h"
#include "temp-tree.h"
#include "verify.h"

#include <string.h>
#include <sys/stat.h>

#define DEVICES "host/sys/devices/pci0000:00/"

typedef struct {
    TempTree *tree;
    char *host; /* the directory that stands for the host */
    char *data_dir;
} Fixture;

static void
put_function(const Fixture *f, const char *name, const char *device, const char *class)
{
    const char *const files[][2] = {{"vendor", "0x10de\n"},
                                    {"device", device},
                                    {"class", class},
                                    {"revision", "0xa1\n"},
                                    {"subsystem_vendor", "0x10de\n"},
                                    {"subsystem_device", "0x12a2\n"},
                                    {"numa_node", "-1\n"},
                                    {"driver_override", "(null)\n"},
                                    {"resource", "0x00000000f6000000 0x00000000f6ffffff "
                                                 "0x0000000000040200\n"}};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat(DEVICES, name, "/", files[i][0], NULL);
        temp_tree_put(f->tree, path, files[i][1]);
    }
    g_autofree char *device_link = g_strconcat("host/sys/bus/pci/devices/", name, NULL);
    g_autofree char *target = g_strconcat("../../../devices/pci0000:00/", name, NULL);
    g_autofree char *group = g_strconcat(DEVICES, name, "/iommu_group", NULL);
    temp_tree_link(f->tree, device_link, target);
    temp_tree_link(f->tree, group, "../../../kernel/iommu_groups/7");
}

static void
put_host(const Fixture *f)
{
    char config[4096] = "\xde\x10\xb8\x1e";
    memcpy(config + 0x100, "\x03\x00\x01\x00\x12\x34\x56\x78\x9a\xbc\xde\xf0", 12);
    put_function(f, "0000:00:01.0", "0x1eb8\n", "0x030200\n");
    put_function(f, "0000:00:01.1", "0x10f8\n", "0x040300\n");
    temp_tree_put_bytes(f->tree, DEVICES "0000:00:01.0/config", config, sizeof config);
    temp_tree_link(f->tree, DEVICES "0000:00:01.0/driver", "../../../bus/pci/drivers/nvidia");
    temp_tree_make_dir(f->tree, "host/sys/bus/pci/drivers/nvidia");
    temp_tree_make_dir(f->tree, "host/sys/kernel/iommu_groups/7");
    temp_tree_link(f->tree, "host/sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
    temp_tree_put(f->tree, "host/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
    temp_tree_put(f->tree, "host/proc/sys/kernel/hostname", "box\n");
    temp_tree_put(f->tree, "host/proc/cmdline", "root=/dev/mapper/box--vg-root intel_iommu=on\n");
    temp_tree_put(f->tree, "host/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n");
    temp_tree_put(f->tree, "host/etc/passwd", "root:x:0:0::/root:\nalice:x:1000:1000::/x:\n");
    temp_tree_put(f->tree, "host/kernel.log", "box: alice from 192.168.7.9, 52:54:00:12:34:56\n");
    temp_tree_put(f->tree, "host/dev/kvm", "");
}

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->tree = temp_tree_new();
    f->host = temp_tree_path(f->tree, "host");
    f->data_dir = g_build_filename(VFG_TOP_SRCDIR, "data", NULL);
    put_host(f);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_free(f->host);
    g_free(f->data_dir);
    temp_tree_free(f->tree);
}

static VfgApp *
open_app(const Fixture *f, const char *sysroot)
{
    g_autoptr(GError) error = NULL;
    VfgAppPaths paths = {.sysroot = sysroot, .data_dir = f->data_dir, .state_dir = f->tree->top};
    VfgApp *app = vfg_app_new(&paths, &error);
    g_assert_no_error(error);
    return app;
}

/* What list and check say. */
static char *
describe(const Fixture *f, const char *sysroot)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgApp) app = open_app(f, sysroot);
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, &error);
    g_assert_no_error(error);
    json_t *gpus = json_array();
    for (guint i = 0; i < inventory->gpus->len; i++)
        json_array_append_new(gpus, vfg_gpu_to_json(inventory->gpus->pdata[i]));
    g_assert_cmpuint(json_array_size(gpus), ==, 1);
    g_autoptr(GPtrArray) findings = vfg_app_check(app, NULL, &error);
    g_assert_no_error(error);
    json_t *both = json_pack("{s:o, s:o}", "list", gpus, "check", vfg_findings_to_json(findings));
    char *text = json_dumps(both, JSON_INDENT(1));
    char *copy = g_strdup(text);
    free(text);
    json_decref(both);
    return copy;
}

static char *
capture(const Fixture *f, const char *sysroot, const char *name, gboolean redact)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgApp) app = open_app(f, sysroot);
    char *path = temp_tree_path(f->tree, name);
    VfgCaptureOptions options = {.redact = redact, .now = 1700000000};
    gboolean good = vfg_app_capture(app, path, &options, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return path;
}

static char *
unpack(const Fixture *f, const char *tar)
{
    char *folder = temp_tree_path(f->tree, "unpacked");
    const char *const words[] = {"tar", "-xf", tar, "-C", folder, NULL};
    g_autoptr(GError) error = NULL;
    int status = 0;
    temp_tree_make_dir(f->tree, "unpacked");
    g_assert_true(g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, &error));
    g_assert_cmpint(status, ==, 0);
    return folder;
}

static void
test_replay(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(f->tree, "host/libvirt", "qemu:///system\nnobody is there\n");
    g_autofree char *live = describe(f, f->host);
    g_autofree char *tar = capture(f, f->host, "a.tar", TRUE);
    g_autofree char *plain = capture(f, f->host, "b.tar", FALSE);
    g_autofree char *packed = capture(f, f->host, "c.tar.gz", TRUE);
    g_autofree char *again = capture(f, tar, "d.tar", TRUE);
    g_autofree char *folder = unpack(f, plain);
    const char *const snapshots[] = {tar, plain, packed, again, folder};
    for (gsize i = 0; i < G_N_ELEMENTS(snapshots); i++) {
        g_autofree char *replayed = describe(f, snapshots[i]);
        g_assert_cmpstr(replayed, ==, live);
    }
    g_assert_nonnull(strstr(live, "\"driver\": \"nvidia\""));
    g_assert_nonnull(strstr(live, "\"iommu_group\": 7"));
    g_assert_nonnull(strstr(live, "\"cause\": \"nobody is there\""));
}

static char *
read_inside(const Fixture *f, const char *sysroot, const char *path)
{
    g_autoptr(VfgApp) app = open_app(f, sysroot);
    return vfg_root_read(app->root, path, 1 << 20, NULL, NULL);
}

static void
test_redacted(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const secrets[] = {"box", "alice", "192.168.7.9", "52:54:00:12:34:56"};
    g_autofree char *tar = capture(f, f->host, "a.tar", TRUE);
    g_autofree char *plain = capture(f, f->host, "b.tar", FALSE);
    g_autofree char *log = read_inside(f, tar, "/kernel.log");
    g_autofree char *plain_log = read_inside(f, plain, "/kernel.log");
    g_autofree char *manifest = read_inside(f, tar, "/manifest.json");
    g_autofree char *plain_manifest = read_inside(f, plain, "/manifest.json");
    g_autofree char *cmdline = read_inside(f, tar, "/proc/cmdline");
    g_assert_cmpstr(log, ==, "host1: user1 from 198.18.0.1, 02:00:00:00:00:01\n");
    g_assert_cmpstr(cmdline, ==, "root=/dev/mapper/host1--vg-root intel_iommu=on\n");
    for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++) {
        g_assert_nonnull(strstr(plain_log, secrets[i]));
        g_assert_null(strstr(manifest, secrets[i]));
    }
    g_assert_nonnull(strstr(manifest, "\"captured\": \"2023-11-14T22:13:20Z\""));
    g_assert_nonnull(strstr(manifest, "\"what\": \"mac-address\""));
    g_assert_nonnull(strstr(manifest, "\"kernel_release\": \"6.1.0-13-amd64\""));
    g_assert_nonnull(strstr(plain_manifest, "\"redacted\": null"));
}

/* What can't be read is unknown in the snapshot, too, and the manifest says why. */
static void
test_unreadable(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_remove(f->tree, "host/proc/cmdline");
    temp_tree_make_dir(f->tree, "host/proc/cmdline"); /* reading gives EISDIR, even to root */
    g_autofree char *tar = capture(f, f->host, "a.tar", TRUE);
    g_autofree char *manifest = read_inside(f, tar, "/manifest.json");
    g_assert_nonnull(strstr(manifest, "\"path\": \"/proc/cmdline\""));
    g_autofree char *live = describe(f, f->host);
    g_autofree char *replayed = describe(f, tar);
    g_assert_cmpstr(replayed, ==, live);
}

static void
test_file(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    struct stat info;
    g_autoptr(GError) error = NULL;
    temp_tree_make_dir(f->tree, "out");
    g_autofree char *tar = capture(f, f->host, "out/a.tar", TRUE);
    g_autoptr(VfgApp) app = open_app(f, f->host);
    VfgCaptureOptions options = {.redact = TRUE, .now = 1700000000};
    g_assert_cmpint(stat(tar, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 07777, ==, 0600);
    g_assert_false(vfg_app_capture(app, tar, &options, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
    g_clear_error(&error);
    options.force = TRUE;
    g_assert_true(vfg_app_capture(app, tar, &options, &error));
    g_assert_false(vfg_app_capture(app, "/nowhere/at/all.tar", &options, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_NOT_FOUND);
    g_autofree char *folder = temp_tree_path(f->tree, "out");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_assert_cmpstr(g_dir_read_name(dir), ==, "a.tar");
    g_assert_null(g_dir_read_name(dir)); /* nothing is left of what failed */
}

/* Look-ups of every kind give in the recording what they gave on the host. */
static void
test_look_ups(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgRoot) host = vfg_root_new(f->host, NULL);
    g_autoptr(VfgRecorder) recorder = vfg_recorder_new(host);
    g_autoptr(VfgRoot) root = vfg_recorder_root(recorder, NULL);
    g_autoptr(VfgRoot) device = vfg_root_enter(root, "/sys/bus/pci/devices/0000:00:01.0", NULL);
    g_autofree char *driver G_GNUC_UNUSED = vfg_root_link_name(device, "driver");
    g_autofree char *vendor G_GNUC_UNUSED = vfg_root_read_text(device, "vendor", NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(root, "/sys/bus/pci/devices", NULL);
    g_assert_false(vfg_root_exists(root, "/sys/class/iommu/dmar0"));
    g_assert_null(vfg_root_list(root, "/sys/none", NULL));
    /* The tree is the recorder's, so it is only borrowed here. */
    VfgTree *tree = vfg_recorder_tree(recorder);
    int errnum = 0;
    const VfgTree *file =
        vfg_tree_find(tree, "/sys/bus/pci/devices/0000:00:01.0/vendor", TRUE, &errnum);
    const VfgTree *link =
        vfg_tree_find(tree, "/sys/bus/pci/devices/0000:00:01.0/driver", FALSE, &errnum);
    const VfgTree *folder = vfg_tree_find(tree, "/sys/bus/pci/devices", TRUE, &errnum);
    g_assert_cmpstr(file->bytes, ==, "0x10de\n");
    g_assert_cmpint(link->kind, ==, VFG_TREE_LINK);
    g_assert_cmpuint(g_hash_table_size(folder->children), ==, names->len);
    g_assert_null(vfg_tree_find(tree, "/sys/class/iommu/dmar0", TRUE, &errnum));
    g_assert_nonnull(vfg_tree_find(tree, "/sys/class/iommu/dmar0", FALSE, &errnum));
    g_assert_cmpuint(vfg_recorder_gaps(recorder)->len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/snapshot/replay", test_replay},         {"/snapshot/redacted", test_redacted},
        {"/snapshot/unreadable", test_unreadable}, {"/snapshot/file", test_file},
        {"/snapshot/look-ups", test_look_ups},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
