/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which functions are GPUs, what goes with them, who shares their groups, what selectors mean. The
 * slots are those of real machines. */

#include "gpu-find.h"

#include "assert-error.h"
#include "make-host.h"

typedef struct {
    VfgHost *host;
    GPtrArray *gpus;
} Fixture;

static void
find(Fixture *f)
{
    vfg_host_index(f->host);
    f->gpus = vfg_gpu_find_all(f->host);
}

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_clear_pointer(&f->gpus, g_ptr_array_unref);
    vfg_host_free(f->host);
}

/* The addresses of functions, without the domain, blank-separated. */
static char *
addresses(const GPtrArray *functions)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < functions->len; i++) {
        const VfgPciFunction *function = functions->pdata[i];
        g_autofree char *at = vfg_pci_address_dup(function->address);
        g_string_append_printf(out, "%s%s", i ? " " : "", at + strlen("0000:"));
    }
    return g_string_free(out, FALSE);
}

static const VfgGpu *
assert_gpu(const Fixture *f, guint at, const char *address, const char *functions,
           const char *peers)
{
    g_assert_cmpuint(at, <, f->gpus->len);
    const VfgGpu *gpu = f->gpus->pdata[at];
    g_autofree char *own = vfg_pci_address_dup(gpu->function->address);
    g_autofree char *all = addresses(gpu->functions);
    g_autofree char *others = addresses(gpu->peers);
    g_assert_cmpstr(own + strlen("0000:"), ==, address);
    g_assert_cmpstr(all, ==, functions);
    g_assert_cmpstr(others, ==, peers);
    g_assert_cmpint(gpu->isolated, ==, !*peers);
    for (guint i = 0; i < f->host->functions->len; i++) {
        const VfgPciFunction *function = f->host->functions->pdata[i];
        g_assert_cmpint(vfg_gpu_has_function(gpu, function), ==,
                        g_ptr_array_find(gpu->functions, function, NULL));
    }
    return gpu;
}

static void
test_nvidia_card(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "01:00.0", "10de:1e04", 0x0300, "nvidia", 2);
    make_function(f->host, "01:00.1", "10de:10f7", 0x0403, "snd_hda_intel", 2);
    make_function(f->host, "01:00.2", "10de:1ad6", 0x0c03, "xhci_hcd", 2);
    make_function(f->host, "01:00.3", "10de:1ad7", 0x0c80, "nvidia-gpu", 2);
    make_function(f->host, "01:01.0", "10de:1e04", 0x0403, "other", 3); /* another slot */
    find(f);
    g_assert_cmpuint(f->gpus->len, ==, 1);
    g_assert_true(assert_gpu(f, 0, "01:00.0", "01:00.0 01:00.1 01:00.2 01:00.3", "")->viable);
}

/* Renoir: the slot holds AMD's CPU functions under the id 1022. */
static void
test_amd_apu(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "0b:00.0", "1002:1638", 0x0300, "amdgpu", 10);
    make_function(f->host, "0b:00.1", "1002:1637", 0x0403, "snd_hda_intel", 11);
    make_function(f->host, "0b:00.2", "1022:15df", 0x1080, "ccp", 12);
    make_function(f->host, "0b:00.3", "1022:1639", 0x0c03, "xhci_hcd", 13);
    make_function(f->host, "0b:00.4", "1022:1639", 0x0c03, "xhci_hcd", 13);
    make_function(f->host, "0b:00.5", "1022:15e2", 0x0480, "snd_pci_acp3x", 14);
    make_function(f->host, "0b:00.6", "1022:15e3", 0x0403, "snd_hda_intel", 15);
    find(f);
    g_assert_cmpuint(f->gpus->len, ==, 1);
    g_assert_true(assert_gpu(f, 0, "0b:00.0", "0b:00.0 0b:00.1", "")->viable);
}

/* HPE iLO: the VGA is function 1 between HPE's own. */
static void
test_matrox(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "02:00.0", "103c:3306", 0x0880, "hpilo", 20);
    make_function(f->host, "02:00.1", "102b:0538", 0x0300, "mgag200", 20);
    make_function(f->host, "02:00.2", "103c:3307", 0x0880, "hpilo", 20);
    make_function(f->host, "02:00.4", "103c:22f6", 0x0c03, "uhci_hcd", 20);
    find(f);
    g_assert_cmpuint(f->gpus->len, ==, 1);
    g_assert_false(assert_gpu(f, 0, "02:00.1", "02:00.1", "02:00.0 02:00.2 02:00.4")->viable);
}

static void
test_two_displays(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "03:00.0", "1002:7183", 0x0300, "radeon", 30);
    make_function(f->host, "03:00.1", "1002:71a3", 0x0380, NULL, 30);
    make_function(f->host, "04:00.0", "1002:7183", 0x0300, "radeon", 31);
    find(f);
    g_assert_cmpuint(f->gpus->len, ==, 2);
    assert_gpu(f, 0, "03:00.0", "03:00.0 03:00.1", "");
    assert_gpu(f, 1, "04:00.0", "04:00.0", "");
}

static void
test_accelerator(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "05:00.0", "1002:74a1", 0x1200, "amdgpu", 40);
    make_function(f->host, "06:00.0", "10de:22a3", 0x0680, "nvidia-nvswitch", 41); /* NVSwitch */
    make_function(f->host, "07:00.0", "10de:1e37", 0x0302, NULL, -1);
    find(f);
    g_assert_cmpuint(f->gpus->len, ==, 2);
    g_assert_true(assert_gpu(f, 0, "05:00.0", "05:00.0", "")->viable);
    g_assert_false(assert_gpu(f, 1, "07:00.0", "07:00.0", "")->viable); /* no group */
}

static void
put_below(VfgPciFunction *function, const char *parent)
{
    function->has_parent = TRUE;
    function->parent = make_address(parent);
}

/* Arc: a switch on the card, the audio function on the bus after the GPU's. The same two functions
 * below two ports of the board are two devices. */
static void
test_arc(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "00:01.0", "8086:a70d", 0x0604, "pcieport", 1);
    VfgPciFunction *up = make_function(f->host, "01:00.0", "8086:4fa0", 0x0604, "pcieport", 2);
    put_below(make_function(f->host, "02:01.0", "8086:4fa4", 0x0604, "pcieport", 3), "01:00.0");
    put_below(make_function(f->host, "02:04.0", "8086:4fa4", 0x0604, "pcieport", 4), "01:00.0");
    put_below(make_function(f->host, "03:00.0", "8086:56a0", 0x0300, "i915", 5), "02:01.0");
    put_below(make_function(f->host, "04:00.0", "8086:4f90", 0x0403, "snd_hda_intel", 6),
              "02:04.0");
    put_below(up, "00:01.0");
    find(f);
    g_assert_true(assert_gpu(f, 0, "03:00.0", "03:00.0 04:00.0", "")->viable);
    g_ptr_array_unref(f->gpus);
    up->has_parent = FALSE;
    f->gpus = vfg_gpu_find_all(f->host);
    assert_gpu(f, 0, "03:00.0", "03:00.0", "");
}

/* Without bridges, as in a short listing, the board's ids decide. */
static void
test_arc_alone(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *gpu = make_function(f->host, "03:00.0", "8086:56a0", 0x0300, NULL, 5);
    VfgPciFunction *audio = make_function(f->host, "04:00.0", "8086:4f90", 0x0403, NULL, 6);
    gpu->has_subsystem = audio->has_subsystem = TRUE;
    gpu->subvendor = audio->subvendor = 0x8086;
    gpu->subdevice = audio->subdevice = 0x1020;
    find(f);
    assert_gpu(f, 0, "03:00.0", "03:00.0 04:00.0", "");
    g_ptr_array_unref(f->gpus);
    audio->subdevice = 0x1021;
    f->gpus = vfg_gpu_find_all(f->host);
    assert_gpu(f, 0, "03:00.0", "03:00.0", "");
}

/* The GPU is found though the audio function stands before it. */
static void
test_not_first(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "08:00.0", "10de:10f7", 0x0403, NULL, 50);
    make_function(f->host, "08:00.1", "10de:1e04", 0x0300, NULL, 50);
    find(f);
    assert_gpu(f, 0, "08:00.1", "08:00.0 08:00.1", "");
}

static void
test_none(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "00:00.0", "8086:29c0", 0x0600, NULL, 0);
    find(f);
    g_assert_cmpuint(f->gpus->len, ==, 0);
}

/* Peers that harm nothing: bridges aren't even named; no driver, vfio's drivers and stubs. */
static void
test_peers(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *driver;
        gboolean viable;
    } peers[] = {{NULL, TRUE},
                 {"vfio-pci", TRUE},
                 {"pci-stub", TRUE},
                 {"mlx5-vfio-pci", TRUE},
                 {"mlx5_vfio_pci", TRUE},
                 {"nvme", FALSE},
                 {"vfio-pci-core", FALSE},
                 {"snd_hda_intel", FALSE}};
    make_function(f->host, "00:01.0", "8086:1901", 0x0604, "pcieport", 2);
    make_function(f->host, "01:00.0", "10de:1e04", 0x0300, "nvidia", 2);
    make_function(f->host, "01:00.1", "10de:10f7", 0x0403, "snd_hda_intel", 3);
    VfgPciFunction *peer = make_function(f->host, "02:00.0", "144d:a808", 0x0108, NULL, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(peers); i++) {
        g_clear_pointer(&f->gpus, g_ptr_array_unref);
        g_free(peer->driver);
        peer->driver = g_strdup(peers[i].driver);
        find(f);
        const VfgGpu *gpu = assert_gpu(f, 0, "01:00.0", "01:00.0 01:00.1", "02:00.0");
        g_assert_cmpint(gpu->viable, ==, peers[i].viable);
        g_assert_cmpint(vfg_function_is_harmless_peer(peer), ==, peers[i].viable);
    }
}

/* A sibling outside any group: the card can't be handed over whole. */
static void
test_sibling_without_group(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "01:00.0", "10de:1e04", 0x0300, "nvidia", 2);
    make_function(f->host, "01:00.1", "10de:10f7", 0x0403, NULL, -1);
    find(f);
    g_assert_false(assert_gpu(f, 0, "01:00.0", "01:00.0 01:00.1", "")->viable);
}

static void
make_many(Fixture *f)
{
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, NULL, 1);
    make_function(f->host, "02:00.0", "10de:1e37", 0x0302, NULL, 2);
    make_function(f->host, "03:00.0", "10de:1e04", 0x0300, NULL, 3);
    make_function(f->host, "03:00.1", "10de:10f7", 0x0403, NULL, 3);
    make_function(f->host, "04:00.0", "1002:6860", 0x0300, NULL, 4);
    make_function(f->host, "00:02.0", "8086:3e92", 0x0300, NULL, 0);
    make_function(f->host, "05:00.0", "144d:a808", 0x0108, NULL, 5);
    find(f);
}

static void
test_select(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const selectors[][2] = {
        {"0000:01:00.0", "0000:01:00.0"}, {"02:00.0", "0000:02:00.0"},
        {"03:00.1", "0000:03:00.0"},      {"10de:1e04", "0000:03:00.0"},
        {"10DE:1E04", "0000:03:00.0"},    {"10de:1e37[0]", "0000:01:00.0"},
        {"10de:1e37[1]", "0000:02:00.0"}, {"nvidia[2]", "0000:03:00.0"},
        {"amd", "0000:04:00.0"},          {"AMD[0]", "0000:04:00.0"},
        {"intel", "0000:00:02.0"},        {"04:00.0[0]", "0000:04:00.0"}};
    make_many(f);
    for (gsize i = 0; i < G_N_ELEMENTS(selectors); i++) {
        g_autoptr(GError) error = NULL;
        const VfgGpu *gpu = vfg_gpu_select(f->gpus, selectors[i][0], &error);
        g_assert_no_error(error);
        g_autofree char *at = vfg_pci_address_dup(gpu->function->address);
        g_assert_cmpstr(at, ==, selectors[i][1]);
    }
}

static void
refuse(const Fixture *f, const char *selector, VfgErrorCode code, const char *part)
{
    g_autoptr(GError) error = NULL;
    if (vfg_gpu_select(f->gpus, selector, &error))
        g_error("'%s' selected a GPU", selector);
    assert_error(error, code, part);
    g_assert_nonnull(vfg_error_get_fix(error));
}

static void
test_select_refused(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const garbage[] = {
        "",           "[0]",          "nvidia[]",   "nvidia[x]",   "nvidia[-1]",
        "nvidia[+0]", "nvidia[ 0]",   "nvidia[0",   "nvidia[0]x",  "nvidia[0][0]",
        "nvidia]",    "nvidia[4097]", "nvidiax",    "10de",        "10de:",
        ":1e37",      "10de:1e3",     "10de:1e377", "10de:1e37:0", "0x10:1e37",
        "10de:1e3g",  "01:00",        "01:00.0 ",   "gpu0",        "\033[2J",
        "*"};
    make_many(f);
    for (gsize i = 0; i < G_N_ELEMENTS(garbage); i++)
        refuse(f, garbage[i], VFG_ERROR_PARSE, "is not a GPU selector");
    refuse(f, "05:00.0", VFG_ERROR_NOT_FOUND, "no GPU of this host matches '05:00.0'");
    refuse(f, "0001:01:00.0", VFG_ERROR_NOT_FOUND, "matches");
    refuse(f, "10de:ffff", VFG_ERROR_NOT_FOUND, "10de:ffff");
    refuse(f, "nvidia[3]", VFG_ERROR_NOT_FOUND, "nvidia[3]");
    refuse(f, "amd[1]", VFG_ERROR_NOT_FOUND, "amd[1]");
    refuse(f, "10de:1e37", VFG_ERROR_AMBIGUOUS,
           "'10de:1e37' matches 2 GPUs: 0000:01:00.0 (10de:1e37), 0000:02:00.0 (10de:1e37)");
    refuse(f, "nvidia", VFG_ERROR_AMBIGUOUS, "3 GPUs");
}

static void
test_select_fix(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL, none = NULL;
    make_many(f);
    g_assert_null(vfg_gpu_select(f->gpus, "10de:ffff", &error));
    assert_fix(error, "0000:04:00.0 (1002:6860)");
    g_autoptr(GPtrArray) empty = g_ptr_array_new();
    g_assert_null(vfg_gpu_select(empty, "nvidia", &none));
    assert_error(none, VFG_ERROR_NOT_FOUND, "nvidia");
    assert_fix(none, "this host has no GPU");
}

/* What `list --json` shows of one. */
static void
test_json(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, "vfio-pci", -1);
    make_function(f->host, "02:00.0", "10de:1e04", 0x0300, NULL, 3);
    make_function(f->host, "03:00.0", "144d:a808", 0x0108, "nvme", 3);
    find(f);
    json_t *first = vfg_gpu_to_json(f->gpus->pdata[0]),
           *second = vfg_gpu_to_json(f->gpus->pdata[1]);
    g_assert_nonnull(first);
    g_assert_cmpstr(json_string_value(json_object_get(first, "address")), ==, "0000:01:00.0");
    g_assert_cmpstr(json_string_value(json_object_get(first, "class")), ==, "0302");
    g_assert_cmpstr(json_string_value(json_object_get(first, "driver")), ==, "vfio-pci");
    g_assert_true(json_is_null(json_object_get(first, "iommu_group")));
    g_assert_true(json_is_null(json_object_get(first, "numa_node")));
    g_assert_true(json_is_null(json_object_get(first, "subsystem_id")));
    g_assert_true(json_is_false(json_object_get(first, "viable")));
    g_assert_true(json_is_null(json_object_get(second, "driver")));
    g_assert_cmpint(json_integer_value(json_object_get(second, "iommu_group")), ==, 3);
    g_autofree char *peers = json_dumps(json_object_get(second, "group_peers"), JSON_COMPACT);
    g_assert_cmpstr(peers, ==, "[\"0000:03:00.0\"]");
    json_decref(first);
    json_decref(second);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/gpu-find/nvidia-card", test_nvidia_card},
        {"/gpu-find/amd-apu", test_amd_apu},
        {"/gpu-find/matrox", test_matrox},
        {"/gpu-find/two-displays", test_two_displays},
        {"/gpu-find/accelerator", test_accelerator},
        {"/gpu-find/arc", test_arc},
        {"/gpu-find/arc-alone", test_arc_alone},
        {"/gpu-find/not-first", test_not_first},
        {"/gpu-find/none", test_none},
        {"/gpu-find/peers", test_peers},
        {"/gpu-find/sibling-without-group", test_sibling_without_group},
        {"/gpu-find/select", test_select},
        {"/gpu-find/select-refused", test_select_refused},
        {"/gpu-find/select-fix", test_select_fix},
        {"/gpu-find/json", test_json},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
