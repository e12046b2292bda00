/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The virtual GPU's config space: what it says of a device, and what may be written in it. */

#include "config-space.h"

#include <string.h>

typedef struct {
    VfgVgpuProfile *profile;
    VfgVgpuConfigSpace config;
} Fixture;

static void
set_up(Fixture *fixture, const char *name, guint function)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup_printf("%s/%s.ini", VFG_VGPU_PROFILES, name);
    fixture->profile = vfg_vgpu_profile_load(path, &error);
    g_assert_no_error(error);
    vfg_vgpu_config_space_init(&fixture->config, &fixture->profile->functions[function],
                               fixture->profile->n_functions > 1);
}

static void
fixture_clear(Fixture *fixture)
{
    vfg_vgpu_profile_free(fixture->profile);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static guint64
get(const Fixture *fixture, guint offset, guint size)
{
    guint64 value = 0;
    vfg_vgpu_config_space_read(&fixture->config, offset, (guint8 *)&value, size);
    return GUINT64_FROM_LE(value);
}

static gboolean
set(Fixture *fixture, guint offset, guint64 value, guint size)
{
    guint64 bytes = GUINT64_TO_LE(value);
    return vfg_vgpu_config_space_write(&fixture->config, offset, (const guint8 *)&bytes, size);
}

static void
test_ids(void)
{
    static const struct {
        const char *profile;
        guint function;
        guint32 id, class_revision, subsystem;
        guint8 header, pin;
    } cases[] = {
        {"tesla-t10", 0, 0x1e3710de, 0x030200a1, 0x137010de, 0, 1},
        {"tesla-p10", 0, 0x1b3910de, 0x030200a1, 0x121710de, 0, 1},
        {"rtx-2080", 0, 0x1e8710de, 0x030000a1, 0x37a71458, 0x80, 1},
        {"rtx-2080", 1, 0x10f810de, 0x040300a1, 0x37a71458, 0x80, 2},
        {"rtx-2080", 2, 0x1ad810de, 0x0c0330a1, 0x37a71458, 0x80, 3},
        {"rtx-2080", 3, 0x1ad910de, 0x0c8000a1, 0x37a71458, 0x80, 4},
        {"amd-mi25", 0, 0x68601002, 0x03000001, 0x6c001002, 0, 1},
        {"nic", 0, 0x10d38086, 0x02000000, 0xa01f8086, 0, 1},
        {"nvme", 0, 0xa80a144d, 0x01080200, 0xa801144d, 0, 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Fixture) fixture = {0};
        g_test_message("%s function %u", cases[i].profile, cases[i].function);
        set_up(&fixture, cases[i].profile, cases[i].function);
        g_assert_cmphex(get(&fixture, 0x00, 4), ==, cases[i].id);
        g_assert_cmphex(get(&fixture, 0x08, 4), ==, cases[i].class_revision);
        g_assert_cmphex(get(&fixture, 0x2c, 4), ==, cases[i].subsystem);
        g_assert_cmphex(get(&fixture, 0x0e, 1), ==, cases[i].header);
        g_assert_cmphex(get(&fixture, 0x3d, 1), ==, cases[i].pin);
        g_assert_cmphex(get(&fixture, 0x06, 2), ==, 0x10);
    }
}

/* As software finds a BAR's size: all ones written, what stays zero is below it. */
static void
check_bar(Fixture *fixture, guint index, guint64 size, guint32 low)
{
    guint offset = 0x10 + 4 * index;
    guint width = (low & 6) == 4 ? 8 : 4;
    guint64 mask = width == 8 ? G_MAXUINT64 : G_MAXUINT32;
    g_assert_cmphex(get(fixture, offset, width), ==, low);
    g_assert_false(set(fixture, offset, G_MAXUINT64, width));
    g_assert_cmphex(get(fixture, offset, width), ==, size ? ((~(size - 1) & mask) | low) : 0);
}

static void
test_bars(void)
{
    g_auto(Fixture) t10 = {0};
    g_auto(Fixture) rtx = {0};
    g_auto(Fixture) mi25 = {0};
    set_up(&t10, "tesla-t10", 0);
    check_bar(&t10, 0, 16ULL << 20, 0x0);
    check_bar(&t10, 1, 16ULL << 30, 0xc);
    check_bar(&t10, 3, 32ULL << 20, 0xc);
    check_bar(&t10, 5, 0, 0);
    set_up(&rtx, "rtx-2080", 0);
    check_bar(&rtx, 5, 128, 0x1);
    set_up(&mi25, "amd-mi25", 0);
    check_bar(&mi25, 0, 16ULL << 30, 0xc);
    check_bar(&mi25, 2, 2ULL << 20, 0xc);
    check_bar(&mi25, 4, 256, 0x1);
    check_bar(&mi25, 5, 512ULL << 10, 0x0);
}

/* The offset of a capability, by walking the list; 0: it isn't there. */
static guint
find_capability(const Fixture *fixture, guint8 id)
{
    guint offset = (guint)get(fixture, 0x34, 1);
    for (guint i = 0; offset && i < 20; i++) {
        if (get(fixture, offset, 1) == id)
            return offset;
        offset = (guint)get(fixture, offset + 1, 1);
    }
    g_assert_cmpuint(offset, ==, 0);
    return 0;
}

static guint
find_extended(const Fixture *fixture, guint16 id)
{
    guint offset = 0x100;
    for (guint i = 0; offset && get(fixture, offset, 4) && i < 20; i++) {
        g_assert_cmphex(get(fixture, offset, 4) >> 16 & 0xf, ==, 1);
        if (get(fixture, offset, 2) == id)
            return offset;
        offset = (guint)get(fixture, offset + 2, 2) >> 4;
    }
    return 0;
}

static void
test_capabilities(void)
{
    g_auto(Fixture) t10 = {0};
    set_up(&t10, "tesla-t10", 0);
    guint pm = find_capability(&t10, 0x01), msi = find_capability(&t10, 0x05);
    guint pcie = find_capability(&t10, 0x10), msix = find_capability(&t10, 0x11);
    g_assert_cmphex(get(&t10, pm + 2, 2), ==, 3);
    g_assert_cmphex(get(&t10, pm + 4, 2), ==, 0x8);
    g_assert_cmphex(get(&t10, msi + 2, 2), ==, 0x80);
    g_assert_cmphex(get(&t10, pcie + 2, 2), ==, 0x2);
    g_assert_cmphex(get(&t10, pcie + 4, 4) & 1 << 28, ==, 1 << 28);
    g_assert_cmphex(get(&t10, msix + 2, 2), ==, 5);
    g_assert_cmphex(get(&t10, msix + 4, 4), ==, 0xb90000);
    g_assert_cmphex(get(&t10, msix + 8, 4), ==, 0xba0000);
    g_assert_cmphex(get(&t10, find_extended(&t10, 3) + 4, 8), ==, 0x4b4741f00004e1e3);
    guint rebar = find_extended(&t10, 0x15);
    /* 64 MiB to 16 GiB: bits 10 to 18; BAR 1, one of them, 16 GiB = 2^14 MiB */
    g_assert_cmphex(get(&t10, rebar + 4, 4), ==, 0x7fc00);
    g_assert_cmphex(get(&t10, rebar + 8, 4), ==, 0xe21);

    g_auto(Fixture) nvme = {0};
    set_up(&nvme, "nvme", 0);
    g_assert_cmphex(get(&nvme, find_capability(&nvme, 0x05) + 2, 2), ==, 0x8a);
    g_assert_cmpuint(find_extended(&nvme, 0x15), ==, 0);
    g_auto(Fixture) audio = {0};
    set_up(&audio, "rtx-2080", 1);
    g_assert_cmpuint(find_capability(&audio, 0x11), ==, 0);
    g_assert_cmphex(get(&audio, find_capability(&audio, 0x10) + 4, 4) & 1 << 28, ==, 0);
    /* Without a serial number the resizable BAR is the first of the list. */
    g_auto(Fixture) mi25 = {0};
    set_up(&mi25, "amd-mi25", 0);
    g_assert_cmpuint(find_extended(&mi25, 0x15), ==, 0x100);
    g_assert_cmphex(get(&mi25, 0x108, 4), ==, 0xe20);
}

static void
test_writes(void)
{
    static const struct {
        guint offset, size;
        guint64 written, read;
    } cases[] = {
        {0x00, 4, 0, 0x1e3710de},          /* ids */
        {0x04, 4, 0xffffffff, 0x00100547}, /* command; status stays */
        {0x08, 4, 0, 0x030200a1},          /* class */
        {0x0c, 4, 0xffffffff, 0x000000ff}, /* cache line; header type stays */
        {0x2c, 4, 0, 0x137010de},          /* subsystem */
        {0x34, 1, 0, 0x60},                /* the list's start */
        {0x3c, 2, 0xffff, 0x01ff},         /* line; pin stays */
        {0x64, 2, 0xffff, 0x000b},         /* PMCSR: the state; NoSoftRst stays */
        {0x6a, 2, 0xffff, 0x00f1},         /* MSI */
        {0x6c, 8, G_MAXUINT64, 0xfffffffffffffffc},
        {0x80, 2, 0x7fff, 0x7fff}, /* device control */
        {0xca, 2, 0xffff, 0xc005}, /* MSI-X */
        {0xcc, 4, 0xffffffff, 0x00b90000},
        {0x100, 4, 0, 0x14010003},
        {0x148, 4, 0xffffffff, 0xe21},      /* the size stays */
        {0x488, 4, 0x02000000, 0x02000000}, /* NVIDIA's own */
        {0x800, 4, 0xffffffff, 0},
    };
    g_auto(Fixture) t10 = {0};
    set_up(&t10, "tesla-t10", 0);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("offset 0x%x", cases[i].offset);
        g_assert_false(set(&t10, cases[i].offset, cases[i].written, cases[i].size));
        g_assert_cmphex(get(&t10, cases[i].offset, cases[i].size), ==, cases[i].read);
    }
    vfg_vgpu_config_space_reset(&t10.config);
    g_assert_cmphex(get(&t10, 0x04, 4), ==, 0x00100000);
    g_assert_cmphex(get(&t10, 0x64, 2), ==, 0x0008);
    g_assert_cmphex(get(&t10, 0x488, 4), ==, 0);
    g_auto(Fixture) nic = {0};
    set_up(&nic, "nic", 0);
    g_assert_false(set(&nic, 0x488, 0xffffffff, 4));
    g_assert_cmphex(get(&nic, 0x488, 4), ==, 0);
}

/* Parts of registers, as drivers write them. */
static void
test_partial_writes(void)
{
    g_auto(Fixture) t10 = {0};
    set_up(&t10, "tesla-t10", 0);
    g_assert_false(set(&t10, 0x05, 0xff, 1));
    g_assert_cmphex(get(&t10, 0x04, 2), ==, 0x0500);
    g_assert_false(set(&t10, 0x64, 3, 1));
    g_assert_cmphex(get(&t10, 0x64, 2), ==, 0x000b);
    g_assert_false(set(&t10, 0x62, 0xffff0000, 4)); /* over two registers */
    g_assert_cmphex(get(&t10, 0x62, 4), ==, 0x000b0003);
}

static void
test_flr(void)
{
    g_auto(Fixture) t10 = {0};
    g_auto(Fixture) rtx = {0};
    set_up(&t10, "tesla-t10", 0);
    g_assert_false(set(&t10, 0x80, 0x7fff, 2));
    g_assert_true(set(&t10, 0x80, 0x8000, 2));
    g_assert_cmphex(get(&t10, 0x80, 2), ==, 0);
    g_assert_true(set(&t10, 0x81, 0x80, 1));
    g_assert_true(set(&t10, 0x7c, 0x8000ULL << 32, 8));
    g_assert_false(set(&t10, 0x80, 0x80, 1));
    set_up(&rtx, "rtx-2080", 0); /* has none */
    g_assert_false(set(&rtx, 0x80, 0x8000, 2));
}

/* All ones over everything change what is writable and nothing else, to the last byte. */
static void
test_all_ones(void)
{
    g_auto(Fixture) t10 = {0};
    guint8 *ones = g_malloc(VFG_VGPU_CONFIG_SIZE);
    memset(ones, 0xff, VFG_VGPU_CONFIG_SIZE);
    set_up(&t10, "tesla-t10", 0);
    g_assert_true(vfg_vgpu_config_space_write(&t10.config, 0, ones, VFG_VGPU_CONFIG_SIZE));
    g_assert_cmphex(get(&t10, 0, 4), ==, 0x1e3710de);
    g_assert_cmphex(get(&t10, 4094, 2), ==, 0);
    guint changed = 0;
    for (guint i = 0; i < VFG_VGPU_CONFIG_SIZE; i++)
        changed += t10.config.bytes[i] != t10.config.initial[i];
    g_assert_cmpuint(changed, >, 20);
    g_assert_cmpuint(changed, <, 80);
    g_free(ones);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtual-gpu/config/ids", test_ids);
    g_test_add_func("/virtual-gpu/config/bars", test_bars);
    g_test_add_func("/virtual-gpu/config/capabilities", test_capabilities);
    g_test_add_func("/virtual-gpu/config/writes", test_writes);
    g_test_add_func("/virtual-gpu/config/partial-writes", test_partial_writes);
    g_test_add_func("/virtual-gpu/config/flr", test_flr);
    g_test_add_func("/virtual-gpu/config/all-ones", test_all_ones);
    return g_test_run();
}
