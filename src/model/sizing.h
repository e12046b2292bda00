/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How much address space a VM's GPUs need in the guest, and whether it can be had. Made by
 * src/decide/sizing. All sizes are bytes unless named otherwise. */

#pragma once

#include <glib.h>

/* The rule by which a build of OVMF sizes its 64-bit window (edk2,
 * OvmfPkg/Library/PlatformInitLib/MemDetect.c). src/probe/ovmf-image reads it off an image. */
typedef enum {
    VFG_OVMF_UNKNOWN,
    VFG_OVMF_FIXED,    /* before edk2-stable202211: 32 GiB (PcdPciMmio64Size) */
    VFG_OVMF_FRACTION, /* one of the next two: which is not known */
    VFG_OVMF_EIGHTH,   /* since: 1/8 of the guest's address space, where its CPU is believed */
    VFG_OVMF_QUARTER,  /* edk2 pull request 12997 (merged August 2026): 1/4 */
} VfgOvmfRule;

/* What could not be found out; bits of VfgSizing.unknowns. */
typedef enum {
    VFG_SIZING_NO_BARS = 1 << 0,     /* a GPU's BARs */
    VFG_SIZING_NO_BITS = 1 << 1,     /* the host CPU's physical address bits */
    VFG_SIZING_NO_FIRMWARE = 1 << 2, /* which rule this build of the firmware has */
    VFG_SIZING_NO_RULE = 1 << 3,     /* how a guest of this architecture places BARs */
} VfgSizingUnknown;

typedef struct {
    guint64 needs32;     /* below 4 GiB, behind the GPUs' root ports */
    guint64 needs64;     /* above, with alignment, from an aligned start */
    guint64 alignment;   /* of needs64: the largest 64-bit BAR; 0: none */
    guint guest_bits;    /* physical address bits of the guest's CPUs; 0: unknown */
    guint64 window_min;  /* the 64-bit window that the firmware offers untold, in the least generous
                            build that it may be; that of QEMU's machine on aarch64 */
    guint64 window_max;  /* … in the most generous one; the same where it is known */
    guint64 hole_size;   /* for QEMU's pci-hole64-size; 0: its default does */
    guint64 fw_cfg_mib;  /* MiB for opt/ovmf/X-PciMmio64Mb; 0: not needed */
    gboolean fits;       /* everything can have an address; TRUE where that is unknown */
    gboolean impossible; /* for certain: the BARs alone are more than the guest has addresses */
    gboolean needs_realloc; /* but not from the firmware: the guest's kernel needs pci=realloc */
    guint unknowns;         /* of VfgSizingUnknown */
} VfgSizing;
