/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a PCI function's config space says about it. */

#include "pci-caps.h"

#include "error.h"

/* Offsets in the header (7.5.1). */
#define VENDOR 0x00
#define STATUS 0x06
#define STATUS_CAPABILITIES 0x10
#define CLASS 0x0a
#define CLASS_HOST_BRIDGE 0x0600
#define HEADER_TYPE 0x0e
#define HEADER_LAYOUT 0x7f
#define HEADER_CARDBUS 2
#define CAPABILITIES 0x34
#define CAPABILITIES_CARDBUS 0x14 /* PC Card Standard, volume 7 */
#define INTERRUPT_PIN 0x3d

/* Capability ids (PCI Code and ID Assignment Specification 1.15, sections 2 and 3). */
#define CAP_PM 0x01
#define CAP_MSI 0x05
#define CAP_PCIE 0x10
#define CAP_MSIX 0x11
#define CAP_AF 0x13
#define EXTENDED_CAP_ACS 0x000d
#define EXTENDED_CAP_SRIOV 0x0010
#define EXTENDED_CAP_RESIZABLE 0x0015

#define DEVCAP_FLR (1u << 28)
#define AF_TP 0x01
#define AF_FLR 0x02
#define PMCSR_NO_SOFT_RESET 0x08

#define RESIZABLE_SIZE_MAX 43 /* 8 EiB */

/* Bytes of known length, read without running over the end. */
typedef struct {
    const guint8 *bytes;
    gsize len;
} Space;

static gboolean
holds(const Space *space, gsize offset, gsize count)
{
    return offset <= space->len && count <= space->len - offset;
}

/* Beyond the end reads as 0; who must tell the difference asks `holds` first. */
static guint
get_byte(const Space *space, gsize offset)
{
    return holds(space, offset, 1) ? space->bytes[offset] : 0;
}

static guint
get_word(const Space *space, gsize offset)
{
    return get_byte(space, offset) | get_byte(space, offset + 1) << 8;
}

static guint32
get_long(const Space *space, gsize offset)
{
    return get_word(space, offset) | (guint32)get_word(space, offset + 2) << 16;
}

/* How long a standard capability is, as far as it is read here. */
static gsize
cap_length(guint id)
{
    switch (id) {
    case CAP_PM:
    case CAP_PCIE:
        return 8;
    case CAP_MSIX:
    case CAP_AF:
        return 4;
    default:
        return 2;
    }
}

static void
read_cap(const Space *space, gsize at, VfgPciCaps *caps)
{
    switch (get_byte(space, at)) {
    case CAP_PM:
        caps->pm = TRUE;
        caps->no_soft_reset = (get_word(space, at + 4) & PMCSR_NO_SOFT_RESET) != 0;
        break;
    case CAP_MSI:
        caps->msi = TRUE;
        break;
    case CAP_PCIE:
        caps->pcie_type = (int)(get_word(space, at + 2) >> 4 & 0xf);
        caps->flr |= (get_long(space, at + 4) & DEVCAP_FLR) != 0;
        break;
    case CAP_MSIX:
        caps->msix = TRUE;
        caps->msix_vectors = (get_word(space, at + 2) & 0x7ff) + 1;
        break;
    case CAP_AF:
        caps->flr |= (get_byte(space, at + 3) & (AF_TP | AF_FLR)) == (AF_TP | AF_FLR);
        break;
    }
}

/* A list left the space: where the space is whole, the pointer was bad; else what is there isn't
 * known. Gives whether the list counts as known. */
static gboolean
leave_space(const Space *space, gsize whole, VfgPciCaps *caps)
{
    caps->damaged |= space->len >= whole;
    return space->len >= whole;
}

/* The list of standard capabilities from `at` (7.5.1.1.11), of which the first of a kind counts. An
 * id of ff ends it as in Linux' __pci_find_next_cap_ttl(). Gives whether the whole list is known.
 */
static gboolean
walk_standard(const Space *space, gsize at, VfgPciCaps *caps)
{
    gboolean seen[VFG_PCI_CONFIG_STANDARD] = {FALSE}, found[256] = {FALSE};
    while (at) {
        if (at < VFG_PCI_CONFIG_HEADER || seen[at]) {
            caps->damaged = TRUE;
            break;
        }
        guint id = get_byte(space, at);
        if (!holds(space, at, 2) || !holds(space, at, cap_length(id)))
            return leave_space(space, VFG_PCI_CONFIG_STANDARD, caps);
        if (id == 0xff)
            break;
        if (!found[id])
            read_cap(space, at, caps);
        seen[at] = found[id] = TRUE;
        at = get_byte(space, at + 1) & ~3u;
    }
    return TRUE;
}

static gboolean
read_standard(const Space *all, VfgPciCaps *caps)
{
    Space space = {all->bytes, MIN(all->len, VFG_PCI_CONFIG_STANDARD)};
    gboolean cardbus = (get_byte(&space, HEADER_TYPE) & HEADER_LAYOUT) == HEADER_CARDBUS;
    if (!(get_word(&space, STATUS) & STATUS_CAPABILITIES))
        return TRUE;
    gsize at = get_byte(&space, cardbus ? CAPABILITIES_CARDBUS : CAPABILITIES) & ~3u;
    return walk_standard(&space, at, caps);
}

/* Sizes of 1 MiB to 128 TiB are in the capability register, larger ones in the control register
 * (7.8.6.2, 7.8.6.3). */
static gboolean
read_resizable(const Space *space, gsize at, VfgPciCaps *caps)
{
    if (!holds(space, at + 8, 4))
        return FALSE;
    guint count = MIN(get_long(space, at + 8) >> 5 & 7, VFG_PCI_MAX_RESIZABLE);
    if (!holds(space, at + 4, (gsize)count * 8))
        return FALSE;
    caps->n_resizable = count;
    for (guint i = 0; i < count; i++) {
        guint32 capability = get_long(space, at + 4 + 8 * (gsize)i);
        guint32 control = get_long(space, at + 8 + 8 * (gsize)i);
        guint size = control >> 8 & 0x3f;
        caps->resizable[i] = (VfgPciResizable){
            .bar = control & 7,
            .sizes = capability >> 4 | (guint64)(control >> 16) << 28,
            .size = size <= RESIZABLE_SIZE_MAX ? G_GUINT64_CONSTANT(1) << (size + 20) : 0};
    }
    return TRUE;
}

static gboolean
read_acs(const Space *space, gsize at, VfgPciCaps *caps)
{
    if (!holds(space, at, 8))
        return FALSE;
    caps->acs = TRUE;
    caps->acs_capability = (guint16)get_word(space, at + 4);
    caps->acs_control = (guint16)get_word(space, at + 6);
    return TRUE;
}

static gboolean
read_sriov(const Space *space, gsize at, VfgPciCaps *caps)
{
    if (!holds(space, at, 0x10))
        return FALSE;
    caps->sriov = TRUE;
    caps->sriov_total_vfs = get_word(space, at + 0x0e);
    return TRUE;
}

/* The first of a kind counts. Gives whether the capability lay within the space. */
static gboolean
read_extended_cap(const Space *space, gsize at, VfgPciCaps *caps)
{
    switch (get_word(space, at)) {
    case EXTENDED_CAP_ACS:
        return caps->acs || read_acs(space, at, caps);
    case EXTENDED_CAP_SRIOV:
        return caps->sriov || read_sriov(space, at, caps);
    case EXTENDED_CAP_RESIZABLE:
        return caps->n_resizable > 0 || read_resizable(space, at, caps);
    default:
        return TRUE;
    }
}

/* The list of extended capabilities (7.6.3): the first one is at 100h, an empty header means that
 * there are none; all ones, that nothing answered. Gives whether the whole list is known. */
static gboolean
walk_extended(const Space *space, VfgPciCaps *caps)
{
    gboolean seen[VFG_PCI_CONFIG_EXTENDED] = {FALSE};
    gsize at = VFG_PCI_CONFIG_STANDARD;
    while (at) {
        if (at < VFG_PCI_CONFIG_STANDARD || seen[at]) {
            caps->damaged = TRUE;
            break;
        }
        if (!holds(space, at, 4))
            return leave_space(space, VFG_PCI_CONFIG_EXTENDED, caps);
        guint32 header = get_long(space, at);
        if (header == G_MAXUINT32)
            return FALSE;
        if (header == 0)
            break;
        if (!read_extended_cap(space, at, caps))
            return leave_space(space, VFG_PCI_CONFIG_EXTENDED, caps);
        seen[at] = TRUE;
        at = header >> 20 & ~3u;
    }
    return TRUE;
}

/* What only the device can say; the rest of the header may be an emulator's, where this machine is
 * itself a guest (QEMU hw/vfio/pci.c, emulated_config_bits). */
static gboolean
is_dead(const Space *space)
{
    return get_long(space, VENDOR) == G_MAXUINT32 && get_word(space, CLASS) == G_MAXUINT16 &&
           (get_byte(space, HEADER_TYPE) & HEADER_LAYOUT) == HEADER_LAYOUT;
}

gboolean
vfg_pci_caps_parse(const guint8 *config, gsize len, VfgPciCaps *ret, GError **error)
{
    Space space = {config, len};
    VfgPciCaps caps = {.pcie_type = VFG_PCIE_NONE};
    if (len < VFG_PCI_CONFIG_HEADER || len > VFG_PCI_CONFIG_EXTENDED) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                      "%" G_GSIZE_FORMAT " bytes of PCI config space, expected 64 to 4096", len);
        return FALSE;
    }
    caps.all_ones = is_dead(&space);
    if (!caps.all_ones) {
        caps.interrupt_pin = (guint8)get_byte(&space, INTERRUPT_PIN);
        caps.standard = read_standard(&space, &caps);
        if (len > VFG_PCI_CONFIG_STANDARD)
            caps.extended = walk_extended(&space, &caps);
        else if (caps.standard && caps.pcie_type == VFG_PCIE_NONE)
            caps.extended = get_word(&space, CLASS) != CLASS_HOST_BRIDGE;
    }
    *ret = caps;
    return TRUE;
}
