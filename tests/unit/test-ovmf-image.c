/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Recognising a build of OVMF: images that are laid out as edk2 does it, made here. */

#include "ovmf-image.h"

#include "firmware.h"
#include "temp-tree.h"

#include <lzma.h>
#include <string.h>

#define DICTIONARY (1U << 16)
#define VENDOR "x\0GenuineIntel\0AuthenticAMD"
#define DEBUG "%a: limit PhysBits to 40 (no 1G pages available)\n"
#define WINDOW "%a: using dynamic mmio window\n"

static const guint8 lzma_guid[] = {0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
                                   0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf};
static const guint8 pei_guid[] = {0x6d, 0x38, 0x2c, 0x22, 0xbc, 0x5a, 0xb4, 0x4f,
                                  0xb1, 0x24, 0xfb, 0xb8, 0x24, 0x88, 0xac, 0xf4};

static void
append_number(GByteArray *bytes, guint64 value, guint count)
{
    for (guint i = 0; i < count; i++) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(bytes, &byte, 1);
    }
}

static void
append_zeros(GByteArray *bytes, guint count)
{
    guint old = bytes->len;
    g_byte_array_set_size(bytes, old + count);
    memset(bytes->data + old, 0, count);
}

/* The unpacked volumes: some of before, a file of that type with `text`, `tail` zeros. */
static GByteArray *
make_volumes(guint8 type, const char *text, gsize len, guint tail)
{
    GByteArray *volumes = g_byte_array_new();
    append_zeros(volumes, 0x90);
    g_byte_array_append(volumes, pei_guid, sizeof pei_guid); /* in a list of what goes first */
    append_zeros(volumes, 40);
    g_byte_array_append(volumes, pei_guid, sizeof pei_guid);
    append_number(volumes, 0xaaaa, 2);
    append_number(volumes, type, 1);
    append_number(volumes, 0, 1);
    append_number(volumes, 24 + len, 3);
    append_number(volumes, 0xf8, 1);
    g_byte_array_append(volumes, (const guint8 *)text, (guint)len);
    append_zeros(volumes, tail);
    return volumes;
}

static GByteArray *
pack(const GByteArray *plain)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    GByteArray *packed = g_byte_array_new();
    g_byte_array_set_size(packed, plain->len + 4096);
    g_assert_false(lzma_lzma_preset(&options, 0));
    options.dict_size = DICTIONARY;
    g_assert_cmpint(lzma_alone_encoder(&stream, &options), ==, LZMA_OK);
    stream.next_in = plain->data;
    stream.avail_in = plain->len;
    stream.next_out = packed->data;
    stream.avail_out = packed->len;
    g_assert_cmpint(lzma_code(&stream, LZMA_FINISH), ==, LZMA_STREAM_END);
    g_byte_array_set_size(packed, (guint)stream.total_out);
    lzma_end(&stream);
    return packed;
}

/* A volume with the section in it, whose size is given as in a small or in a large section. */
static GByteArray *
make_image(GByteArray *plain, gboolean large)
{
    g_autoptr(GByteArray) volumes = plain;
    g_autoptr(GByteArray) packed = pack(volumes);
    guint header = large ? 28 : 24;
    GByteArray *image = g_byte_array_new();
    append_zeros(image, 0x94 - 4);
    append_number(image, large ? 0xffffff : header + packed->len, 3);
    append_number(image, 2, 1);
    if (large)
        append_number(image, header + packed->len, 4);
    g_byte_array_append(image, lzma_guid, sizeof lzma_guid);
    append_number(image, header, 2);
    append_number(image, 1, 2);
    g_byte_array_append(image, packed->data, packed->len);
    append_zeros(image, 4096);
    return image;
}

static GByteArray *
make_good(void)
{
    return make_image(make_volumes(6, VENDOR, sizeof VENDOR, 4096), FALSE);
}

static VfgOvmfRule
recognise(GByteArray *image)
{
    g_autoptr(GByteArray) owned = image;
    return vfg_ovmf_image_recognise(owned->data, owned->len);
}

static void
assert_text(const char *text, gsize len, VfgOvmfRule wanted)
{
    g_assert_cmpint(recognise(make_image(make_volumes(6, text, len, 4096), FALSE)), ==, wanted);
    g_assert_cmpint(recognise(make_image(make_volumes(6, text, len, 4096), TRUE)), ==, wanted);
}

static void
test_marks(void)
{
    static const char red_hat[] = VENDOR "\0opt/ovmf/PcdResizeXterm";
    static const char red_hat_debug[] = VENDOR "\0" DEBUG, whole[] = VENDOR "\0" DEBUG WINDOW;
    static const char old[] = "opt/ovmf/X-PciMmio64Mb", part[] = "GenuineIntelligence";
    assert_text(VENDOR, sizeof VENDOR, VFG_OVMF_FRACTION);
    assert_text(whole, sizeof whole, VFG_OVMF_FRACTION);
    assert_text(red_hat, sizeof red_hat, VFG_OVMF_UNKNOWN);
    assert_text(red_hat_debug, sizeof red_hat_debug, VFG_OVMF_UNKNOWN);
    assert_text(old, sizeof old, VFG_OVMF_UNKNOWN);
    assert_text(part, sizeof part, VFG_OVMF_UNKNOWN);
}

/* The name in another module, or in a file that is no module, says nothing. */
static void
test_elsewhere(void)
{
    g_assert_cmpint(recognise(make_image(make_volumes(7, VENDOR, sizeof VENDOR, 64), FALSE)), ==,
                    VFG_OVMF_UNKNOWN);
    GByteArray *volumes = make_volumes(6, "old", 4, 64);
    g_byte_array_append(volumes, (const guint8 *)VENDOR, sizeof VENDOR);
    g_assert_cmpint(recognise(make_image(volumes, FALSE)), ==, VFG_OVMF_UNKNOWN);
}

/* Only the beginning is unpacked: what comes after it need not be whole, a bomb costs nothing, and
 * a module beyond it is not found. */
static void
test_bounds(void)
{
    g_assert_cmpint(recognise(make_image(make_volumes(6, VENDOR, sizeof VENDOR, 64U << 20), FALSE)),
                    ==, VFG_OVMF_FRACTION);
    g_autoptr(GByteArray) far = make_volumes(6, VENDOR, sizeof VENDOR, 64);
    GByteArray *volumes = g_byte_array_new();
    append_zeros(volumes, 1U << 20);
    g_byte_array_append(volumes, far->data, far->len);
    g_assert_cmpint(recognise(make_image(volumes, FALSE)), ==, VFG_OVMF_UNKNOWN);
    GByteArray *image = make_good();
    append_zeros(image, VFG_OVMF_IMAGE_MAX);
    g_assert_cmpint(recognise(image), ==, VFG_OVMF_UNKNOWN);
}

/* No length of a file that was cut off, and no byte that is wrong, does harm. */
static void
test_damaged(void)
{
    g_autoptr(GByteArray) image = make_good();
    gsize packed_end = image->len - 4096;
    for (gsize len = 0; len < packed_end; len++) {
        g_autofree guint8 *cut = g_memdup2(image->data, len);
        g_assert_cmpint(vfg_ovmf_image_recognise(cut, len), ==, VFG_OVMF_UNKNOWN);
    }
    for (gsize i = 0; i < packed_end; i++) {
        g_autofree guint8 *wrong = g_memdup2(image->data, image->len);
        wrong[i] ^= 0xff;
        VfgOvmfRule rule = vfg_ovmf_image_recognise(wrong, image->len);
        g_assert_true(rule == VFG_OVMF_UNKNOWN || rule == VFG_OVMF_FRACTION);
    }
}

/* A dictionary of 4 GiB is not given. */
static void
test_memory(void)
{
    g_autoptr(GByteArray) image = make_good();
    memset(image->data + 0x94 + 20 + 1, 0xff, 4);
    g_assert_cmpint(vfg_ovmf_image_recognise(image->data, image->len), ==, VFG_OVMF_UNKNOWN);
}

static void
put_descriptor(const TempTree *tree, const char *path, const char *machine, const char *image)
{
    g_autofree char *text = g_strdup_printf(
        "{\"interface-types\": [\"uefi\"], \"mapping\": {\"device\": \"flash\", \"executable\": "
        "{\"filename\": \"%s\", \"format\": \"raw\"}}, \"targets\": [{\"architecture\": "
        "\"x86_64\", \"machines\": [\"pc-i440fx-*\", \"%s\"]}]}",
        image, machine);
    temp_tree_put(tree, path, text);
}

static VfgOvmfRule
probe(const TempTree *tree, const char *arch)
{
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, NULL);
    g_assert_nonnull(root);
    return vfg_probe_ovmf_rule(root, arch);
}

static void
ignore(const VfgRootSight *sight G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
}

/* Every image that libvirt may choose has to be known; a capture takes none along. */
static void
test_probe(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GByteArray) image = make_good();
    g_assert_cmpint(probe(tree, "x86_64"), ==, VFG_OVMF_UNKNOWN);
    temp_tree_put_bytes(tree, "/fw/good.fd", (const char *)image->data, image->len);
    put_descriptor(tree, "/usr/share/qemu/firmware/40-a.json", "pc-q35-*", "/fw/good.fd");
    put_descriptor(tree, "/usr/share/qemu/firmware/50-b.json", "microvm", "/fw/other.fd");
    temp_tree_put(tree, "/fw/other.fd", "qcow2 or whatever");
    g_assert_cmpint(probe(tree, "x86_64"), ==, VFG_OVMF_FRACTION);
    g_assert_cmpint(probe(tree, "aarch64"), ==, VFG_OVMF_UNKNOWN);
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, NULL);
    g_autoptr(VfgRoot) recording = vfg_root_new_recording(root, ignore, NULL, NULL);
    g_assert_cmpint(vfg_probe_ovmf_rule(recording, "x86_64"), ==, VFG_OVMF_UNKNOWN);
    put_descriptor(tree, "/etc/qemu/firmware/60-c.json", "pc-q35-*", "/fw/other.fd");
    g_assert_cmpint(probe(tree, "x86_64"), ==, VFG_OVMF_UNKNOWN);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ovmf-image/marks", test_marks);
    g_test_add_func("/ovmf-image/elsewhere", test_elsewhere);
    g_test_add_func("/ovmf-image/bounds", test_bounds);
    g_test_add_func("/ovmf-image/damaged", test_damaged);
    g_test_add_func("/ovmf-image/memory", test_memory);
    g_test_add_func("/ovmf-image/probe", test_probe);
    return g_test_run();
}
