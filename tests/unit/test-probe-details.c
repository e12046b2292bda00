/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is read of a GPU and its surroundings, and what is left alone: attributes that must not be
 * touched are pipes without a writer, so that opening one hangs until the alarm ends the test. */

#include "probe.h"

#include "make-host.h"
#include "temp-tree.h"

#include <sys/stat.h>
#include <unistd.h>

#define BUS "/sys/devices/pci0000:00/"
#define PORT BUS "0000:00:01.0/"
#define GPU PORT "0000:01:00.0/"
#define AUDIO PORT "0000:01:00.1/"
#define DEADLINE 60 /* seconds; valgrind is slow */

/* One whose line is missing is never looked at. */
static const char *const waking[] = {"config", "current_link_speed", "current_link_width",
                                     "max_link_speed", "max_link_width"};

static void
put(const TempTree *tree, const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_strconcat(folder, name, NULL);
    temp_tree_put(tree, path, text);
}

/* A function with its ids, as sysfs has it; `folder` ends in its address and a slash. */
static void
put_function(const TempTree *tree, const char *folder, const char *class, int group)
{
    g_autofree char *address = g_path_get_basename(folder);
    g_autofree char *link = g_strconcat("/sys/bus/pci/devices/", address, NULL);
    g_autofree char *target = g_strconcat("../../../..", folder, NULL);
    put(tree, folder, "vendor", "0x10de\n");
    put(tree, folder, "device", "0x1e37\n");
    put(tree, folder, "class", class);
    temp_tree_link(tree, link, target);
    if (group < 0)
        return;
    g_autofree char *group_link = g_strconcat(folder, "iommu_group", NULL);
    g_autofree char *group_path = g_strdup_printf("../../../../kernel/iommu_groups/%d", group);
    temp_tree_link(tree, group_link, group_path);
}

static void
forbid(const TempTree *tree, const char *folder, const char *name)
{
    g_autofree char *path = g_strconcat(folder, name, NULL);
    g_autofree char *full = temp_tree_path(tree, path);
    (void)unlink(full);
    g_assert_cmpint(mkfifo(full, 0600), ==, 0);
}

static void
forbid_waking(const TempTree *tree, const char *folder)
{
    for (gsize i = 0; i < G_N_ELEMENTS(waking); i++)
        forbid(tree, folder, waking[i]);
}

/* A config space with Power Management, its NoSoftReset set. */
static void
put_config(const TempTree *tree, const char *folder, gsize len)
{
    char config[256] = {[0x06] = 0x10, [0x34] = 0x60, [0x3d] = 1, [0x60] = 0x01, [0x64] = 0x08};
    g_autofree char *path = g_strconcat(folder, "config", NULL);
    temp_tree_put_bytes(tree, path, config, len);
}

/* A root port with a GPU and its audio function, awake. */
static TempTree *
make_tree(void)
{
    TempTree *tree = temp_tree_new();
    put_function(tree, PORT, "0x060400\n", 1);
    put_function(tree, GPU, "0x030000\n", 14);
    put_function(tree, AUDIO, "0x040300\n", 14);
    put_config(tree, PORT, 256);
    put_config(tree, GPU, 256);
    put_config(tree, AUDIO, 256);
    return tree;
}

static VfgHost *
probe(const TempTree *tree)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    g_assert_no_error(error);
    VfgHost *host = vfg_probe_host(root, &error);
    g_assert_no_error(error);
    return host;
}

static const VfgPciFunction *
find(const VfgHost *host, const char *address)
{
    const VfgPciFunction *function = vfg_host_find_function(host, make_address(address));
    g_assert_nonnull(function);
    return function;
}

static void
test_awake(void)
{
    g_autoptr(TempTree) tree = make_tree();
    put(tree, GPU, "power_state", "D0\n");
    put(tree, GPU, "power/runtime_status", "active\n");
    put(tree, GPU, "reset_method", "flr bus\n");
    put(tree, GPU, "current_link_speed", "2.5 GT/s PCIe\n");
    put(tree, GPU, "current_link_width", "8\n");
    put(tree, GPU, "max_link_speed", "16.0 GT/s PCIe\n");
    put(tree, GPU, "max_link_width", "16\n");
    put(tree, GPU, "sriov_totalvfs", "32\n");
    put(tree, GPU, "sriov_numvfs", "4\n");
    g_autoptr(VfgHost) host = probe(tree);
    const VfgPciFunction *gpu = find(host, "01:00.0");
    g_assert_true(gpu->detailed && !gpu->asleep && gpu->caps);
    g_assert_true(gpu->caps->standard && gpu->caps->no_soft_reset);
    g_assert_cmpstr(gpu->power_state, ==, "D0");
    g_assert_cmpstr(gpu->reset_methods, ==, "flr bus");
    g_assert_cmpuint(gpu->link.speed, ==, 25);
    g_assert_cmpuint(gpu->link.width, ==, 8);
    g_assert_cmpuint(gpu->link_max.speed, ==, 160);
    g_assert_cmpuint(gpu->link_max.width, ==, 16);
    g_assert_cmpuint(gpu->sriov_total, ==, 32);
    g_assert_cmpuint(gpu->sriov_on, ==, 4);
    g_assert_false(gpu->is_virtual_function);
    const VfgPciFunction *audio = find(host, "01:00.1"), *port = find(host, "00:01.0");
    g_assert_true(audio->detailed && audio->caps && port->detailed && port->caps);
    g_assert_true(!audio->power_state && !audio->reset_methods);
}

static void
test_parents(void)
{
    g_autoptr(TempTree) tree = make_tree();
    put_function(tree, BUS "0000:00:02.0/", "0x060400\n", 2);
    put_function(tree, BUS "0000:00:02.0/0000:02:00.0/", "0x060400\n", 2);
    put_function(tree, BUS "0000:00:02.0/0000:02:00.0/0000:03:00.0/", "0x030000\n", 2);
    temp_tree_make_dir(tree, BUS "0000:00:02.0/0000:02:00.0:pcie001");
    g_autoptr(VfgHost) host = probe(tree);
    g_assert_false(find(host, "00:01.0")->has_parent);
    g_assert_false(find(host, "00:02.0")->has_parent);
    g_assert_true(find(host, "01:00.1")->has_parent);
    g_assert_cmpint(vfg_pci_address_compare(find(host, "01:00.1")->parent, make_address("00:01.0")),
                    ==, 0);
    g_assert_cmpint(vfg_pci_address_compare(find(host, "02:00.0")->parent, make_address("00:02.0")),
                    ==, 0);
    g_assert_cmpint(vfg_pci_address_compare(find(host, "03:00.0")->parent, make_address("02:00.0")),
                    ==, 0);
    g_assert_true(find(host, "00:02.0")->detailed);
}

/* As sysfs shows it without CONFIG_PCI_IOV and with it. */
static void
check_resources(const char *lines_of_iov)
{
#define NONE "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
    static const char windows[] = "0x000000000000e000 0x000000000000efff 0x0000000000000101\n"
                                  "0x00000000fa000000 0x00000000fb0fffff 0x0000000000000200\n"
                                  "0x0000004000000000 0x00000047ffffffff 0x0000000000102201\n" NONE;
    g_autofree char *port_text =
        g_strconcat(NONE NONE NONE NONE NONE NONE NONE, lines_of_iov, windows, NULL);
    g_autofree char *gpu_text = g_strconcat(
        NONE NONE NONE NONE NONE NONE "0x00000000fb000000 0x00000000fb07ffff 0x0000000000046200\n",
        lines_of_iov, NULL);
    g_autoptr(TempTree) tree = make_tree();
    put(tree, PORT, "resource", port_text);
    put(tree, GPU, "resource", gpu_text);
    g_autoptr(VfgHost) host = probe(tree);
    const VfgPciFunction *gpu = find(host, "01:00.0"), *port = find(host, "00:01.0");
    g_assert_cmpuint(gpu->rom_size, ==, 512 << 10);
    g_assert_false(gpu->io_window.open || gpu->mem_window.open || gpu->pref_window.open);
    g_assert_cmpuint(port->rom_size, ==, 0);
    g_assert_true(port->io_window.open && port->mem_window.open && port->pref_window.open);
    g_assert_cmphex(port->io_window.start, ==, 0xe000);
    g_assert_cmphex(port->io_window.end, ==, 0xefff);
    g_assert_cmphex(port->mem_window.start, ==, 0xfa000000);
    g_assert_false(port->mem_window.wide);
    g_assert_cmphex(port->pref_window.start, ==, 0x4000000000);
    g_assert_cmphex(port->pref_window.end, ==, 0x47ffffffff);
    g_assert_true(port->pref_window.wide);
}

static void
test_resources(void)
{
    check_resources("");
    check_resources(NONE NONE NONE NONE
                    "0x0000004800000000 0x0000004803ffffff 0x0000000000140204\n"
                    "0x0000004804000000 0x0000004807ffffff 0x0000000000040200\n");
}

static void
test_closed_windows(void)
{
    g_autoptr(VfgPciFunction) function = vfg_pci_function_new(make_address("00:01.0"));
    g_autoptr(GError) error = NULL;
    gboolean good = vfg_pci_function_parse_resource(function,
                                                    NONE NONE NONE NONE NONE NONE NONE
                                                    "0xf000 0xfff 0x101\n0x0 0xfffff 0x200\n"
                                                    "0x100000000 0x1ffffffff 0x20102200\n" NONE,
                                                    &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_assert_false(function->io_window.open || function->mem_window.open ||
                   function->pref_window.open);
#undef NONE
}

/* The capabilities that are not there may be there. */
static void
test_unprivileged(void)
{
    g_autoptr(TempTree) tree = make_tree();
    put_config(tree, GPU, 64);
    temp_tree_remove(tree, AUDIO "config");
    temp_tree_put(tree, PORT "config", "short");
    g_autoptr(VfgHost) host = probe(tree);
    const VfgPciFunction *gpu = find(host, "01:00.0");
    g_assert_nonnull(gpu->caps);
    g_assert_false(gpu->caps->standard || gpu->caps->extended || gpu->caps->pm);
    g_assert_cmpuint(gpu->caps->interrupt_pin, ==, 1);
    g_assert_null(find(host, "01:00.1")->caps);
    g_assert_null(find(host, "00:01.0")->caps);
    g_assert_true(find(host, "01:00.1")->detailed);
}

/* Neither the GPU nor the sleeping port above it is woken, and both are told about. */
static void
test_asleep(void)
{
    static const char *const states[][2] = {
        {"D3cold\n", "active\n"},     {"D3cold\n", NULL},    {"D3hot\n", "suspended\n"},
        {"unknown\n", "suspended\n"}, {NULL, "suspended\n"}, {"D0\n", "suspending\n"}};
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autoptr(TempTree) tree = make_tree();
        static const char *const folders[] = {GPU, PORT};
        for (gsize f = 0; f < G_N_ELEMENTS(folders); f++) {
            forbid_waking(tree, folders[f]);
            if (states[i][0])
                put(tree, folders[f], "power_state", states[i][0]);
            if (states[i][1])
                put(tree, folders[f], "power/runtime_status", states[i][1]);
            put(tree, folders[f], "reset_method", "bus\n");
        }
        g_autoptr(VfgHost) host = probe(tree);
        const VfgPciFunction *gpu = find(host, "01:00.0");
        g_assert_true(gpu->detailed && gpu->asleep && !gpu->caps);
        g_assert_cmpuint(gpu->link_max.speed, ==, 0);
        g_assert_cmpstr(gpu->reset_methods, ==, "bus");
        g_assert_true(find(host, "00:01.0")->asleep);
        g_assert_nonnull(find(host, "01:00.1")->caps);
    }
}

/* A network card that has nothing to do with a GPU costs no more than before. */
static void
test_bystander(void)
{
    g_autoptr(TempTree) tree = make_tree();
    static const char *const folders[] = {BUS "0000:00:03.0/", BUS "0000:00:03.0/0000:04:00.0/"};
    static const char *const names[] = {"power_state", "reset_method", "sriov_totalvfs",
                                        "sriov_numvfs"};
    put_function(tree, folders[0], "0x060400\n", 3);
    put_function(tree, folders[1], "0x020000\n", 4);
    for (gsize f = 0; f < G_N_ELEMENTS(folders); f++) {
        forbid_waking(tree, folders[f]);
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
            forbid(tree, folders[f], names[i]);
    }
    g_autoptr(VfgHost) host = probe(tree);
    g_assert_false(find(host, "04:00.0")->detailed);
    g_assert_false(find(host, "00:03.0")->detailed);
    g_assert_true(find(host, "04:00.0")->has_parent);
}

/* The disk shares the group of the GPU's audio function: it and the bridges above it count. */
static void
test_peers(void)
{
    g_autoptr(TempTree) tree = make_tree();
    put_function(tree, AUDIO, "0x040300\n", 15);
    put_function(tree, BUS "0000:00:03.0/", "0x060400\n", 3);
    put_function(tree, BUS "0000:00:03.0/0000:04:00.0/", "0x010802\n", 15);
    g_autoptr(VfgHost) host = probe(tree);
    g_assert_true(find(host, "04:00.0")->detailed);
    g_assert_true(find(host, "00:03.0")->detailed);
    g_assert_true(vfg_host_find_group(host, 14)->detailed);
    g_assert_true(vfg_host_find_group(host, 15)->detailed);
    g_assert_false(vfg_host_find_group(host, 3)->detailed);
}

/* Without an IOMMU, and where the display is not the slot's first function. */
static void
test_no_groups(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    put_function(tree, PORT, "0x060400\n", -1);
    put_function(tree, GPU, "0x088000\n", -1);
    put_function(tree, AUDIO, "0x030000\n", -1);
    put_function(tree, PORT "0000:01:01.0/", "0x020000\n", -1);
    put_config(tree, GPU, 256);
    g_autoptr(VfgHost) host = probe(tree);
    g_assert_true(find(host, "01:00.0")->detailed && find(host, "01:00.0")->caps);
    g_assert_true(find(host, "01:00.1")->detailed);
    g_assert_true(find(host, "00:01.0")->detailed);
    g_assert_false(find(host, "01:01.0")->detailed);
}

static void
test_virtual_function(void)
{
    g_autoptr(TempTree) tree = make_tree();
    put_function(tree, PORT "0000:01:00.4/", "0x030200\n", 16);
    temp_tree_link(tree, PORT "0000:01:00.4/physfn", "../0000:01:00.0");
    g_autoptr(VfgHost) host = probe(tree);
    const VfgPciFunction *function = find(host, "01:00.4");
    g_assert_true(function->is_virtual_function);
    g_assert_cmpint(vfg_pci_address_compare(function->physical_function, make_address("01:00.0")),
                    ==, 0);
}

static void
test_links(void)
{
    static const struct {
        const char *speed, *width;
        VfgPciLink link;
    } cases[] = {{"8 GT/s\n", "1\n", {80, 1}},
                 {"8.0 GT/s PCIe\n", "32\n", {80, 32}},
                 {"Unknown\n", "255\n", {0, 0}},
                 {"Unknown speed\n", "0\n", {0, 0}},
                 {"64.0 GT/s PCIe\n", "-1\n", {640, 0}},
                 {"2.55 GT/s\n", "x16\n", {0, 0}},
                 {". GT/s\n", "\n", {0, 0}},
                 {"9999 GT/s\n", "33\n", {0, 0}}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(TempTree) tree = make_tree();
        put(tree, GPU, "current_link_speed", cases[i].speed);
        put(tree, GPU, "current_link_width", cases[i].width);
        g_autoptr(VfgHost) host = probe(tree);
        g_assert_cmpuint(find(host, "01:00.0")->link.speed, ==, cases[i].link.speed);
        g_assert_cmpuint(find(host, "01:00.0")->link.width, ==, cases[i].link.width);
    }
}

static void
test_groups(void)
{
    g_autoptr(TempTree) tree = make_tree();
    temp_tree_put(tree, "/sys/kernel/iommu_groups/14/type", "DMA-FQ\n");
    temp_tree_put(tree, "/sys/kernel/iommu_groups/14/reserved_regions",
                  "0x00000000b8000000 0x00000000bc7fffff direct\n"
                  "0x00000000fee00000 0x00000000feefffff msi\n");
    temp_tree_put(tree, "/sys/kernel/iommu_groups/1/type", "identity\n");
    g_autoptr(VfgHost) host = probe(tree);
    const VfgIommuGroup *group = vfg_host_find_group(host, 14);
    g_assert_cmpstr(group->type, ==, "DMA-FQ");
    g_assert_cmpuint(group->regions->len, ==, 2);
    const VfgIommuRegion *region = g_ptr_array_index(group->regions, 0);
    g_assert_cmphex(region->start, ==, 0xb8000000);
    g_assert_cmphex(region->end, ==, 0xbc7fffff);
    g_assert_cmpstr(region->type, ==, "direct");
    g_assert_null(vfg_host_find_group(host, 1)->type);
    temp_tree_put(tree, "/sys/kernel/iommu_groups/14/type", "unknown\n");
    temp_tree_put(tree, "/sys/kernel/iommu_groups/14/reserved_regions", "0x1 direct\n");
    g_autoptr(VfgHost) damaged = probe(tree);
    g_assert_null(vfg_host_find_group(damaged, 14)->type);
    g_assert_null(vfg_host_find_group(damaged, 14)->regions);
}

static void
test_remapping(void)
{
    static const struct {
        const char *text;
        VfgTristate remapping;
    } cases[] = {
        {"            CPU0       CPU1\n"
         "   0:         33          0  IR-IO-APIC    2-edge      timer\n"
         "  24:          0          0  DMAR-MSI    0-edge      dmar0\n"
         " NMI:          0          0   Non-maskable interrupts\n",
         VFG_YES},
        {"            CPU0\n  24:          0  DMAR-MSI    0-edge      dmar0\n"
         "  26:          7  IR-PCI-MSIX-0000:01:00.0    0-edge      nvme0q0\n",
         VFG_YES},
        {"            CPU0\n   0:         33   IO-APIC    2-edge      timer\n"
         "  26:          7  PCI-MSI-0000:01:00.0    0-edge      IR-PCI-MSI\n"
         "  27:          7  DMAR-MSI    0-edge      dmar0\n",
         VFG_NO},
        {"            CPU0\n  26:          7  PCI-MSI 49152-edge      PCIe PME\n", VFG_NO},
        {"            CPU0\n  26:          7  vIR-PCI-MSI-0000:01:00.0    0-edge      nvme0q0\n",
         VFG_YES},
        {"            CPU0\n  11:  1  GICv3  30 Level  arch_timer\n"
         "  48:  1  ITS-MSI 524288 Edge  nvme0q0\n",
         VFG_YES},
        {"            CPU0\n  11:  1  GICv2  30 Level  arch_timer\n", VFG_UNKNOWN},
        {"", VFG_UNKNOWN},
        {"  24:", VFG_UNKNOWN},
        {"  24: 1 2", VFG_UNKNOWN},
        {NULL, VFG_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(TempTree) tree = temp_tree_new();
        if (cases[i].text)
            temp_tree_put(tree, "/proc/interrupts", cases[i].text);
        g_autoptr(VfgHost) host = probe(tree);
        g_assert_cmpint(host->interrupt_remapping, ==, cases[i].remapping);
        g_assert_false(host->unsafe_interrupts);
    }
}

/* Of what no card has only `uevent` is read; a GPU's neighbour gets the rest after all. */
static void
test_brief(void)
{
    static const char uevent[] = "DRIVER=mlx5_core\nPCI_CLASS=20000\nPCI_ID=15B3:1021\n"
                                 "PCI_SUBSYS_ID=15B3:0042\nPCI_SLOT_NAME=0000:00:03.0\n";
    g_autoptr(TempTree) tree = make_tree();
    put_function(tree, BUS "0000:00:03.0/", "0x020000\n", 30);
    put_function(tree, BUS "0000:00:04.0/", "0x020000\n", 14);
    put(tree, BUS "0000:00:03.0/", "uevent", uevent);
    put(tree, BUS "0000:00:04.0/", "uevent", uevent);
    put(tree, BUS "0000:00:04.0/", "numa_node", "1\n");
    put(tree, BUS "0000:00:04.0/", "driver_override", "vfio-pci\n");
    forbid(tree, BUS "0000:00:03.0/", "vendor");
    forbid(tree, BUS "0000:00:03.0/", "resource");
    forbid(tree, BUS "0000:00:03.0/", "driver_override");
    g_autoptr(VfgHost) host = probe(tree);
    const VfgPciFunction *far = find(host, "00:03.0"), *near = find(host, "00:04.0");
    g_assert_true(far->brief && !near->brief);
    g_assert_cmphex(far->vendor, ==, 0x15b3);
    g_assert_cmphex(far->device, ==, 0x1021);
    g_assert_cmphex(far->subdevice, ==, 0x42);
    g_assert_cmphex(far->class_code, ==, 0x020000);
    g_assert_cmpstr(far->driver, ==, "mlx5_core");
    g_assert_cmpint(far->iommu_group, ==, 30);
    g_assert_cmpint(near->numa_node, ==, 1);
    g_assert_cmpstr(near->driver_override, ==, "vfio-pci");
}

static void
test_unsafe(void)
{
    static const char path[] = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, path, "N\n");
    g_autoptr(VfgHost) safe = probe(tree);
    g_assert_false(safe->unsafe_interrupts);
    temp_tree_put(tree, path, "Y\n");
    g_autoptr(VfgHost) unsafe = probe(tree);
    g_assert_true(unsafe->unsafe_interrupts);
}

int
main(int argc, char **argv)
{
    alarm(DEADLINE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probe-details/awake", test_awake);
    g_test_add_func("/probe-details/parents", test_parents);
    g_test_add_func("/probe-details/resources", test_resources);
    g_test_add_func("/probe-details/closed-windows", test_closed_windows);
    g_test_add_func("/probe-details/unprivileged", test_unprivileged);
    g_test_add_func("/probe-details/asleep", test_asleep);
    g_test_add_func("/probe-details/bystander", test_bystander);
    g_test_add_func("/probe-details/peers", test_peers);
    g_test_add_func("/probe-details/no-groups", test_no_groups);
    g_test_add_func("/probe-details/virtual-function", test_virtual_function);
    g_test_add_func("/probe-details/links", test_links);
    g_test_add_func("/probe-details/groups", test_groups);
    g_test_add_func("/probe-details/remapping", test_remapping);
    g_test_add_func("/probe-details/brief", test_brief);
    g_test_add_func("/probe-details/unsafe", test_unsafe);
    return g_test_run();
}
