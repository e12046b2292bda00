/* SPDX-License-Identifier: GPL-2.0-or-later */

/* CPUs, memory, modules, kind of firmware, address space and screens of small hosts made here. */

#include "display.h"
#include "kernel.h"
#include "memory.h"
#include "probe-fixture.h"

#include <string.h>

static const char cpuinfo[] = "processor\t: 0\n"
                              "vendor_id\t: GenuineIntel\n"
                              "model name\t: address sizes : 12 bits physical\n"
                              "physical id\t: 0\n"
                              "flags\t\t: fpu vme pdpe1gb hypervisor lahf_lm\n"
                              "address sizes\t: 46 bits physical, 48 bits virtual\n"
                              "\n"
                              "processor\t: 1\n"
                              "vendor_id\t: GenuineIntel\n"
                              "flags\t\t: fpu vme hypervisor lahf_lm\n"
                              "address sizes\t: 46 bits physical, 48 bits virtual\n\n";

static void
test_cpu(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const VfgHost *host = fixture->host;
    temp_tree_put(fixture->tree, "/proc/cpuinfo", cpuinfo);
    temp_tree_make_dir(fixture->tree, "/sys/firmware/efi");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_kernel(root, fixture->host);
    g_assert_cmpstr(host->cpu_vendor, ==, "GenuineIntel");
    g_assert_cmpuint(host->cpu_count, ==, 2);
    g_assert_cmpuint(host->cpu_physical_bits, ==, 46);
    g_assert_true(host->hypervisor);
    g_assert_true(host->cpu_1g_pages);
    g_assert_true(host->uefi_boot);
    g_assert_null(host->modules);
}

/* Of an ARM host nothing is known but the number of CPUs. */
static void
test_other_cpu(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(fixture->tree, "/proc/cpuinfo",
                  "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp hypervisor\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_kernel(root, fixture->host);
    g_assert_null(fixture->host->cpu_vendor);
    g_assert_cmpuint(fixture->host->cpu_count, ==, 1);
    g_assert_cmpuint(fixture->host->cpu_physical_bits, ==, 0);
    g_assert_false(fixture->host->hypervisor);
    g_assert_false(fixture->host->cpu_1g_pages);
    g_assert_false(fixture->host->uefi_boot);
}

static void
test_modules(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(fixture->tree, "/proc/modules",
                  "nvidia_uvm 1540096 4 - Live 0x0000000000000000 (POE)\n"
                  "nvidia_drm 77824 2 - Live 0x0000000000000000 (POE)\n"
                  "nvidia 56717312 61 nvidia_uvm,nvidia_modeset, Live 0x0000000000000000 (POE)\n"
                  "ext4 995328 1 - Live 0x0000000000000000\n"
                  "snd_hda_intel 57344 3 [permanent], Live 0x0000000000000000\n"
                  "vfio_pci - - Live 0x0000000000000000\n"
                  "i915\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_kernel(root, fixture->host);
    GPtrArray *modules = fixture->host->modules;
    g_assert_cmpuint(modules->len, ==, 5);
    g_assert_null(vfg_modules_find(modules, "ext4"));
    g_assert_null(vfg_modules_find(modules, "i915"));
    const VfgModule *nvidia = vfg_modules_find(modules, "nvidia");
    g_assert_cmpint(nvidia->use_count, ==, 61);
    g_assert_cmpuint(g_strv_length(nvidia->users), ==, 2);
    g_assert_cmpstr(nvidia->users[1], ==, "nvidia_modeset");
    g_assert_cmpint(vfg_modules_find(modules, "nvidia-drm")->use_count, ==, 2);
    g_assert_cmpuint(g_strv_length(vfg_modules_find(modules, "snd-hda-intel")->users), ==, 0);
    g_assert_cmpint(vfg_modules_find(modules, "vfio-pci")->use_count, ==, -1);
}

static void
put_node(const ProbeFixture *fixture, int id, const char *cpus, const char *pages)
{
    const char *node = "/sys/devices/system/node/node";
    g_autofree char *cpulist = g_strdup_printf("%s%d/cpulist", node, id);
    g_autofree char *meminfo = g_strdup_printf("%s%d/meminfo", node, id);
    g_autofree char *small = g_strdup_printf("%s%d/hugepages/hugepages-2048kB", node, id);
    g_autofree char *large = g_strdup_printf("%s%d/hugepages/hugepages-1048576kB", node, id);
    g_autofree char *total = g_strconcat(small, "/nr_hugepages", NULL);
    g_autofree char *free = g_strconcat(small, "/free_hugepages", NULL);
    g_autofree char *text = g_strdup_printf("Node %d MemTotal:       2048 kB\n"
                                            "Node %d MemFree:        1024 kB\n"
                                            "Node %d Active:         9 kB\n"
                                            "Node %d Active(file):   64 kB\n"
                                            "Node %d Inactive(file): 32 kB\n"
                                            "Node %d SReclaimable:   8 kB\n",
                                            id, id, id, id, id, id);
    temp_tree_put(fixture->tree, cpulist, cpus);
    temp_tree_put(fixture->tree, meminfo, text);
    temp_tree_put(fixture->tree, total, pages);
    temp_tree_put(fixture->tree, free, "3\n");
    temp_tree_make_dir(fixture->tree, large);
}

static void
test_nodes(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const VfgMemory *memory = fixture->host->memory;
    put_node(fixture, 10, "16-31\n", "8\n");
    put_node(fixture, 0, "\n", "4\n");
    put_node(fixture, 2, "0-15\n", "0\n");
    temp_tree_put(fixture->tree, "/proc/meminfo",
                  "XMemTotal: 1 kB\nMemTotalX: 2 kB\n"
                  "MemTotal:       24682416 kB\nMemFree: 1 kB\nMemAvailable:   100 kB\n");
    temp_tree_put(fixture->tree, "/sys/devices/system/node/online", "0,2,10\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_memory(root, fixture->host);
    g_assert_cmpuint(memory->total, ==, 24682416ULL * 1024);
    g_assert_cmpuint(memory->available, ==, 100 * 1024);
    g_assert_cmpuint(memory->nodes->len, ==, 3);
    g_assert_cmpint(((VfgNumaNode *)memory->nodes->pdata[2])->id, ==, 10);
    const VfgNumaNode *node = vfg_memory_find_node(memory, 10);
    g_assert_cmpstr(node->cpus, ==, "16-31");
    g_assert_cmpuint(node->total, ==, 2048 * 1024);
    g_assert_cmpuint(node->free, ==, 1024 * 1024);
    g_assert_cmpuint(node->reclaimable, ==, 100 * 1024);
    g_assert_cmpuint(node->hugepages->len, ==, 2);
    const VfgHugepages *pages = &g_array_index(node->hugepages, VfgHugepages, 0);
    g_assert_cmpuint(pages->size, ==, 2 << 20);
    g_assert_cmpuint(pages->total, ==, 8);
    g_assert_cmpuint(pages->free, ==, 3);
    g_assert_cmpuint(g_array_index(node->hugepages, VfgHugepages, 1).size, ==, 1 << 30);
    g_assert_cmpstr(vfg_memory_find_node(memory, 0)->cpus, ==, "");
    g_assert_null(vfg_memory_find_node(memory, 1));
    g_assert_false(memory->memlock_known);
}

/* A kernel without NUMA. */
static void
test_only_node(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const VfgMemory *memory = fixture->host->memory;
    temp_tree_put(fixture->tree, "/proc/meminfo", "MemTotal: 8 kB\nMemFree: 4 kB\n");
    temp_tree_put(fixture->tree, "/sys/devices/system/cpu/online", "0-3\n");
    temp_tree_put(fixture->tree, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "1\n");
    temp_tree_put(
        fixture->tree, "/proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max locked memory         8388608              unlimited            bytes     \n"
        "Max address space         unlimited            unlimited            bytes     \n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_memory(root, fixture->host);
    g_assert_cmpuint(memory->nodes->len, ==, 1);
    const VfgNumaNode *node = vfg_memory_find_node(memory, 0);
    g_assert_cmpstr(node->cpus, ==, "0-3");
    g_assert_cmpuint(node->total, ==, 8 << 10);
    g_assert_cmpuint(node->free, ==, 4 << 10);
    g_assert_cmpuint(g_array_index(node->hugepages, VfgHugepages, 0).total, ==, 1);
    g_assert_true(memory->memlock_known);
    g_assert_cmpuint(memory->memlock_soft, ==, 8388608);
    g_assert_cmpuint(memory->memlock_hard, ==, G_MAXUINT64);
}

/* A GPU with two BARs; the framebuffer lies in the second, a claim of another name is none. */
static void
test_claims(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *function = vfg_pci_function_new((VfgPciAddress){0, 1, 0, 0});
    function->n_bars = 2;
    function->bars[0] = (VfgPciBar){0, VFG_PCI_BAR_MEM32, FALSE, TRUE, 1 << 24, 0xd0000000};
    function->bars[1] = (VfgPciBar){1, VFG_PCI_BAR_MEM64, TRUE, TRUE, 1 << 28, 0xc0000000};
    g_ptr_array_add(fixture->host->functions, function);
    temp_tree_put(fixture->tree, "/proc/iomem",
                  "c0000000-dfffffff : PCI Bus 0000:00\n"
                  "  c0000000-cfffffff : 0000:01:00.0\n"
                  "    c0000000-c02fffff : BOOTFB\n"
                  "    cf000000-d00fffff : efifb\n"
                  "  d0000000-d0ffffff : 0000:01:00.0\n"
                  "    d0000000-d0ffffff : nvidia\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_display(root, fixture->host);
    const VfgDisplay *display = fixture->host->display;
    g_assert_true(display->claims_known);
    g_assert_cmpuint(display->claims->len, ==, 2);
    const VfgFramebufferClaim *claim = g_ptr_array_index(display->claims, 0);
    g_assert_cmpstr(claim->name, ==, "BOOTFB");
    g_assert_cmphex(claim->end, ==, 0xc02fffff);
    g_assert_true(claim->has_function);
    g_assert_cmpint(claim->function.bus, ==, 1);
    g_assert_cmpuint(claim->bar, ==, 1);
    const VfgFramebufferClaim *across = g_ptr_array_index(display->claims, 1);
    g_assert_false(across->has_function);
    g_assert_cmpuint(fixture->host->mmio_windows->len, ==, 1);
}

static void
test_hidden(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(fixture->tree, "/proc/iomem", "00000000-00000000 : PCI Bus 0000:00\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_display(root, fixture->host);
    g_assert_false(fixture->host->display->claims_known);
    g_assert_null(fixture->host->mmio_windows);
}

static void
test_consoles(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(fixture->tree, "/proc/consoles",
                  "tty0                 -WU (EC  p  )    4:2\n"
                  "ttyS0                -W- (E   p a)    4:64\n"
                  "netcon0              -W- (    p  )\n"
                  "short\n");
    temp_tree_put(fixture->tree, "/sys/class/vtconsole/vtcon0/name", "(S) dummy device\n");
    temp_tree_put(fixture->tree, "/sys/class/vtconsole/vtcon0/bind", "0\n");
    temp_tree_put(fixture->tree, "/sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
    temp_tree_put(fixture->tree, "/sys/class/vtconsole/vtcon1/bind", "1\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_display(root, fixture->host);
    GPtrArray *consoles = fixture->host->display->consoles;
    g_assert_cmpuint(consoles->len, ==, 3);
    const VfgConsole *tty = g_ptr_array_index(consoles, 0);
    const VfgConsole *serial = g_ptr_array_index(consoles, 1);
    const VfgConsole *net = g_ptr_array_index(consoles, 2);
    g_assert_cmpstr(tty->name, ==, "tty0");
    g_assert_true(tty->enabled && tty->preferred);
    g_assert_true(serial->enabled && !serial->preferred);
    g_assert_false(net->enabled || net->preferred);
    GPtrArray *vtconsoles = fixture->host->display->vtconsoles;
    g_assert_cmpuint(vtconsoles->len, ==, 2);
    const VfgVtconsole *bound = g_ptr_array_index(vtconsoles, 1);
    g_assert_cmpuint(bound->index, ==, 1);
    g_assert_cmpstr(bound->name, ==, "(M) frame buffer device");
    g_assert_true(bound->bound);
    g_assert_false(((VfgVtconsole *)vtconsoles->pdata[0])->bound);
}

/* Framebuffers and connectors with their GPU; one of the platform has none. */
static void
test_screens(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const char *card = PROBE_PCI "/0000:00:02.0/drm/card0";
    g_autofree char *on = g_strconcat(card, "/card0-DP-1", NULL);
    g_autofree char *off = g_strconcat(card, "/card0-HDMI-A-1", NULL);
    g_autofree char *on_status = g_strconcat(on, "/status", NULL);
    g_autofree char *off_status = g_strconcat(off, "/status", NULL);
    probe_fixture_put_class(fixture, "drm", card);
    probe_fixture_put_class(fixture, "drm", on);
    probe_fixture_put_class(fixture, "drm", off);
    temp_tree_put(fixture->tree, on_status, "connected\n");
    temp_tree_put(fixture->tree, off_status, "disconnected\n");
    probe_fixture_put_class(fixture, "graphics", PROBE_PCI "/0000:00:02.0/graphics/fb0");
    probe_fixture_put_class(fixture, "graphics",
                            "/sys/devices/platform/efi-framebuffer.0/graphics/fb1");
    temp_tree_put(fixture->tree, "/proc/fb", "0 i915drmfb\n1 EFI VGA\nx\n");
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    vfg_probe_display(root, fixture->host);
    const VfgDisplay *display = fixture->host->display;
    g_assert_cmpuint(display->connectors->len, ==, 1);
    const VfgConnector *connector = g_ptr_array_index(display->connectors, 0);
    g_assert_cmpstr(connector->name, ==, "card0-DP-1");
    g_assert_true(connector->has_function);
    g_assert_cmpint(connector->function.device, ==, 2);
    g_assert_cmpuint(display->framebuffers->len, ==, 2);
    const VfgFramebuffer *first = g_ptr_array_index(display->framebuffers, 0);
    const VfgFramebuffer *second = g_ptr_array_index(display->framebuffers, 1);
    g_assert_true(first->has_function);
    g_assert_cmpint(first->function.device, ==, 2);
    g_assert_cmpuint(second->index, ==, 1);
    g_assert_cmpstr(second->name, ==, "EFI VGA");
    g_assert_false(second->has_function);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(ProbeFixture *, gconstpointer);
    } tests[] = {
        {"/probe-machine/cpu", test_cpu},
        {"/probe-machine/other-cpu", test_other_cpu},
        {"/probe-machine/modules", test_modules},
        {"/probe-machine/nodes", test_nodes},
        {"/probe-machine/only-node", test_only_node},
        {"/probe-machine/claims", test_claims},
        {"/probe-machine/hidden", test_hidden},
        {"/probe-machine/consoles", test_consoles},
        {"/probe-machine/screens", test_screens},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, ProbeFixture, NULL, probe_fixture_set_up, tests[i].func,
                   probe_fixture_tear_down);
    return g_test_run();
}
