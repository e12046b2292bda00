/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Recognising a build of OVMF.
 *
 * Sources: UEFI Platform Initialization Specification 1.8, volume 3, 3.2.4 (sections) and 3.2.3
 * (files); edk2 OvmfPkg/OvmfPkgX64.fdf (PEI and DXE volumes in one LZMA section, PEI first, 896
 * KiB), MdeModulePkg/Library/LzmaCustomDecompressLib (its GUID; the data are those of the LZMA SDK,
 * as .lzma files have them). */

#include "ovmf-image.h"

#include <lzma.h>
#include <string.h>

/* The PEI volume and the headers before it are less than 900 KiB. */
#define UNPACKED_MAX (1U << 20)
/* For the dictionary, which is 16 MiB in edk2's builds. */
#define MEMORY_MAX (64U << 20)

#define GUID_SIZE 16
#define SECTION_GUID_DEFINED 0x02
#define FILE_HEADER 24
#define FILE_PEIM 0x06

/* EE4E5898-3914-4259-9D6E-DC7BD79403CF */
static const guint8 lzma_guid[GUID_SIZE] = {0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
                                            0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf};
/* 222C386D-5ABC-4FB4-B124-FBB82488ACF4, OvmfPkg/PlatformPei/PlatformPei.inf */
static const guint8 platform_pei_guid[GUID_SIZE] = {0x6d, 0x38, 0x2c, 0x22, 0xbc, 0x5a, 0xb4, 0x4f,
                                                    0xb1, 0x24, 0xfb, 0xb8, 0x24, 0x88, 0xac, 0xf4};

typedef struct {
    const guint8 *start;
    gsize len;
} Span;

static guint
read_u16(const guint8 *bytes)
{
    return bytes[0] | (guint)bytes[1] << 8;
}

static guint
read_u24(const guint8 *bytes)
{
    return read_u16(bytes) | (guint)bytes[2] << 16;
}

static const guint8 *
find(Span in, const void *what, gsize len)
{
    return in.len ? memmem(in.start, in.len, what, len) : NULL;
}

/* What comes after `place` in `in`. */
static Span
rest(Span in, const guint8 *place)
{
    return (Span){place, in.len - (gsize)(place - in.start)};
}

/* A GUID-defined section's header: size (3 bytes), type, in a large one the size again (4 bytes),
 * GUID, where the data begin (2), attributes (2). `guid` is a place in the image. */
static gboolean
read_section(Span image, const guint8 *guid, Span *data)
{
    Span after = rest(image, guid);
    gsize before = (gsize)(guid - image.start);
    gboolean large =
        before >= 8 && guid[-5] == SECTION_GUID_DEFINED && read_u24(guid - 8) == 0xffffff;
    gboolean small = before >= 4 && guid[-1] == SECTION_GUID_DEFINED;
    gsize header = large ? 8 : 4;
    if ((!large && !small) || after.len < GUID_SIZE + 4)
        return FALSE;
    gsize size = large ? read_u16(guid - 4) | (gsize)read_u16(guid - 2) << 16 : read_u24(guid - 4);
    gsize offset = read_u16(guid + GUID_SIZE);
    if (offset < header + GUID_SIZE + 4 || offset >= size || size > after.len + header)
        return FALSE;
    *data = (Span){guid - header + offset, size - offset};
    return TRUE;
}

static gboolean
find_section(Span image, Span *data)
{
    Span left = image;
    const guint8 *guid = NULL;
    while ((guid = find(left, lzma_guid, GUID_SIZE))) {
        if (read_section(image, guid, data))
            return TRUE;
        left = rest(left, guid + 1);
    }
    return FALSE;
}

/* The beginning of what is packed, up to `max` bytes; 0 where it is damaged before that. */
static gsize
unpack(Span packed, guint8 *out, gsize max)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_alone_decoder(&stream, MEMORY_MAX) != LZMA_OK)
        return 0;
    stream.next_in = packed.start;
    stream.avail_in = packed.len;
    stream.next_out = out;
    stream.avail_out = max;
    lzma_ret result = lzma_code(&stream, LZMA_RUN);
    gsize got = max - stream.avail_out;
    lzma_end(&stream);
    return result == LZMA_OK || result == LZMA_STREAM_END ? got : 0;
}

/* A file's header: GUID, checksums (2 bytes), type, attributes, size with the header (3), state. */
static gboolean
find_platform_pei(Span volumes, Span *file)
{
    const guint8 *guid = NULL;
    while ((guid = find(volumes, platform_pei_guid, GUID_SIZE))) {
        Span left = rest(volumes, guid);
        gsize size = left.len >= FILE_HEADER ? read_u24(guid + 20) : 0;
        if (size > FILE_HEADER && size <= left.len && guid[18] == FILE_PEIM) {
            *file = (Span){guid, size};
            return TRUE;
        }
        volumes = rest(volumes, guid + 1);
    }
    return FALSE;
}

static gboolean
has_text(Span file, const char *text)
{
    return find(file, text, strlen(text)) != NULL;
}

/* The vendor's name came to OvmfPkg/Library/PlatformInitLib/MemDetect.c with 8f9ef9c9a0, which
 * believes a CPU by its vendor, and nothing else in PlatformPei has it.
 * Red Hat's builds leave out the window that came next ("OvmfPkg: disable dynamic mmio window (rhel
 * only)", edk2-20221207gitfff6d81270b5-8 and later). They, and builds with debug messages, must
 * have the window's own message. Red Hat's are known by a setting that PlatformPei takes only there
 * ("OvmfPkg: take PcdResizeXterm from the QEMU command line (RH only)"). */
static VfgOvmfRule
rule_of(Span file)
{
    static const char vendor[] = "GenuineIntel"; /* with its NUL */
    gboolean message_wanted =
        has_text(file, "no 1G pages available") || has_text(file, "PcdResizeXterm");
    if (!find(file, vendor, sizeof vendor) ||
        (message_wanted && !has_text(file, "using dynamic mmio window")))
        return VFG_OVMF_UNKNOWN;
    return VFG_OVMF_FRACTION;
}

VfgOvmfRule
vfg_ovmf_image_recognise(const guint8 *image, gsize len)
{
    Span packed = {0}, file = {0};
    if (len > VFG_OVMF_IMAGE_MAX || !find_section((Span){image, len}, &packed))
        return VFG_OVMF_UNKNOWN;
    g_autofree guint8 *bytes = g_malloc(UNPACKED_MAX);
    Span unpacked = {bytes, unpack(packed, bytes, UNPACKED_MAX)};
    return find_platform_pei(unpacked, &file) ? rule_of(file) : VFG_OVMF_UNKNOWN;
}
