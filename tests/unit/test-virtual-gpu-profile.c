/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The virtual GPU's profiles and faults: what is read, and what is refused with which words. */

#include "fault.h"
#include "profile.h"
#include "vgpu-error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define IDS "id = 10de:1e37\nsubsystem = 10de:1370\nclass = 030200\nrevision = a1\n"
#define FUNCTION "[function 0]\n" IDS

static VfgVgpuProfile *
load_text(const char *text, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("vgpu-XXXXXX.ini", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    VfgVgpuProfile *profile = vfg_vgpu_profile_load(path, error);
    if (error && *error)
        g_assert_true(g_str_has_prefix((*error)->message, path));
    g_unlink(path);
    return profile;
}

/* All profiles of the lab, whichever there are. */
static void
test_shipped(void)
{
    guint count = 0;
    g_autoptr(GDir) dir = g_dir_open(VFG_VGPU_PROFILES, 0, NULL);
    g_assert_nonnull(dir);
    for (const char *name; (name = g_dir_read_name(dir));) {
        if (!g_str_has_suffix(name, ".ini"))
            continue;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(VFG_VGPU_PROFILES, name, NULL);
        g_autoptr(VfgVgpuProfile) profile = vfg_vgpu_profile_load(path, &error);
        g_assert_no_error(error);
        g_assert_nonnull(profile->name);
        count++;
    }
    g_assert_cmpuint(count, >=, 6);
}

static void
test_values(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgVgpuProfile) profile =
        load_text("[slot]\nname = A card\n" FUNCTION
                  "interrupt-pin = none\nbar0 = 16M mem32\nbar1 = 16G mem64 prefetchable\n"
                  "bar3 = 4K mem64\nbar5 = 128 io\npower-management = soft-reset\nmsi = 4\n"
                  "msi-x = 6 table 0:b90000 pba 3:800\npcie = flr\nresizable-bar = 1\n"
                  "serial-number = ff\n"
                  "[function 0 registers]\n0x0 = 0x162000a1\na00 = 1\n"
                  "[function 3]\n" IDS,
                  &error);
    g_assert_no_error(error);
    const VfgVgpuFunction *function = vfg_vgpu_profile_function(profile, 0, &error);
    g_assert_cmpstr(profile->name, ==, "A card");
    g_assert_cmpuint(profile->n_functions, ==, 2);
    g_assert_cmphex(function->vendor, ==, 0x10de);
    g_assert_cmphex(function->device, ==, 0x1e37);
    g_assert_cmphex(function->class_code, ==, 0x030200);
    g_assert_cmphex(function->revision, ==, 0xa1);
    g_assert_cmpuint(function->interrupt_pin, ==, 0);
    g_assert_cmpuint(function->bars[0].size, ==, 16 << 20);
    g_assert_cmpint(function->bars[0].kind, ==, VFG_VGPU_BAR_MEM32);
    g_assert_false(function->bars[0].prefetchable);
    g_assert_cmpuint(function->bars[1].size, ==, 16ULL << 30);
    g_assert_cmpint(function->bars[1].kind, ==, VFG_VGPU_BAR_MEM64);
    g_assert_true(function->bars[1].prefetchable);
    g_assert_cmpint(function->bars[2].kind, ==, VFG_VGPU_BAR_NONE);
    g_assert_cmpuint(function->bars[3].size, ==, 4096);
    g_assert_cmpint(function->bars[5].kind, ==, VFG_VGPU_BAR_IO);
    g_assert_true(function->has_pm && !function->no_soft_reset);
    g_assert_cmpuint(function->msi_vectors, ==, 4);
    g_assert_cmpuint(function->msix.vectors, ==, 6);
    g_assert_cmphex(function->msix.table_offset, ==, 0xb90000);
    g_assert_cmpuint(function->msix.pba_bar, ==, 3);
    g_assert_true(function->has_pcie && function->has_flr);
    g_assert_cmpint(function->resizable_bar, ==, 1);
    g_assert_cmphex(function->serial_number, ==, 0xff);
    g_assert_cmpuint(function->registers->len, ==, 2);
    g_assert_cmphex(g_array_index(function->registers, VfgVgpuRegister, 1).offset, ==, 0xa00);
    const VfgVgpuFunction *third = vfg_vgpu_profile_function(profile, 3, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(third->interrupt_pin, ==, 1);
    g_assert_cmpint(third->resizable_bar, ==, -1);
    g_assert_false(third->has_pm || third->has_pcie);
    g_assert_null(vfg_vgpu_profile_function(profile, 1, &error));
    g_assert_error(error, VFG_VGPU_ERROR, EINVAL);
    g_clear_error(&error);
    g_assert_null(vfg_vgpu_profile_function(profile, 8, &error));
    g_assert_error(error, VFG_VGPU_ERROR, EINVAL);
}

static void
test_refused(void)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "there is no [function 0]"},
        {"[slot]\nname = x\n", "there is no [function 0]"},
        {"[slot]\ncolour = red\n", "[slot] colour: no such key"},
        {"[function 8]\n" IDS, "[function 8]: no such group"},
        {"[function 0 ]\n" IDS, "[function 0 ]: no such group"},
        {"[function 0 regs]\n", "no such group"},
        {"[device]\n", "[device]: no such group"},
        {"[function 0]\nid = 10de:1e37\n", "[function 0]: the key subsystem is missing"},
        {FUNCTION "colour = red\n", "[function 0] colour: no such key"},
        {FUNCTION "bar6 = 4K mem32\n", "[function 0] bar6: no such key"},
        {FUNCTION "id = 10de1e37\n", "[function 0] id: '10de1e37' is not two"},
        {FUNCTION "id = 10de:1e37:1\n", "is not two"},
        {FUNCTION "id = 10de:11e37\n", "'11e37' is not a hexadecimal number of at most 0xffff"},
        {FUNCTION "id = 10de:\n", "'' is not a hexadecimal number"},
        {FUNCTION "id = 10de:-1\n", "'-1' is not a hexadecimal number"},
        {FUNCTION "class = 1030200\n", "'1030200' is not a hexadecimal number"},
        {FUNCTION "revision = 100\n", "at most 0xff"},
        {FUNCTION "interrupt-pin = E\n", "'E' is none of A"},
        {FUNCTION "bar0 =\n", "[function 0] bar0: "},
        {FUNCTION "bar0 = 16M\n", "the kind '' is none of io"},
        {FUNCTION "bar0 = 16M mem\n", "the kind 'mem' is none of io"},
        {FUNCTION "bar0 = 16X mem32\n", "'16X' is not a number"},
        {FUNCTION "bar0 = M mem32\n", "'' is not a number"},
        {FUNCTION "bar0 = 3M mem32\n", "the size '3M' is not a power of two"},
        {FUNCTION "bar0 = 0 mem32\n", "not a power of two from 16"},
        {FUNCTION "bar0 = 4G mem32\n", "not a power of two from 16 to 2147483648"},
        {FUNCTION "bar0 = 2048G mem64\n", "not a power of two"},
        {FUNCTION "bar0 = 512 io\n", "not a power of two from 4 to 256"},
        {FUNCTION "bar0 = 16M mem32 cached\n", "SIZE KIND [prefetchable] is wanted"},
        {FUNCTION "bar0 = 128 io prefetchable\n", "SIZE KIND [prefetchable] is wanted"},
        {FUNCTION "bar0 = 16M mem64\nbar1 = 4K mem32\n", "bar1 is not free"},
        {FUNCTION "bar5 = 16M mem64\n", "bar6 is not free"},
        {FUNCTION "power-management = yes\n", "'yes' is neither"},
        {FUNCTION "msi = 3\n", "3 vectors: 1, 2, 4"},
        {FUNCTION "msi = 0\n", "0 vectors: 1, 2, 4"},
        {FUNCTION "msi = 64\n", "'64' is not a number of at most 32"},
        {FUNCTION "msi-x = 6\n", "VECTORS table BAR:OFFSET"},
        {FUNCTION "bar0 = 4K mem32\nmsi-x = 0 table 0:0 pba 0:800\n", "no vectors"},
        {FUNCTION "bar0 = 4K mem32\nmsi-x = 6 table 0:4 pba 0:800\n", "not a multiple of 8"},
        {FUNCTION "bar0 = 4K mem32\nmsi-x = 6 table 0:fa8 pba 0:800\n", "the table ends at 0x1008"},
        {FUNCTION "bar0 = 4K mem32\nmsi-x = 6 table 0:0 pba 0:1000\n", "the pba ends at 0x1008"},
        {FUNCTION "bar0 = 4K mem32\nmsi-x = 6 table 0:0 pba 0:58\n", "table and pba overlap"},
        {FUNCTION "bar0 = 128 io\nmsi-x = 1 table 0:0 pba 0:20\n", "not in a memory BAR"},
        {FUNCTION "bar0 = 4K mem32\nmsi-x = 6 table 6:0 pba 0:800\n", "'6' is not a hexadecimal"},
        {FUNCTION "pcie = yes\n", "'yes' is neither"},
        {FUNCTION "pcie = flr\nresizable-bar = 1\n", "bar1 of at least 64M memory"},
        {FUNCTION "pcie = flr\nbar1 = 32M mem32\nresizable-bar = 1\n", "bar1 of at least 64M"},
        {FUNCTION "bar1 = 64M mem32\nresizable-bar = 1\n", "and pcie, are wanted"},
        {FUNCTION "serial-number = 1\n", "so pcie is wanted"},
        {FUNCTION "bar0 = 4K mem32\n[function 0 registers]\n2 = 1\n",
         "no place of a 32-bit register"},
        {FUNCTION "bar0 = 4K mem32\n[function 0 registers]\n1000 = 1\n", "no place of a 32-bit"},
        {FUNCTION "[function 0 registers]\n0 = 1\n", "no place of a 32-bit register"},
        {FUNCTION "bar0 = 4K mem32\n[function 0 registers]\n0 = 100000000\n", "at most 0xffffffff"},
        {FUNCTION "bar0 = 4K mem32\n[function 0 registers]\nx = 1\n", "'x' is not a hexadecimal"},
        {"[function 1 registers]\n0 = 1\n", "there is no such function"},
        {"nonsense\n", "Key file"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VfgVgpuProfile) profile = load_text(cases[i].text, &error);
        g_test_message("%s", cases[i].text);
        g_assert_null(profile);
        g_assert_nonnull(error);
        if (!strstr(error->message, cases[i].words))
            g_error("'%s' does not say '%s'", error->message, cases[i].words);
    }
}

static void
test_no_file(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_vgpu_profile_load("/nonexistent/x.ini", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_assert_true(g_str_has_prefix(error->message, "/nonexistent/x.ini: "));
}

static void
test_faults(void)
{
    g_autoptr(VfgVgpuFaults) faults = vfg_vgpu_faults_new();
    guint value = 99;
    g_assert_false(vfg_vgpu_faults_has(faults, VFG_VGPU_FAULT_RESET_HANGS));
    g_assert_true(vfg_vgpu_faults_add(faults, "reset-hangs", NULL));
    g_assert_true(vfg_vgpu_faults_has(faults, VFG_VGPU_FAULT_RESET_HANGS));
    g_assert_false(vfg_vgpu_faults_has(faults, VFG_VGPU_FAULT_FLR_HANGS));
    g_assert_false(vfg_vgpu_faults_get(faults, VFG_VGPU_FAULT_CONFIG_ONES_AFTER, &value));
    g_assert_cmpuint(value, ==, 99);
    g_assert_true(vfg_vgpu_faults_add(faults, "config-ones-after=30", NULL));
    g_assert_true(vfg_vgpu_faults_get(faults, VFG_VGPU_FAULT_CONFIG_ONES_AFTER, &value));
    g_assert_cmpuint(value, ==, 30);
    g_assert_true(vfg_vgpu_faults_add(faults, "bar-no-map=1", NULL));
    g_assert_true(vfg_vgpu_faults_add(faults, "bar-no-map=3", NULL));
    g_assert_true(vfg_vgpu_faults_match(faults, VFG_VGPU_FAULT_BAR_NO_MAP, 1));
    g_assert_false(vfg_vgpu_faults_match(faults, VFG_VGPU_FAULT_BAR_NO_MAP, 2));
    g_assert_true(vfg_vgpu_faults_match(faults, VFG_VGPU_FAULT_BAR_NO_MAP, 3));
    g_autofree char *help = vfg_vgpu_faults_help();
    g_assert_nonnull(strstr(help, "config-ones-after=SECONDS"));
    g_assert_nonnull(strstr(help, "flr-hangs "));
}

static void
test_faults_refused(void)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "there is no fault ''"},           {"explodes", "there is no fault 'explodes'"},
        {"reset", "there is no fault 'reset'"}, {"reset-hangs=1", "takes no value"},
        {"bar-no-map", "wants INDEX"},          {"bar-no-map=", "wants INDEX"},
        {"bar-no-map=6", "at most 5"},          {"bar-no-map=-1", "wants INDEX"},
        {"bar-no-map=1=2", "wants INDEX"},      {"config-ones-after=soon", "wants SECONDS"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VfgVgpuFaults) faults = vfg_vgpu_faults_new();
        g_assert_false(vfg_vgpu_faults_add(faults, cases[i].text, &error));
        g_assert_error(error, VFG_VGPU_ERROR, EINVAL);
        if (!strstr(error->message, cases[i].words))
            g_error("'%s' does not say '%s'", error->message, cases[i].words);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtual-gpu/profile/shipped", test_shipped);
    g_test_add_func("/virtual-gpu/profile/values", test_values);
    g_test_add_func("/virtual-gpu/profile/refused", test_refused);
    g_test_add_func("/virtual-gpu/profile/no-file", test_no_file);
    g_test_add_func("/virtual-gpu/faults/values", test_faults);
    g_test_add_func("/virtual-gpu/faults/refused", test_faults_refused);
    return g_test_run();
}
