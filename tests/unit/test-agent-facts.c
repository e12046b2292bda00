/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent reports, and where it finds its port, read from small trees made here. */

#include "facts.h"
#include "os-release.h"
#include "port.h"
#include "uevents.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/devices/pci0000:00/"

typedef struct {
    char *path;
    VfgRoot *root;
} Tree;

static int
remove_one(const char *path, G_GNUC_UNUSED const struct stat *info, G_GNUC_UNUSED int kind,
           G_GNUC_UNUSED struct FTW *place)
{
    return remove(path);
}

static void
tree_set_up(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    tree->path = g_dir_make_tmp("vfg-agent-XXXXXX", &error);
    g_assert_no_error(error);
    tree->root = vfg_root_new(tree->path, &error);
    g_assert_no_error(error);
}

static void
tree_tear_down(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    vfg_root_free(tree->root);
    nftw(tree->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_free(tree->path);
}

static char *
place(const Tree *tree, const char *path)
{
    char *full = g_strconcat(tree->path, path, NULL);
    g_autofree char *parent = g_path_get_dirname(full);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    return full;
}

static void
put(const Tree *tree, const char *path, const char *text)
{
    g_autofree char *full = place(tree, path);
    g_assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void
put_link(const Tree *tree, const char *path, const char *target)
{
    g_autofree char *full = place(tree, path);
    g_assert_cmpint(symlink(target, full), ==, 0);
}

/* A PCI function as sysfs shows it: a link in the bus folder to the device's folder. */
static void
put_function(const Tree *tree, const char *address, const char *class_code, const char *vendor,
             const char *device, const char *resource)
{
    const char *const files[][2] = {{"class", class_code},
                                    {"vendor", vendor},
                                    {"device", device},
                                    {"subsystem_vendor", "0x10de\n"},
                                    {"subsystem_device", "0x1370\n"},
                                    {"resource", resource}};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strdup_printf(DEVICES "%s/%s", address, files[i][0]);
        if (files[i][1])
            put(tree, path, files[i][1]);
    }
    g_autofree char *entry = g_strdup_printf("/sys/bus/pci/devices/%s", address);
    g_autofree char *target = g_strdup_printf("../../../devices/pci0000:00/%s", address);
    put_link(tree, entry, target);
}

static const char t10_resource[] = "0x00000000fd000000 0x00000000fdffffff 0x0000000000040200\n"
                                   "0x0000000000000000 0x00000003ffffffff 0x000000002014220c\n"
                                   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                                   "0x000000e000000000 0x000000e001ffffff 0x000000000014220c\n"
                                   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                                   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                                   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";

static void
test_gpus(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    put_function(tree, "0000:02:00.0", "0x030200\n", "0x10de\n", "0x1e37\n", t10_resource);
    put_link(tree, DEVICES "0000:02:00.0/driver", "../../../bus/pci/drivers/nvidia");
    put_function(tree, "0000:01:00.0", "0x120000\n", "0x1002\n", "0x74a1\n", "");
    put_function(tree, "0000:03:00.0", "0x020000\n", "0x8086\n", "0x10d3\n", "");
    put_function(tree, "0000:00:01.0", "0x030000\n", "0x1234\n", "0x1111\n", "");
    put_function(tree, "0000:00:02.0", "0x038000\n", "0x1af4\n", "0x1050\n", "");
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(tree->root);
    g_assert_cmpuint(gpus->len, ==, 2);
    const VfgPciFunction *amd = gpus->pdata[0], *t10 = gpus->pdata[1];
    g_assert_cmpuint(amd->vendor, ==, 0x1002);
    g_assert_null(amd->driver);
    g_assert_cmpuint(t10->address.bus, ==, 2);
    g_assert_cmpuint(t10->device, ==, 0x1e37);
    g_assert_cmpuint(t10->subvendor, ==, 0x10de);
    g_assert_cmpuint(t10->subdevice, ==, 0x1370);
    g_assert_cmpuint(vfg_pci_function_class(t10), ==, 0x0302);
    g_assert_cmpstr(t10->driver, ==, "nvidia");
    g_assert_cmpuint(t10->n_bars, ==, 3);
    g_assert_cmpuint(t10->bars[1].size, ==, 16ULL << 30);
    g_assert_false(t10->bars[1].assigned);
    g_assert_true(t10->bars[2].assigned);
}

/* What is broken costs itself alone, and the message can always be made. */
static void
test_broken_gpus(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    put_function(tree, "0000:01:00.0", "0x030000\n", "0x10de\n", "0x1e37\n", "rubbish\n");
    put_function(tree, "0000:02:00.0", "0x030000\n", "0x10de\n", NULL, NULL);
    put_function(tree, "0000:03:00.0", "0x030000\n", "0x10de\n", "0x1e37\n",
                 "0x0000000000000000 0xffffffffffffffff 0x0000000000140200\n"
                 "0x0000000000000000 0x7fffffffffffffff 0x0000000000140200\n"
                 "0x0000000080000000 0x0000000080ffffff 0x0000000000040200\n");
    put_function(tree, "0000:04:00.0", "rubbish\n", "0x10de\n", "0x1e37\n", "");
    put_function(tree, "nonsense", "0x030000\n", "0x10de\n", "0x1e37\n", "");
    put_link(tree, "/sys/bus/pci/devices/0000:05:00.0", "../../../devices/gone");
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(tree->root);
    g_assert_cmpuint(gpus->len, ==, 3);
    const VfgPciFunction *odd = gpus->pdata[2];
    g_assert_cmpuint(odd->n_bars, ==, 1);
    g_assert_cmpuint(odd->bars[0].index, ==, 2);
    VfgMessage message = {.type = VFG_MESSAGE_STATUS, .gpus = gpus};
    g_autoptr(GError) error = NULL;
    g_autofree char *line = vfg_message_encode(&message, &error);
    g_assert_no_error(error);
    g_assert_nonnull(line);
}

static void
test_many_gpus(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 70; i++) {
        g_autofree char *address = g_strdup_printf("0000:%02x:00.0", i);
        put_function(tree, address, "0x030200\n", "0x10de\n", "0x1e37\n", t10_resource);
    }
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(tree->root);
    g_assert_cmpuint(gpus->len, ==, VFG_MESSAGE_MAX_GPUS);
    VfgMessage message = {.type = VFG_MESSAGE_STATUS, .gpus = gpus};
    g_autoptr(GError) error = NULL;
    g_autofree char *line = vfg_message_encode(&message, &error);
    g_assert_no_error(error);
    g_assert_nonnull(line);
}

static void
assert_hello_fits(VfgHello *hello)
{
    VfgMessage message = {.type = VFG_MESSAGE_HELLO, .hello = hello};
    g_autoptr(GError) error = NULL;
    g_autofree char *line = vfg_message_encode(&message, &error);
    g_assert_no_error(error);
    g_assert_nonnull(line);
}

static void
test_hello(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    put(tree, "/proc/sys/kernel/random/boot_id", "4a980328-bb85-4452-83bb-830d5773595d\n");
    put(tree, "/proc/sys/kernel/osrelease", "6.1.0-56-cloud-amd64\n");
    put(tree, "/proc/sys/kernel/arch", "aarch64\n");
    put(tree, "/sys/firmware/efi/runtime", "");
    put(tree, "/usr/lib/os-release",
        "# a comment\nID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 "
        "(bookworm)\"\nVERSION_ID='12'\n");
    put_link(tree, "/etc/os-release", "../usr/lib/os-release");
    g_autoptr(VfgHello) hello = vfg_facts_hello(tree->root, "0.1");
    g_assert_cmpstr(hello->version, ==, "0.1");
    g_assert_cmpuint(hello->protocol, ==, VFG_PROTOCOL_VERSION);
    g_assert_cmpstr(hello->boot_id, ==, "4a980328-bb85-4452-83bb-830d5773595d");
    g_assert_cmpstr(hello->os_id, ==, "debian");
    g_assert_cmpstr(hello->os_name, ==, "Debian GNU/Linux 12 (bookworm)");
    g_assert_cmpstr(hello->os_version, ==, "12");
    g_assert_cmpstr(hello->kernel, ==, "6.1.0-56-cloud-amd64");
    g_assert_cmpstr(hello->arch, ==, "aarch64");
    g_assert_cmpstr(hello->firmware, ==, "uefi");
    assert_hello_fits(hello);
}

static void
test_empty_hello(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(VfgHello) hello = vfg_facts_hello(tree->root, "0.1");
    g_assert_cmpstr(hello->boot_id, ==, "unknown");
    g_assert_cmpstr(hello->os_id, ==, "");
    g_assert_cmpstr(hello->os_name, ==, "");
    g_assert_cmpstr(hello->firmware, ==, "bios");
    g_assert_cmpstr(hello->kernel, !=, ""); /* uname's */
    assert_hello_fits(hello);
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(tree->root);
    g_assert_cmpuint(gpus->len, ==, 0);
}

static void
test_odd_hello(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *x = g_strnfill(255, 'x');
    g_autofree char *os = g_strdup_printf("PRETTY_NAME=\"%sää\"\nID=\xff\xfe\nID_LIKE=no\n", x);
    put(tree, "/etc/os-release", os);
    put(tree, "/proc/sys/kernel/random/boot_id", "not a boot id\n");
    put(tree, "/proc/sys/kernel/osrelease", "");
    g_autoptr(VfgHello) hello = vfg_facts_hello(tree->root, "0.1");
    g_assert_cmpstr(hello->os_name, ==, x); /* cut before the character that doesn't fit */
    g_assert_cmpstr(hello->os_id, ==, "\xef\xbf\xbd\xef\xbf\xbd");
    g_assert_cmpstr(hello->boot_id, ==, "unknown");
    assert_hello_fits(hello);
}

static void
assert_value(const char *text, const char *expected)
{
    g_autofree char *value = vfg_os_release_get(text, "NAME");
    g_assert_cmpstr(value, ==, expected);
}

static void
test_os_release(void)
{
    assert_value("", NULL);
    assert_value("NAME", NULL);
    assert_value("NAMES=a\nXNAME=b\n", NULL);
    assert_value("#NAME=a\n", NULL);
    assert_value("NAME=", "");
    assert_value("NAME=\"\"\n", "");
    assert_value("NAME=plain", "plain");
    assert_value("  NAME=plain \r\n", "plain");
    assert_value("NAME=\"two words\"", "two words");
    assert_value("NAME='single \"x\"'", "single \"x\"");
    assert_value("NAME=\"a \\\"b\\\" \\$c \\\\ \\`d\"", "a \"b\" $c \\ `d");
    assert_value("NAME=\"open", "\"open");
    assert_value("NAME=one\nNAME=two\n", "two");
}

static void
test_port(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_null(vfg_port_find(tree->root));
    put(tree, "/sys/class/virtio-ports/vport1p1/name", "org.qemu.guest_agent.0\n");
    put(tree, "/dev/vport1p1", "");
    put(tree, "/sys/class/virtio-ports/vport1p2/index", "2\n"); /* a port without a name */
    g_assert_null(vfg_port_find(tree->root));
    put(tree, "/sys/class/virtio-ports/vport2p1/name", "org.vfiogpu.agent.0\n");
    g_assert_null(vfg_port_find(tree->root));
    put(tree, "/dev/virtio-ports/org.vfiogpu.agent.0", "");
    g_autofree char *by_name = vfg_port_find(tree->root);
    g_assert_cmpstr(by_name, ==, "/dev/virtio-ports/org.vfiogpu.agent.0");
    put(tree, "/dev/vport2p1", "");
    g_autofree char *node = vfg_port_find(tree->root);
    g_assert_cmpstr(node, ==, "/dev/vport2p1");
}

static void
assert_not_opened(const char *path, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(vfg_port_open(path, &error), <, 0);
    g_assert_nonnull(strstr(error->message, why));
    g_assert_nonnull(strstr(error->message, path));
}

static void
test_port_open(Tree *tree, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *absent = place(tree, "/absent");
    put(tree, "/plain", "");
    g_autofree char *plain = place(tree, "/plain");
    assert_not_opened(absent, "No such file");
    assert_not_opened(plain, "neither a character device nor a socket");
    assert_not_opened(tree->path, "neither a character device nor a socket");
}

static void
test_uevent(void)
{
    static const char event[] =
        "add@/devices/x\0ACTION=add\0XSUBSYSTEM=no\0SUBSYSTEM=virtio-ports\0SEQNUM=1";
    g_assert_cmpstr(vfg_uevent_subsystem(event, sizeof event), ==, "virtio-ports");
    g_assert_null(vfg_uevent_subsystem("libudev\0x", 10));
    g_assert_null(vfg_uevent_subsystem("", 0));
    g_assert_cmpstr(vfg_uevent_subsystem("SUBSYSTEM=", 10), ==, "");
}

#define ADD(path, func) g_test_add(path, Tree, NULL, tree_set_up, func, tree_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-facts/os-release", test_os_release);
    g_test_add_func("/agent-facts/uevent", test_uevent);
    ADD("/agent-facts/gpus", test_gpus);
    ADD("/agent-facts/broken-gpus", test_broken_gpus);
    ADD("/agent-facts/many-gpus", test_many_gpus);
    ADD("/agent-facts/hello", test_hello);
    ADD("/agent-facts/empty-hello", test_empty_hello);
    ADD("/agent-facts/odd-hello", test_odd_hello);
    ADD("/agent-facts/port", test_port);
    ADD("/agent-facts/port-open", test_port_open);
    return g_test_run();
}
