/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks: which findings which facts give. The texts are those of the shipped catalogue. */

#include "check.h"

#include "gpu-find.h"
#include "make-host.h"
#include "shipped.h"

#include <string.h>

typedef struct {
    VfgHost *host;
    GPtrArray *gpus;
    VfgCatalogue *catalogue;
    VfgGpuGenerations *generations;
    GPtrArray *findings;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    f->catalogue = shipped_catalogue();
    f->generations = shipped_generations();
    f->gpus = g_ptr_array_new();
    f->findings = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_finding_free);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->findings);
    g_ptr_array_unref(f->gpus);
    vfg_catalogue_free(f->catalogue);
    vfg_gpu_generations_free(f->generations);
    vfg_host_free(f->host);
}

static void
index_host(Fixture *f)
{
    vfg_host_index(f->host);
    g_ptr_array_unref(f->gpus);
    f->gpus = vfg_gpu_find_all(f->host);
}

/* The ids in order, blank-separated. */
static void
assert_ids(const Fixture *f, const char *wanted)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < f->findings->len; i++) {
        const VfgFinding *finding = f->findings->pdata[i];
        g_string_append_printf(ids, "%s%s", i ? " " : "", finding->id);
        g_assert_cmpstr(finding->cause, !=, "the data files have no text for this check");
        g_assert_null(strchr(finding->title, '{'));
        g_assert_null(strchr(finding->cause, '{'));
        g_assert_null(strchr(finding->fix, '{'));
    }
    g_assert_cmpstr(ids->str, ==, wanted);
}

static const VfgFinding *
finding(const Fixture *f, const char *id)
{
    for (guint i = 0; i < f->findings->len; i++)
        if (g_str_equal(((VfgFinding *)f->findings->pdata[i])->id, id))
            return f->findings->pdata[i];
    g_error("there is no finding %s", id);
}

static void
assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("'%s' does not say '%s'", text, part);
}

static void
check_host(Fixture *f)
{
    VfgCheck check = {f->host, f->gpus, f->catalogue, f->generations, NULL};
    g_ptr_array_set_size(f->findings, 0);
    vfg_check_host(&check, f->findings);
}

static void
check_gpu(Fixture *f)
{
    VfgCheck check = {f->host, f->gpus, f->catalogue, f->generations, NULL};
    g_ptr_array_set_size(f->findings, 0);
    vfg_check_gpu(&check, f->gpus->pdata[0], f->findings);
}

static void
test_good_host(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, NULL, 1);
    index_host(f);
    check_host(f);
    assert_ids(f, "iommu-on vfio-pci-loaded emulator-found firmware-found kvm-found");
    g_assert_cmpint(vfg_findings_worst(f->findings), ==, VFG_LEVEL_PASS);
    assert_says(finding(f, "iommu-on")->title, "1 groups");
    assert_says(finding(f, "emulator-found")->title, "/usr/bin/qemu-system-x86_64");
}

static void
test_bare_host(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_clear_pointer(&f->host->emulator, g_free);
    g_clear_pointer(&f->host->uefi_firmware, g_free);
    f->host->kvm = FALSE;
    f->host->vfio_pci = VFG_MODULE_MISSING;
    check_host(f);
    assert_ids(f, "iommu-off-intel vfio-pci-missing emulator-missing firmware-missing kvm-missing "
                  "no-gpu");
    g_assert_cmpint(finding(f, "kvm-missing")->level, ==, VFG_LEVEL_NOTE);
    g_assert_cmpint(finding(f, "no-gpu")->level, ==, VFG_LEVEL_WARN);
    assert_says(finding(f, "vfio-pci-missing")->cause, "6.1.0-31-amd64");
    assert_says(finding(f, "emulator-missing")->cause, "qemu-system-x86_64");
    f->host->vfio_pci = VFG_MODULE_AVAILABLE;
    check_host(f);
    g_assert_cmpint(finding(f, "vfio-pci-available")->level, ==, VFG_LEVEL_PASS);
}

/* Nothing at all is known: still findings, no crash. */
static void
test_unknown_host(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_host_free(f->host);
    f->host = vfg_host_new();
    check_host(f);
    assert_ids(f,
               "iommu-off vfio-pci-missing emulator-missing firmware-missing kvm-missing no-gpu");
}

static void
test_iommu_off(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *vendor, *cmdline, *id;
    } cases[] = {
        {"GenuineIntel", "ro quiet", "iommu-off-intel"},
        {"AuthenticAMD", "ro quiet", "iommu-off-amd"},
        {"ARM", "ro quiet", "iommu-off"},
        {NULL, NULL, "iommu-off"},
        {"GenuineIntel", "ro intel_iommu=off quiet", "iommu-off-by-argument"},
        {"AuthenticAMD", "amd_iommu=off", "iommu-off-by-argument"},
        {NULL, "quiet\tiommu=off\n", "iommu-off-by-argument"},
        {"GenuineIntel", "xintel_iommu=off intel_iommu=offx", "iommu-off-intel"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_free(f->host->cpu_vendor);
        g_free(f->host->kernel_cmdline);
        f->host->cpu_vendor = g_strdup(cases[i].vendor);
        f->host->kernel_cmdline = g_strdup(cases[i].cmdline);
        check_host(f);
        g_assert_cmpint(finding(f, cases[i].id)->level, ==, VFG_LEVEL_FAIL);
    }
    g_free(f->host->kernel_cmdline);
    f->host->kernel_cmdline = g_strdup("intel_iommu=off");
    check_host(f);
    assert_says(finding(f, "iommu-off-by-argument")->fix, "remove intel_iommu=off");
    /* Groups prove that it is on, whatever the arguments say. */
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, NULL, 1);
    index_host(f);
    check_host(f);
    g_assert_cmpint(finding(f, "iommu-on")->level, ==, VFG_LEVEL_PASS);
}

static void
test_gpu(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = make_function(f->host, "01:00.0", "10de:1e37", 0x0302, NULL, 1);
    make_function(f->host, "02:00.0", "144d:a808", 0x0108, NULL, 1);
    VfgPciFunction *peer = make_function(f->host, "03:00.0", "8086:1533", 0x0200, NULL, 1);
    index_host(f);
    check_gpu(f);
    assert_ids(f, "group-viable");
    g_assert_cmpstr(finding(f, "group-viable")->subject, ==, "0000:01:00.0");
    peer->driver = g_strdup("igb");
    gpu->boot_display = TRUE;
    index_host(f);
    check_gpu(f);
    assert_ids(f, "group-not-viable boot-display");
    assert_says(finding(f, "group-not-viable")->cause, "with 0000:03:00.0 (igb), which");
    g_assert_cmpint(finding(f, "boot-display")->level, ==, VFG_LEVEL_WARN);
}

static VfgPciFunction *
add_t10(Fixture *f)
{
    VfgPciFunction *gpu = make_function(f->host, "01:00.0", "10de:1e37", 0x0302, "nvidia", 1);
    gpu->detailed = TRUE;
    gpu->caps = g_new0(VfgPciCaps, 1);
    gpu->caps->standard = gpu->caps->extended = gpu->caps->flr = TRUE;
    gpu->n_bars = 1;
    gpu->bars[0] =
        (VfgPciBar){1, VFG_PCI_BAR_MEM64, TRUE, TRUE, (guint64)16 << 30, (guint64)1 << 40};
    return gpu;
}

static void
assert_gpu_ids(Fixture *f, const char *wanted)
{
    index_host(f);
    check_gpu(f);
    assert_ids(f, wanted);
}

static void
test_peer_usage(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = add_t10(f);
    VfgPciFunction *port = make_function(f->host, "00:01.0", "8086:1901", 0x0604, "pcieport", 1);
    VfgPciFunction *disk = make_function(f->host, "02:00.0", "144d:a80a", 0x0108, "nvme", 1);
    gpu->has_parent = TRUE;
    gpu->parent = port->address;
    port->caps = g_new0(VfgPciCaps, 1);
    port->caps->standard = port->caps->extended = TRUE;
    port->caps->pcie_type = VFG_PCIE_ROOT_PORT;
    g_ptr_array_add(f->host->usages,
                    vfg_usage_new(VFG_USAGE_MOUNT, &disk->address, "/srv", "nvme0n1"));
    assert_gpu_ids(f, "group-not-viable");
    const char *cause = finding(f, "group-not-viable")->cause;
    assert_says(cause, "0000:02:00.0 (nvme, /srv is mounted from it)");
    assert_says(cause, "the bridge 0000:00:01.0 above it has no ACS");
    port->caps->pcie_type = VFG_PCIE_TO_PCI_BRIDGE;
    assert_gpu_ids(f, "group-not-viable");
    assert_says(finding(f, "group-not-viable")->cause, "the conventional PCI bridge 0000:00:01.0");
}

static void
test_regions(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_t10(f);
    index_host(f);
    VfgIommuGroup *group = f->host->groups->pdata[0];
    group->regions = vfg_iommu_regions_parse("0x1000 0x1fff direct-relaxable\n", NULL);
    check_gpu(f);
    assert_ids(f, "group-viable");
    g_ptr_array_unref(group->regions);
    group->regions = vfg_iommu_regions_parse("0x1000 0x1fff direct\n", NULL);
    check_gpu(f);
    assert_ids(f, "group-viable rmrr");
    assert_says(finding(f, "rmrr")->cause, "0x1000-0x1fff");
}

static void
test_screen_and_use(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = add_t10(f);
    VfgFramebufferClaim *claim = g_new0(VfgFramebufferClaim, 1);
    claim->name = g_strdup("BOOTFB");
    claim->has_function = TRUE;
    claim->function = gpu->address;
    claim->bar = 1;
    g_ptr_array_add(f->host->display->claims, claim);
    VfgHolder *holder = vfg_holder_new(812, "/dev/nvidia0");
    holder->has_function = TRUE;
    holder->function = gpu->address;
    g_ptr_array_add(f->host->holders, holder);
    gpu->sriov_on = 3;
    assert_gpu_ids(f, "group-viable framebuffer-claim gpu-in-use virtual-functions-on");
    assert_says(finding(f, "gpu-in-use")->cause, "process 812");
    assert_says(finding(f, "virtual-functions-on")->title, "3 of its");
}

static void
test_reset(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = add_t10(f);
    assert_gpu_ids(f, "group-viable");
    gpu->caps->flr = FALSE;
    assert_gpu_ids(f, "group-viable reset-none");
    gpu->reset_methods = g_strdup("bus");
    assert_gpu_ids(f, "group-viable");
    make_function(f->host, "01:01.0", "8086:10d3", 0x0200, NULL, 2);
    assert_gpu_ids(f, "group-viable reset-bus-shared");
    g_clear_pointer(&gpu->reset_methods, g_free);
    g_free(f->host->kernel_release);
    f->host->kernel_release = g_strdup("5.10.0-30-amd64"); /* shows no methods at all */
    assert_gpu_ids(f, "group-viable");
}

static void
test_life(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = add_t10(f);
    gpu->caps->interrupt_pin = 0x80;
    assert_gpu_ids(f, "interrupt-pin-impossible group-viable");
    gpu->caps->all_ones = TRUE;
    assert_gpu_ids(f, "gpu-dead group-viable");
    gpu->caps->all_ones = FALSE;
    gpu->caps->interrupt_pin = 1;
    gpu->asleep = TRUE;
    gpu->power_state = g_strdup("D3cold");
    assert_gpu_ids(f, "gpu-asleep group-viable");
}

static void
test_bars(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = add_t10(f);
    const VfgMmioWindow low = {0, 0, 0x80000000, 0xfebfffff};
    gpu->bars[0].assigned = FALSE;
    assert_gpu_ids(f, "group-viable bar-unassigned");
    f->host->mmio_windows = g_array_new(FALSE, FALSE, sizeof(VfgMmioWindow));
    g_array_append_val(f->host->mmio_windows, low);
    assert_gpu_ids(f, "group-viable bar-unassigned-no-window");
    gpu->bars[0].assigned = TRUE;
    gpu->caps->n_resizable = 1;
    gpu->caps->resizable[0] = (VfgPciResizable){1, 1 << 8 | 1 << 14, 256 << 20};
    assert_gpu_ids(f, "group-viable bar-shrunk");
    assert_says(finding(f, "bar-shrunk")->title, "has 256 MiB and could have 16384");
}

/* Without a window above 4 GiB even a card that found room says so. */
static void
test_low_bar(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = add_t10(f);
    const VfgMmioWindow low = {0, 0, 0x80000000, 0xfebfffff};
    const VfgMmioWindow high = {0, 0, (guint64)1 << 40, (guint64)2 << 40};
    gpu->bars[0].size = 256 << 20;
    gpu->bars[0].address = 0xc0000000;
    assert_gpu_ids(f, "group-viable");
    f->host->mmio_windows = g_array_new(FALSE, FALSE, sizeof(VfgMmioWindow));
    g_array_append_val(f->host->mmio_windows, low);
    assert_gpu_ids(f, "group-viable bar-below-4g");
    g_assert_cmpint(finding(f, "bar-below-4g")->level, ==, VFG_LEVEL_NOTE);
    gpu->bars[0].size = 32 << 20;
    assert_gpu_ids(f, "group-viable");
    gpu->bars[0].size = 256 << 20;
    g_array_append_val(f->host->mmio_windows, high);
    assert_gpu_ids(f, "group-viable");
}

static void
test_slot_groups(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_t10(f);
    make_function(f->host, "01:00.1", "10de:10f8", 0x0403, NULL, 2);
    assert_gpu_ids(f, "group-viable slot-in-several-groups");
    assert_says(finding(f, "slot-in-several-groups")->cause,
                "0000:01:00.0 in 1, 0000:01:00.1 in 2");
}

static void
test_interrupts(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_t10(f);
    index_host(f);
    f->host->interrupt_remapping = VFG_NO;
    check_host(f);
    g_assert_cmpint(finding(f, "interrupts-not-remapped")->level, ==, VFG_LEVEL_FAIL);
    f->host->unsafe_interrupts = TRUE;
    check_host(f);
    g_assert_cmpint(finding(f, "interrupts-unsafe")->level, ==, VFG_LEVEL_WARN);
}

static void
test_group_missing(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, NULL, -1);
    index_host(f);
    check_gpu(f);
    assert_ids(f, ""); /* the IOMMU is off: said once, for the host */
    make_function(f->host, "02:00.0", "144d:a808", 0x0108, NULL, 1);
    index_host(f);
    check_gpu(f);
    assert_ids(f, "group-missing");
}

static void
test_vm(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgVmdef) vmdef = vfg_vmdef_new();
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    VfgVmFacts facts = {"d2l", vmdef, missing, VFG_OVMF_UNKNOWN, FALSE};
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, NULL, 1);
    make_function(f->host, "02:00.0", "1002:6860", 0x0300, NULL, 2);
    index_host(f);
    g_ptr_array_add(vmdef->gpus, g_strdup("10de:1e37"));
    g_ptr_array_add(vmdef->gpus, g_strdup("01:00.0"));
    g_ptr_array_add(vmdef->gpus, g_strdup("intel"));
    g_ptr_array_add(missing, (gpointer) "/images/d2l.qcow2");
    VfgCheck check = {f->host, f->gpus, f->catalogue, f->generations, NULL};
    vfg_check_vm(&check, &facts, f->findings);
    assert_ids(f, "selector-resolved selector-twice selector-unresolved group-viable disk-missing");
    g_assert_cmpstr(finding(f, "selector-resolved")->subject, ==, "d2l");
    assert_says(finding(f, "selector-resolved")->title, "10de:1e37\"> is 0000:01:00.0");
    assert_says(finding(f, "selector-unresolved")->cause, "no GPU of this host matches 'intel'");
    assert_says(finding(f, "selector-unresolved")->fix, "0000:02:00.0 (1002:6860)");
    assert_says(finding(f, "disk-missing")->cause, "/images/d2l.qcow2");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/check/good-host", test_good_host},
        {"/check/bare-host", test_bare_host},
        {"/check/unknown-host", test_unknown_host},
        {"/check/iommu-off", test_iommu_off},
        {"/check/gpu", test_gpu},
        {"/check/peer-usage", test_peer_usage},
        {"/check/regions", test_regions},
        {"/check/screen-and-use", test_screen_and_use},
        {"/check/reset", test_reset},
        {"/check/life", test_life},
        {"/check/bars", test_bars},
        {"/check/low-bar", test_low_bar},
        {"/check/slot-groups", test_slot_groups},
        {"/check/interrupts", test_interrupts},
        {"/check/group-missing", test_group_missing},
        {"/check/vm", test_vm},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
