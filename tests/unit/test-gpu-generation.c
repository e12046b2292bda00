/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Generations of GPUs: what a file may hold, how an id is looked up, and what the shipped files say
 * of cards that people have. */

#include "gpu-generation.h"

#include "assert-error.h"
#include "io.h"

#define HEAD "[a]\nname=A\nvendor=10de\nsource=s\n"

static gboolean
add(VfgGpuGenerations *table, const char *text, GError **error)
{
    return vfg_gpu_generations_add(table, "test.ini", text, strlen(text), error);
}

static void
refuse(const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgGpuGenerations) table = vfg_gpu_generations_new();
    g_assert_false(add(table, text, &error));
    assert_file_error(error, "test.ini", part);
    g_assert_null(vfg_gpu_generations_find(table, 0x10de, 1));
}

static void
test_refused(void)
{
    refuse(HEAD "modules=open\n", "[a]: no devices");
    refuse(HEAD "devices=2-1\nmodules=open\n", "ends before it begins");
    refuse(HEAD "devices=1-2-3\nmodules=open\n", "devices: ");
    refuse(HEAD "devices=1-10000\nmodules=open\n", "devices: ");
    refuse(HEAD "devices=1\n", "modules is a list");
    refuse(HEAD "devices=1\nmodules=open;closed\n", "modules is a list");
    refuse(HEAD "devices=1\nmodules=open;open\n", "modules is a list");
    refuse(HEAD "devices=1\nmodules=open\nrocm=maybe\n", "rocm is 'maybe'");
    refuse(HEAD "devices=1\nmodules=open\ndma-bits=65\n", "dma-bits");
    refuse(HEAD "devices=1\nmodules=open\nlast-branch=5x\n", "last-branch");
    refuse(HEAD "devices=1\nmodules=open\nbranch=5\n", "unknown key 'branch'");
    refuse("[a]\nname=A\nsource=s\ndevices=1\nmodules=open\n", "[a]: no vendor");
    refuse("[a]\nname=A\nvendor=10de\ndevices=1\nmodules=open\n", "[a]: no source");
    refuse(HEAD "devices=1\nmodules=open\n[b]\n", "[b]: no name");
}

static void
test_narrowest_range_and_override(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgGpuGenerations) table = vfg_gpu_generations_new();
    g_assert_true(add(table,
                      "[in]\nname=In\nvendor=10de\nsource=s\nmodules=open\ndevices=15-16\n" HEAD
                      "devices=10-1f; 30\nmodules=proprietary;open\n",
                      &error));
    g_assert_cmpstr(vfg_gpu_generations_find(table, 0x10de, 0x15)->id, ==, "in");
    g_assert_cmpstr(vfg_gpu_generations_find(table, 0x10de, 0x14)->id, ==, "a");
    g_assert_cmpstr(vfg_gpu_generations_find(table, 0x10de, 0x30)->id, ==, "a");
    g_assert_null(vfg_gpu_generations_find(table, 0x10de, 0x20));
    g_assert_null(vfg_gpu_generations_find(table, 0x1002, 0x15));
    g_assert_true(add(table, HEAD "devices=40\nmodules=kernel\n", &error));
    g_assert_null(vfg_gpu_generations_find(table, 0x10de, 0x14));
    g_assert_cmpint(vfg_gpu_generations_find(table, 0x10de, 0x40)->modules, ==,
                    VFG_GPU_MODULES_KERNEL);
}

static VfgGpuGenerations *
load_shipped(void)
{
    static const char *const names[] = {"nvidia.ini", "amd.ini"};
    VfgGpuGenerations *table = vfg_gpu_generations_new();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(VFG_TOP_SRCDIR "/data/gpus.d", names[i], NULL);
        gsize len = 0;
        g_autofree char *bytes = vfg_io_read_file(path, 1 << 20, &len, &error);
        g_assert_no_error(error);
        g_assert_true(vfg_gpu_generations_add(table, path, bytes, len, &error));
    }
    return table;
}

/* Cards by their ids in pci.ids, and what their maker says of them. */
static void
test_shipped(void)
{
    enum { P = VFG_GPU_MODULES_PROPRIETARY, O = VFG_GPU_MODULES_OPEN, K = VFG_GPU_MODULES_KERNEL };
    static const struct {
        guint16 vendor, device;
        const char *id;
        guint modules, last_branch;
        const char *last_cuda;
        guint dma_bits;
    } cards[] = {
        {0x10de, 0x0a65, "nvidia-tesla", P, 340, "6.5", 40},     /* GeForce 210 */
        {0x10de, 0x104a, "nvidia-fermi", P, 390, "8.0", 40},     /* GeForce GT 610 */
        {0x10de, 0x0dd8, "nvidia-fermi", P, 390, "8.0", 40},     /* Quadro 2000 */
        {0x10de, 0x118a, "nvidia-kepler", P, 470, "10.2", 40},   /* GRID K520 */
        {0x10de, 0x102d, "nvidia-kepler-2", P, 470, "11.8", 40}, /* Tesla K80 */
        {0x10de, 0x128b, "nvidia-kepler-2", P, 470, "11.8", 40}, /* GeForce GT 710 */
        {0x10de, 0x1381, "nvidia-maxwell", P, 580, "12.9", 40},  /* GeForce GTX 750 */
        {0x10de, 0x17fd, "nvidia-maxwell", P, 580, "12.9", 40},  /* Tesla M40 */
        {0x10de, 0x15f8, "nvidia-pascal", P, 580, "12.9", 47},   /* Tesla P100 */
        {0x10de, 0x1b39, "nvidia-pascal", P, 580, "12.9", 47},   /* Tesla P10 */
        {0x10de, 0x1bb3, "nvidia-pascal", P, 580, "12.9", 47},   /* Tesla P4 */
        {0x10de, 0x1db4, "nvidia-volta", P, 580, "12.9", 47},    /* Tesla V100 */
        {0x10de, 0x1e37, "nvidia-turing", P | O, 0, NULL, 47},   /* Tesla T10 */
        {0x10de, 0x1eb8, "nvidia-turing", P | O, 0, NULL, 47},   /* Tesla T4 */
        {0x10de, 0x2191, "nvidia-turing", P | O, 0, NULL, 47},   /* GeForce GTX 1660 Ti Mobile */
        {0x10de, 0x20b2, "nvidia-ampere", P | O, 0, NULL, 47},   /* A100 */
        {0x10de, 0x2204, "nvidia-ampere", P | O, 0, NULL, 47},   /* GeForce RTX 3090 */
        {0x10de, 0x2684, "nvidia-ada", P | O, 0, NULL, 47},      /* GeForce RTX 4090 */
        {0x10de, 0x2330, "nvidia-hopper", P | O, 0, NULL, 52},   /* H100 */
        {0x10de, 0x2342, "nvidia-grace-hopper", O, 0, NULL, 52}, /* GH200 */
        {0x10de, 0x2901, "nvidia-blackwell", O, 0, NULL, 0},     /* B200 */
        {0x10de, 0x2b85, "nvidia-blackwell", O, 0, NULL, 0},     /* GeForce RTX 5090 */
        {0x1002, 0x67df, "amd-gcn", K, 0, NULL, 40},             /* Radeon RX 580 */
        {0x1002, 0x66a1, "amd-vega", K, 0, NULL, 44},            /* Instinct MI50 */
        {0x1002, 0x740f, "amd-cdna2", K, 0, NULL, 48},           /* Instinct MI210 */
        {0x1002, 0x74a1, "amd-cdna3", K, 0, NULL, 48},           /* Instinct MI300X */
        {0x1002, 0x73bf, "amd-rdna2", K, 0, NULL, 44},           /* Radeon RX 6800 */
    };
    g_autoptr(VfgGpuGenerations) table = load_shipped();
    for (gsize i = 0; i < G_N_ELEMENTS(cards); i++) {
        const VfgGpuGeneration *generation =
            vfg_gpu_generations_find(table, cards[i].vendor, cards[i].device);
        g_assert_nonnull(generation);
        g_assert_cmpstr(generation->id, ==, cards[i].id);
        g_assert_cmpuint(generation->modules, ==, cards[i].modules);
        g_assert_cmpuint(generation->last_branch, ==, cards[i].last_branch);
        g_assert_cmpstr(generation->last_cuda, ==, cards[i].last_cuda);
        g_assert_cmpuint(generation->dma_bits, ==, cards[i].dma_bits);
    }
    g_assert_null(vfg_gpu_generations_find(table, 0x10de, 0x22a3)); /* an NVSwitch */
    g_assert_null(vfg_gpu_generations_find(table, 0x10de, 0xffff));
    g_assert_null(vfg_gpu_generations_find(table, 0x8086, 0x56a0));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gpu-generation/refused", test_refused);
    g_test_add_func("/gpu-generation/narrowest", test_narrowest_range_and_override);
    g_test_add_func("/gpu-generation/shipped", test_shipped);
    return g_test_run();
}
