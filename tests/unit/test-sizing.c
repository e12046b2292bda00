/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sizing: the address space that GPUs need in a guest, and what is set for it. */

#include "gpu-sizing.h"

#include "check.h"
#include "make-host.h"
#include "shipped.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

typedef struct {
    VfgHost *host;
    GPtrArray *gpus;
    VfgSizingQuery query;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    f->host->cpu_physical_bits = 46;
    f->host->cpu_1g_pages = TRUE;
    f->gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_gpu_free);
    f->query = (VfgSizingQuery){.host = f->host, .gpus = f->gpus, .memory = 32 * GIB, .kvm = TRUE};
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->gpus);
    vfg_host_free(f->host);
}

static void
add_bar(VfgPciFunction *function, guint index, VfgPciBarKind kind, gboolean prefetchable,
        guint64 size)
{
    function->bars[function->n_bars++] =
        (VfgPciBar){.index = index, .kind = kind, .prefetchable = prefetchable, .size = size};
}

static VfgPciFunction *
add_function(const Fixture *f, const char *ids)
{
    g_autofree char *address = g_strdup_printf("0000:%02x:00.0", f->gpus->len + 1);
    VfgPciFunction *function = make_function(f->host, address, ids, 0x0302, NULL, 1);
    g_ptr_array_add(f->gpus, make_gpu(function));
    return function;
}

/* BAR0 16 MiB, BAR1 the framebuffer, BAR3 32 MiB, BAR5 I/O: GeForce and Tesla up to Ada, A100. */
static VfgPciFunction *
add_nvidia(const Fixture *f, guint64 framebuffer)
{
    VfgPciFunction *function = add_function(f, "10de:1e37");
    add_bar(function, 0, VFG_PCI_BAR_MEM32, FALSE, 16 * MIB);
    add_bar(function, 1, VFG_PCI_BAR_MEM64, TRUE, framebuffer);
    add_bar(function, 3, VFG_PCI_BAR_MEM64, TRUE, 32 * MIB);
    add_bar(function, 5, VFG_PCI_BAR_IO, FALSE, 128);
    return function;
}

static void
assert_size(guint64 got, guint64 wanted)
{
    g_assert_cmphex(got, ==, wanted);
}

static void
test_t10(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 16 * GIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs32, 16 * MIB);
    assert_size(s.needs64, 16 * GIB + 32 * MIB);
    assert_size(s.alignment, 16 * GIB);
    g_assert_cmpuint(s.guest_bits, ==, 46);
    assert_size(s.window_min, 32 * GIB);
    assert_size(s.hole_size, 0);
    assert_size(s.fw_cfg_mib, 0);
    g_assert_true(s.fits);
    g_assert_false(s.needs_realloc);
    g_assert_cmpuint(s.unknowns, ==, VFG_SIZING_NO_FIRMWARE);
}

/* 32 GiB and 32 MiB are more than the 32 GiB of old builds. */
static void
test_p10(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 32 * GIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 32 * GIB + 32 * MIB);
    assert_size(s.hole_size, 64 * GIB);
    assert_size(s.fw_cfg_mib, 65536);
    g_assert_true(s.fits);
}

static void
test_rules(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 32 * GIB);
    f->query.rule = VFG_OVMF_EIGHTH;
    VfgSizing eighth = vfg_sizing_compute(&f->query);
    assert_size(eighth.window_min, 8192 * GIB);
    assert_size(eighth.window_max, 8192 * GIB);
    assert_size(eighth.fw_cfg_mib, 0);
    assert_size(eighth.hole_size, 64 * GIB);
    g_assert_cmpuint(eighth.unknowns, ==, 0);
    f->query.rule = VFG_OVMF_QUARTER;
    assert_size(vfg_sizing_compute(&f->query).window_max, 16384 * GIB);
    f->query.rule = VFG_OVMF_FRACTION;
    VfgSizing either = vfg_sizing_compute(&f->query);
    assert_size(either.window_min, 8192 * GIB);
    assert_size(either.window_max, 16384 * GIB);
    assert_size(either.fw_cfg_mib, 0);
    g_assert_cmpuint(either.unknowns, ==, VFG_SIZING_NO_FIRMWARE);
    f->query.rule = VFG_OVMF_FIXED;
    VfgSizing fixed = vfg_sizing_compute(&f->query);
    assert_size(fixed.window_max, 32 * GIB);
    assert_size(fixed.fw_cfg_mib, 65536);
}

/* Without pages of 1 GiB the firmware uses no more than 40 bits; TCG's CPU has them. */
static void
test_small_pages(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 32 * GIB);
    f->host->cpu_1g_pages = FALSE;
    f->query.rule = VFG_OVMF_EIGHTH;
    assert_size(vfg_sizing_compute(&f->query).window_min, 128 * GIB);
    f->query.kvm = FALSE;
    f->query.memory = GIB;
    assert_size(vfg_sizing_compute(&f->query).window_min, 128 * GIB);
}

/* A build that may be the first with a dynamic window puts it below 1 TiB, AMD's range and all. */
static void
test_amd_range(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 32 * GIB);
    f->query = (VfgSizingQuery){
        .host = f->host, .gpus = f->gpus, .memory = GIB, .rule = VFG_OVMF_FRACTION};
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.window_min, 116 * GIB);
    assert_size(s.fw_cfg_mib, 0);
    add_nvidia(f, 32 * GIB);
    assert_size(vfg_sizing_compute(&f->query).fw_cfg_mib, 128 << 10);
}

/* Which CPUs a new build believes; the address space is capped at 46 bits. */
static void
test_believed(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *vendor;
        guint bits;
        guint64 window; /* GiB */
    } cases[] = {{"GenuineIntel", 39, 64},   {"GenuineIntel", 40, 32},  {"GenuineIntel", 46, 8192},
                 {"GenuineIntel", 52, 8192}, {"AuthenticAMD", 40, 128}, {"AuthenticAMD", 39, 32},
                 {"AuthenticAMD", 48, 8192}, {"GenuineIntel", 36, 32}};
    add_nvidia(f, 16 * GIB);
    f->query.rule = VFG_OVMF_EIGHTH;
    f->query.memory = GIB;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_free(f->host->cpu_vendor);
        f->host->cpu_vendor = g_strdup(cases[i].vendor);
        f->host->cpu_physical_bits = cases[i].bits;
        assert_size(vfg_sizing_compute(&f->query).window_min, cases[i].window * GIB);
    }
}

/* The second window starts at a multiple of its own largest BAR. */
static void
test_two(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 16 * GIB);
    add_nvidia(f, 32 * GIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 64 * GIB + 32 * MIB);
    assert_size(s.alignment, 32 * GIB);
    assert_size(s.needs32, 32 * MIB);
    assert_size(s.hole_size, 128 * GIB);
    assert_size(s.fw_cfg_mib, 131072);
}

static void
test_eight(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < 8; i++)
        add_nvidia(f, 128 * GIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 7 * 256 * GIB + 128 * GIB + 32 * MIB);
    g_assert_true(s.fits);
    assert_size(s.fw_cfg_mib, 2048 << 10);
    assert_size(s.hole_size, 2048 * GIB);
    f->host->cpu_physical_bits = 40;
    s = vfg_sizing_compute(&f->query);
    g_assert_false(s.fits);
    assert_size(s.hole_size, 0);
    assert_size(s.fw_cfg_mib, 0);
    f->host->cpu_physical_bits = 42;
    g_assert_true(vfg_sizing_compute(&f->query).fits);
}

/* Eight GPUs of 288 GiB need nearly all of the 8 TiB that 1/8 of 46 bits is. */
static void
test_b300(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < 8; i++)
        add_nvidia(f, 512 * GIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 7 * 1024 * GIB + 512 * GIB + 32 * MIB);
    assert_size(s.fw_cfg_mib, 8192 << 10);
    add_nvidia(f, 512 * GIB);
    f->query.rule = VFG_OVMF_EIGHTH;
    assert_size(vfg_sizing_compute(&f->query).fw_cfg_mib, 16384 << 10);
    f->query.rule = VFG_OVMF_QUARTER;
    assert_size(vfg_sizing_compute(&f->query).fw_cfg_mib, 0);
}

/* Everything is 64-bit and prefetchable, and there is no BAR1. */
static void
test_h100(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *function = add_function(f, "10de:2330");
    add_bar(function, 0, VFG_PCI_BAR_MEM64, TRUE, 16 * MIB);
    add_bar(function, 2, VFG_PCI_BAR_MEM64, TRUE, 128 * GIB);
    add_bar(function, 4, VFG_PCI_BAR_MEM64, TRUE, 32 * MIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 128 * GIB + 48 * MIB);
    assert_size(s.needs32, 0);
    assert_size(s.fw_cfg_mib, 262144);
}

static void
test_amd(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *function = add_function(f, "1002:73bf");
    add_bar(function, 0, VFG_PCI_BAR_MEM64, TRUE, 256 * MIB);
    add_bar(function, 2, VFG_PCI_BAR_MEM64, TRUE, 2 * MIB);
    add_bar(function, 4, VFG_PCI_BAR_IO, FALSE, 256);
    add_bar(function, 5, VFG_PCI_BAR_MEM32, FALSE, MIB);
    function->rom_size = 128 << 10;
    VfgPciFunction *audio = make_function(f->host, "0000:01:00.1", "1002:ab28", 0x0403, NULL, 1);
    add_bar(audio, 0, VFG_PCI_BAR_MEM32, FALSE, 16 << 10);
    VfgGpu *gpu = f->gpus->pdata[0];
    g_ptr_array_add(gpu->functions, audio);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 258 * MIB);
    assert_size(s.needs32, 2 * MIB); /* 1 MiB + 128 KiB + 16 KiB, rounded up */
    assert_size(s.alignment, 256 * MIB);
}

/* A 64-bit BAR that is not prefetchable has its place below 4 GiB, where there is not much. */
static void
test_low(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_bar(add_function(f, "10de:0001"), 0, VFG_PCI_BAR_MEM64, FALSE, 512 * MIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs32, 512 * MIB);
    assert_size(s.needs64, 0);
    g_assert_true(s.fits);
    add_bar(add_function(f, "10de:0001"), 0, VFG_PCI_BAR_MEM64, FALSE, 512 * MIB);
    g_assert_false(vfg_sizing_compute(&f->query).fits);
}

static void
test_none(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs32 + s.needs64 + s.hole_size + s.fw_cfg_mib, 0);
    g_assert_true(s.fits);
}

static void
set_arch(const Fixture *f, const char *arch)
{
    g_free(f->host->arch);
    f->host->arch = g_strdup(arch);
}

/* QEMU's machine `virt` has 512 GiB at the first multiple of that beyond memory and 256 GiB, where
 * the CPU reaches their end. */
static void
test_virt_window(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        guint64 memory; /* GiB */
        guint bits;     /* 0: unknown */
        guint64 window; /* GiB */
    } cases[] = {{32, 44, 512}, {32, 40, 512},  {32, 39, 0},     {32, 0, 512}, {510, 40, 512},
                 {511, 40, 0},  {511, 41, 512}, {1534, 41, 512}, {1535, 41, 0}};
    set_arch(f, "aarch64");
    add_nvidia(f, 16 * GIB);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        f->query.memory = cases[i].memory * GIB;
        f->host->cpu_physical_bits = cases[i].bits;
        VfgSizing s = vfg_sizing_compute(&f->query);
        assert_size(s.window_min, cases[i].window * GIB);
        assert_size(s.window_max, cases[i].window * GIB);
        g_assert_true(s.fits == (cases[i].window > 0));
        g_assert_cmpuint(s.unknowns, ==, cases[i].bits ? 0 : VFG_SIZING_NO_BITS);
        assert_size(s.hole_size + s.fw_cfg_mib, 0);
    }
    f->query.kvm = FALSE;
    assert_size(vfg_sizing_compute(&f->query).window_min, 512 * GIB);
}

static void
test_virt_fits(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_arch(f, "aarch64");
    add_nvidia(f, 256 * MIB);
    f->host->cpu_physical_bits = 39; /* what has no room above goes below, where it can */
    g_assert_true(vfg_sizing_compute(&f->query).fits);
    f->host->cpu_physical_bits = 44;
    add_nvidia(f, 128 * GIB);
    g_assert_true(vfg_sizing_compute(&f->query).fits);
    add_nvidia(f, 128 * GIB);
    VfgSizing s = vfg_sizing_compute(&f->query);
    assert_size(s.needs64, 384 * GIB + 512 * MIB + 32 * MIB); /* the largest first */
    g_assert_true(s.fits);
    add_nvidia(f, 128 * GIB);
    g_assert_false(vfg_sizing_compute(&f->query).fits);
    add_bar(add_function(f, "10de:0001"), 0, VFG_PCI_BAR_MEM64, FALSE, 512 * MIB);
    g_ptr_array_remove_range(f->gpus, 0, 4);
    g_assert_true(vfg_sizing_compute(&f->query).fits);
    add_bar(add_function(f, "10de:0001"), 0, VFG_PCI_BAR_MEM64, FALSE, 256 * MIB);
    g_assert_false(vfg_sizing_compute(&f->query).fits);
}

static void
test_unknown(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 32 * GIB);
    f->host->cpu_physical_bits = 0;
    VfgSizing s = vfg_sizing_compute(&f->query);
    g_assert_true(s.unknowns & VFG_SIZING_NO_BITS);
    g_assert_true(s.fits);
    assert_size(s.hole_size, 0);
    f->query.kvm = FALSE;
    g_assert_cmpuint(vfg_sizing_compute(&f->query).guest_bits, ==, 40);
    add_function(f, "10de:0001");
    g_assert_true(vfg_sizing_compute(&f->query).unknowns & VFG_SIZING_NO_BARS);
    set_arch(f, "riscv64");
    s = vfg_sizing_compute(&f->query);
    g_assert_true(s.unknowns & VFG_SIZING_NO_RULE);
    assert_size(s.needs64, 32 * GIB + 32 * MIB);
}

/* OVMF places nothing above 46 bits, the guest's kernel may. */
static void
test_realloc(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_nvidia(f, 32768 * GIB);
    f->host->cpu_physical_bits = 48;
    VfgSizing s = vfg_sizing_compute(&f->query);
    g_assert_true(s.fits);
    g_assert_true(s.needs_realloc);
    assert_size(s.fw_cfg_mib, 0);
    assert_size(s.hole_size, 65536 * GIB);
}

/* As describe_findings. */
static void
assert_findings(const Fixture *f, const char *wanted)
{
    g_autoptr(VfgCatalogue) catalogue = shipped_catalogue();
    g_autoptr(VfgVmdef) vmdef = vfg_vmdef_new();
    vmdef->memory = f->query.memory;
    VfgCheck check = {.host = f->host, .gpus = f->gpus, .catalogue = catalogue};
    VfgVmFacts vm = {.name = "d2l", .vmdef = vmdef};
    g_autoptr(GPtrArray) findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_finding_free);
    vfg_check_sizing(&check, &vm, f->gpus, findings);
    g_autofree char *text = describe_findings(findings);
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_findings(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_findings(f, "");
    add_nvidia(f, 16 * GIB);
    assert_findings(f, "sizing-fits: the guest can address its GPUs: 16.03 GiB above 4 GiB, "
                       "16 MiB below\n");
    add_nvidia(f, 32 * GIB);
    assert_findings(f, "sizing-fits: the guest can address its GPUs: 64.03 GiB above 4 GiB, "
                       "32 MiB below\n"
                       "sizing-needs-window: the 64-bit window for the GPUs is set to 128 GiB\n");
    f->host->cpu_physical_bits = 37; /* with alignment too much, without perhaps not */
    assert_findings(f, "sizing-too-large: the guest can probably not address its GPUs\n");
    f->host->cpu_physical_bits = 36; /* 48 GiB of BARs and 32 GiB of memory in 64 GiB */
    assert_findings(f, "sizing-impossible: the guest can't address its GPUs\n");
    f->query.memory = 4 * GIB;
    assert_findings(f, "sizing-too-large: the guest can probably not address its GPUs\n");
    f->host->cpu_physical_bits = 0;
    assert_findings(f, "sizing-unknown: whether the guest can address its GPUs is not known\n");
    set_arch(f, "aarch64");
    f->host->cpu_physical_bits = 39;
    assert_findings(f, "sizing-too-large-virt: the guest can probably not address its GPUs\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/sizing/t10", test_t10},
        {"/sizing/p10", test_p10},
        {"/sizing/small-pages", test_small_pages},
        {"/sizing/amd-range", test_amd_range},
        {"/sizing/rules", test_rules},
        {"/sizing/believed", test_believed},
        {"/sizing/two", test_two},
        {"/sizing/eight", test_eight},
        {"/sizing/b300", test_b300},
        {"/sizing/h100", test_h100},
        {"/sizing/amd", test_amd},
        {"/sizing/low", test_low},
        {"/sizing/none", test_none},
        {"/sizing/unknown", test_unknown},
        {"/sizing/realloc", test_realloc},
        {"/sizing/virt-window", test_virt_window},
        {"/sizing/virt-fits", test_virt_fits},
        {"/sizing/findings", test_findings},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
