/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A small recorded host is read: facts are right, what is missing stays unknown, what is damaged is
 * named. */

#include "probe.h"

#include "assert-error.h"
#include "make-host.h"
#include "temp-tree.h"

#include <sys/utsname.h>

#define GPU "sys/devices/pci0000:80/0000:80:02.0/0000:82:00.0"
#define NIC "sys/devices/pci0000:00/0000:00:03.0"
#define DESCRIPTORS "usr/share/qemu/firmware/"
#define RELEASE "6.1.0-31-amd64"

typedef struct {
    TempTree *tree;
    struct utsname machine; /* the architecture whose firmware is looked for */
} Fixture;

static void
put(const Fixture *f, const char *device, const char *attribute, const char *text)
{
    g_autofree char *path = g_build_filename(device, attribute, NULL);
    temp_tree_put(f->tree, path, text);
}

static void
drop(const Fixture *f, const char *device, const char *attribute)
{
    g_autofree char *path = g_build_filename(device, attribute, NULL);
    temp_tree_remove(f->tree, path);
}

static void
put_gpu(const Fixture *f)
{
    put(f, GPU, "vendor", "0x10de\n");
    put(f, GPU, "device", "0x1e37\n");
    put(f, GPU, "subsystem_vendor", "0x10de\n");
    put(f, GPU, "subsystem_device", "0x1370\n");
    put(f, GPU, "class", "0x030200\n");
    put(f, GPU, "revision", "0xa1\n");
    put(f, GPU, "numa_node", "1\n");
    put(f, GPU, "boot_vga", "1\n");
    put(f, GPU, "driver_override", "vfio-pci\n");
    put(f, GPU, "resource",
        "0x00000000fa000000 0x00000000faffffff 0x0000000000040200\n"
        "0x0000000000000000 0x00000003ffffffff 0x000000000014220c\n");
    temp_tree_link(f->tree, GPU "/driver", "../../../../bus/pci/drivers/nvidia");
    temp_tree_link(f->tree, GPU "/iommu_group", "../../../../kernel/iommu_groups/37");
    temp_tree_link(f->tree, "sys/bus/pci/devices/0000:82:00.0",
                   "../../../devices/pci0000:80/0000:80:02.0/0000:82:00.0");
}

static void
put_nic(const Fixture *f)
{
    put(f, NIC, "vendor", "0x1af4\n");
    put(f, NIC, "device", "0x1041\n");
    put(f, NIC, "class", "0x020000\n");
    put(f, NIC, "numa_node", "-1\n");
    temp_tree_link(f->tree, "sys/bus/pci/devices/0000:00:03.0",
                   "../../../devices/pci0000:00/0000:00:03.0");
}

static void
put_descriptor(const Fixture *f, const char *name, const char *interface, const char *arch)
{
    g_autofree char *path = g_strconcat(DESCRIPTORS, name, NULL);
    g_autofree char *text = g_strdup_printf(
        "{\"description\":\"x\",\"interface-types\":[\"%s\"],\"mapping\":{\"device\":\"flash\","
        "\"executable\":{\"filename\":\"/usr/share/OVMF/CODE.fd\",\"format\":\"raw\"}},"
        "\"targets\":[{\"architecture\":\"%s\",\"machines\":[\"pc-q35-*\"]}]}",
        interface, arch);
    temp_tree_put(f->tree, path, text);
}

static void
put_machine(const Fixture *f)
{
    g_autofree char *emulator = g_strconcat("usr/bin/qemu-system-", f->machine.machine, NULL);
    temp_tree_put(f->tree, emulator, "");
    temp_tree_put(f->tree, "usr/share/OVMF/CODE.fd", "");
    put_descriptor(f, "60-good.json", "uefi", f->machine.machine);
    temp_tree_put(f->tree, "proc/sys/kernel/osrelease", RELEASE "\n");
    temp_tree_put(f->tree, "proc/cmdline", "root=/dev/sda1 intel_iommu=on\n");
    temp_tree_put(f->tree, "proc/cpuinfo",
                  "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 85\n");
    temp_tree_put(f->tree, "lib/modules/" RELEASE "/modules.dep",
                  "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko.xz\n");
    temp_tree_put(f->tree, "sys/class/iommu/dmar0/version", "");
    temp_tree_put(f->tree, "dev/kvm", "");
}

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->tree = temp_tree_new();
    g_assert_cmpint(uname(&f->machine), ==, 0);
    put_gpu(f);
    put_nic(f);
    put_machine(f);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_free(f->tree);
}

static VfgHost *
probe(const Fixture *f, GError **error)
{
    g_autoptr(VfgRoot) root = vfg_root_new(f->tree->top, NULL);
    return vfg_probe_host(root, error);
}

static VfgHost *
probe_well(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    VfgHost *host = probe(f, &error);
    g_assert_no_error(error);
    return host;
}

static const VfgPciFunction *
function(const VfgHost *host, const char *address)
{
    const VfgPciFunction *found = vfg_host_find_function(host, make_address(address));
    g_assert_nonnull(found);
    return found;
}

static void
test_functions(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgHost) host = probe_well(f);
    const VfgPciFunction *gpu = function(host, "82:00.0"), *nic = function(host, "00:03.0");
    g_assert_cmpuint(host->functions->len, ==, 2);
    g_assert_cmphex(gpu->vendor, ==, 0x10de);
    g_assert_cmphex(gpu->device, ==, 0x1e37);
    g_assert_true(gpu->has_subsystem);
    g_assert_cmphex(gpu->subvendor, ==, 0x10de);
    g_assert_cmphex(gpu->subdevice, ==, 0x1370);
    g_assert_cmphex(gpu->class_code, ==, 0x030200);
    g_assert_cmphex(gpu->revision, ==, 0xa1);
    g_assert_cmpint(gpu->numa_node, ==, 1);
    g_assert_true(gpu->boot_display);
    g_assert_cmpstr(gpu->driver, ==, "nvidia");
    g_assert_cmpstr(gpu->driver_override, ==, "vfio-pci");
    g_assert_cmpint(gpu->iommu_group, ==, 37);
    g_assert_cmpuint(gpu->n_bars, ==, 2);
    g_assert_false(gpu->bars[1].assigned);
    g_assert_cmpuint(gpu->bars[1].size, ==, 16ULL << 30);
    g_assert_null(nic->driver);
    g_assert_cmpint(nic->iommu_group, ==, -1);
    g_assert_cmpint(nic->numa_node, ==, -1);
    g_assert_false(nic->has_subsystem);
    g_assert_false(nic->boot_display);
    g_assert_null(nic->name); /* only display functions are looked up */
    g_assert_cmpuint(host->groups->len, ==, 1);
    g_assert_nonnull(vfg_host_find_group(host, 37));
}

/* The ways in which the kernel says that there is none. */
static void
test_no_override(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const none[] = {"(null)\n", "\n", ""};
    for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
        put(f, GPU, "driver_override", none[i]);
        g_autoptr(VfgHost) host = probe_well(f);
        g_assert_null(function(host, "82:00.0")->driver_override);
    }
}

static void
test_bridges(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *class;
        gboolean bridge;
    } classes[] = {
        {"0x060400", TRUE}, {"0x060000", TRUE}, {"0x060100", FALSE}, {"0x068000", FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        put(f, NIC, "class", classes[i].class);
        g_autoptr(VfgHost) host = probe_well(f);
        g_assert_cmpint(function(host, "00:03.0")->is_bridge, ==, classes[i].bridge);
    }
}

/* A recorded host may lack what is not needed to know what a function is. */
static void
test_missing(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const optional[] = {"subsystem_vendor", "revision",        "resource",
                                           "numa_node",        "driver_override", "boot_vga",
                                           "driver",           "iommu_group"};
    for (gsize i = 0; i < G_N_ELEMENTS(optional); i++)
        drop(f, GPU, optional[i]);
    g_autoptr(VfgHost) host = probe_well(f);
    const VfgPciFunction *gpu = function(host, "82:00.0");
    g_assert_false(gpu->has_subsystem);
    g_assert_null(gpu->driver);
    g_assert_cmpint(gpu->iommu_group, ==, -1);
    g_assert_cmpint(gpu->numa_node, ==, -1);
    g_assert_cmpuint(gpu->n_bars, ==, 0);
    drop(f, GPU, "vendor");
    g_autoptr(GError) error = NULL;
    g_assert_null(probe(f, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "0000:82:00.0/vendor");
}

static void
test_damaged(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *attribute, *text;
    } damages[] = {
        {"vendor", ""},
        {"vendor", "0x10000\n"},
        {"device", "none\n"},
        {"class", "0x3020000\n"},
        {"subsystem_device", "-1\n"},
        {"revision", "0x1 0x2\n"},
        {"resource", "0x0 0x1\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *named = g_strconcat("0000:82:00.0/", damages[i].attribute, NULL);
        put_gpu(f);
        put(f, GPU, damages[i].attribute, damages[i].text);
        g_assert_null(probe(f, &error));
        assert_error(error, VFG_ERROR_PARSE, named);
    }
}

static void
test_odd_devices(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    /* Unplugged between the listing and the reading: its link dangles. */
    temp_tree_link(f->tree, "sys/bus/pci/devices/0000:99:00.0", "../../../devices/gone");
    g_autoptr(VfgHost) host = probe_well(f);
    g_assert_cmpuint(host->functions->len, ==, 2);
    g_autoptr(GError) error = NULL;
    temp_tree_link(f->tree, "sys/bus/pci/devices/bogus",
                   "../../../devices/pci0000:00/0000:00:03.0");
    g_assert_null(probe(f, &error));
    assert_error(error, VFG_ERROR_PARSE, "'bogus' is not a PCI address");
}

static void
test_no_pci(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_remove(f->tree, "sys");
    g_autoptr(VfgHost) host = probe_well(f);
    g_assert_cmpuint(host->functions->len, ==, 0);
    g_assert_false(host->iommu_hardware);
    temp_tree_put(f->tree, "sys/bus/pci/devices", "a file in its place");
    g_autoptr(GError) error = NULL;
    g_assert_null(probe(f, &error));
    assert_error(error, VFG_ERROR_FAILED, "sys/bus/pci/devices");
}

static void
test_machine(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *emulator = g_strconcat("/usr/bin/qemu-system-", f->machine.machine, NULL);
    g_autoptr(VfgHost) host = probe_well(f);
    g_assert_cmpstr(host->kernel_release, ==, RELEASE);
    g_assert_cmpstr(host->kernel_cmdline, ==, "root=/dev/sda1 intel_iommu=on");
    g_assert_cmpstr(host->cpu_vendor, ==, "GenuineIntel");
    g_assert_cmpstr(host->arch, ==, f->machine.machine);
    g_assert_cmpstr(host->emulator, ==, emulator);
    g_assert_cmpstr(host->uefi_firmware, ==, "/" DESCRIPTORS "60-good.json");
    g_assert_true(host->kvm);
    g_assert_true(host->iommu_hardware);
    g_assert_cmpint(host->vfio_pci, ==, VFG_MODULE_AVAILABLE);
}

static void
test_empty_root(void)
{
    Fixture f = {.tree = temp_tree_new()};
    g_autoptr(VfgHost) host = probe_well(&f);
    g_assert_cmpuint(host->functions->len, ==, 0);
    g_assert_null(host->kernel_release);
    g_assert_null(host->cpu_vendor);
    g_assert_null(host->emulator);
    g_assert_null(host->uefi_firmware);
    g_assert_false(host->kvm);
    g_assert_false(host->iommu_hardware);
    g_assert_cmpint(host->vfio_pci, ==, VFG_MODULE_MISSING);
    temp_tree_free(f.tree);
}

/* Its own directory says loaded; the indexes of another kernel or of other modules say nothing. */
static void
test_vfio_pci(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *file, *text;
        VfgModuleState state;
    } cases[] = {
        {"lib/modules/" RELEASE "/modules.dep", "kernel/vfio-pci.ko:\n", VFG_MODULE_AVAILABLE},
        {"lib/modules/" RELEASE "/modules.builtin", "kernel/vfio-pci.ko\n", VFG_MODULE_AVAILABLE},
        {"lib/modules/" RELEASE "/modules.dep",
         "kernel/mlx5-vfio-pci.ko: kernel/vfio-pci-core.ko\n", VFG_MODULE_MISSING},
        {"lib/modules/5.10.0/modules.dep", "kernel/vfio-pci.ko:\n", VFG_MODULE_MISSING},
        {"sys/bus/pci/drivers/vfio-pci/bind", "", VFG_MODULE_LOADED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        temp_tree_remove(f->tree, "lib");
        temp_tree_make_dir(f->tree, "lib");
        temp_tree_put(f->tree, cases[i].file, cases[i].text);
        g_autoptr(VfgHost) host = probe_well(f);
        g_assert_cmpint(host->vfio_pci, ==, cases[i].state);
    }
}

static void
assert_firmware(const Fixture *f, const char *wanted)
{
    g_autoptr(VfgHost) host = probe_well(f);
    g_assert_cmpstr(host->uefi_firmware, ==, wanted);
}

/* Descriptors are read by name; one that is broken, of another machine or without its image is
 * passed over; those of /etc come first. */
static void
test_firmware(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const broken[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"mapping\":[]}",
        "\xff\xfe",
        "{\"interface-types\":\"uefi\",\"mapping\":{\"filename\":\"/usr/share/OVMF/CODE.fd\"}}",
        "{\"interface-types\":[\"uefi\"],\"mapping\":{\"filename\":7},\"targets\":[]}",
        "{\"interface-types\":[1],\"mapping\":{\"filename\":\"/x\"},\"targets\":[1,{}]}"};
    put_descriptor(f, "10-bios.json", "bios", f->machine.machine);
    put_descriptor(f, "20-other.json", "uefi", "vax");
    put_descriptor(f, "30-backup.json~", "uefi", f->machine.machine);
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        temp_tree_put(f->tree, DESCRIPTORS "40-broken.json", broken[i]);
        assert_firmware(f, "/" DESCRIPTORS "60-good.json");
    }
    put_descriptor(f, "50-first.json", "uefi", f->machine.machine);
    assert_firmware(f, "/" DESCRIPTORS "50-first.json");
    g_autofree char *text = temp_tree_get(f->tree, DESCRIPTORS "50-first.json");
    temp_tree_put(f->tree, "etc/qemu/firmware/99-mine.json", text);
    assert_firmware(f, "/etc/qemu/firmware/99-mine.json");
    temp_tree_remove(f->tree, "usr/share/OVMF/CODE.fd");
    assert_firmware(f, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/probe/functions", test_functions},     {"/probe/bridges", test_bridges},
        {"/probe/no-override", test_no_override}, {"/probe/missing", test_missing},
        {"/probe/damaged", test_damaged},         {"/probe/no-pci", test_no_pci},
        {"/probe/odd-devices", test_odd_devices}, {"/probe/machine", test_machine},
        {"/probe/vfio-pci", test_vfio_pci},       {"/probe/firmware", test_firmware},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/probe/empty-root", test_empty_root);
    return g_test_run();
}
