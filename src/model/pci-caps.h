/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a PCI function's config space says about it: capabilities, as bytes in, values out.
 *
 * Sections are those of the PCI Express Base Specification 6.0 where nothing else is named; the
 * numbers of ids and bits are in Linux' include/uapi/linux/pci_regs.h too. */

#pragma once

#include <glib.h>

#define VFG_PCI_CONFIG_HEADER                                          \
    64 /* what an unprivileged user reads: pci_read_config() in Linux' \
          drivers/pci/pci-sysfs.c (128 of a CardBus bridge) */
#define VFG_PCI_CONFIG_STANDARD 256
#define VFG_PCI_CONFIG_EXTENDED 4096

#define VFG_PCI_MAX_RESIZABLE 6

/* Device/port types (7.5.3.2, PCI Express Capabilities Register). */
typedef enum {
    VFG_PCIE_NONE = -1, /* no PCI Express capability, or not known */
    VFG_PCIE_ENDPOINT = 0x0,
    VFG_PCIE_LEGACY_ENDPOINT = 0x1,
    VFG_PCIE_ROOT_PORT = 0x4,
    VFG_PCIE_UPSTREAM = 0x5,
    VFG_PCIE_DOWNSTREAM = 0x6,
    VFG_PCIE_TO_PCI_BRIDGE = 0x7,
    VFG_PCIE_FROM_PCI_BRIDGE = 0x8,
    VFG_PCIE_INTEGRATED_ENDPOINT = 0x9,
    VFG_PCIE_EVENT_COLLECTOR = 0xa,
} VfgPcieType;

/* Bits of the ACS capability and control words (7.7.11.2, 7.7.11.3). */
#define VFG_PCI_ACS_SOURCE_VALIDATION 0x01
#define VFG_PCI_ACS_TRANSLATION_BLOCKING 0x02
#define VFG_PCI_ACS_REQUEST_REDIRECT 0x04
#define VFG_PCI_ACS_COMPLETION_REDIRECT 0x08
#define VFG_PCI_ACS_UPSTREAM_FORWARDING 0x10
#define VFG_PCI_ACS_EGRESS_CONTROL 0x20
#define VFG_PCI_ACS_DIRECT_TRANSLATED 0x40

/* A BAR that can be resized (7.8.6). */
typedef struct {
    guint bar;     /* 0–5 */
    guint64 sizes; /* bit n: 2^(n+20) bytes is possible (7.8.6.2, and 7.8.6.3 above 128 TiB) */
    guint64 size;  /* bytes now; 0 where the register holds no valid size (7.8.6.3) */
} VfgPciResizable;

typedef struct {
    /* Ids, class and header type are ones: nothing answers, the device is off the bus or hangs
     * (2.3.2, a read that is not completed gives all ones). All else is unknown then. A virtual
     * function's ids alone read ffff (9.3.4.1), which is no death. */
    gboolean all_ones;
    /* The standard capabilities are known: the whole list lay within what could be read. Without
     * it, those not found are unknown, never absent. */
    gboolean standard;
    /* The extended capabilities are known: the extended space was read, or there is none because
     * the function isn't PCI Express (7.2). Without it, those not found are unknown. */
    gboolean extended;
    /* A list of capabilities had a loop or a pointer that can't be; what came before it counts. */
    gboolean damaged;

    guint8 interrupt_pin; /* 0: none, 1–4: INTA–INTD, above: can't be (7.5.1.1.13) */
    int pcie_type;        /* a VfgPcieType */
    gboolean flr; /* function level reset: Device Capabilities bit 28 (7.5.3.3), or the Advanced
                     Features capability with TP and FLR (PCI ECN "Advanced Capabilities for
                     Conventional PCI", 2006) */
    gboolean pm;  /* Power Management capability (7.5.2) */
    gboolean no_soft_reset; /* going from D3hot to D0 resets nothing (7.5.2.2, bit 3) */
    gboolean msi;           /* 7.7.1 */
    gboolean msix;          /* 7.7.2 */
    guint msix_vectors;     /* table size, 1–2048 (7.7.2.2) */

    guint n_resizable;
    VfgPciResizable resizable[VFG_PCI_MAX_RESIZABLE];
    gboolean sriov;         /* 9.3.3 */
    guint sriov_total_vfs;  /* TotalVFs (9.3.3.6) */
    gboolean acs;           /* 7.7.11 */
    guint16 acs_capability; /* VFG_PCI_ACS_ bits that the function has */
    guint16 acs_control;    /* VFG_PCI_ACS_ bits that are on */
} VfgPciCaps;

/* Reads `len` bytes of config space, 64 to 4096. A space that was cut off is no error: what it
 * would have said is unknown (`standard`, `extended`). Fails below 64 bytes and above 4096. */
gboolean vfg_pci_caps_parse(const guint8 *config, gsize len, VfgPciCaps *ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
