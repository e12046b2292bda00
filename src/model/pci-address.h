/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A PCI address, written DDDD:BB:DD.F. */

#pragma once

#include <glib.h>

typedef struct {
    guint32 pci_domain; /* 0000 nearly everywhere; Intel VMD starts at 10000 */
    guint8 bus;
    guint8 device;   /* 0–31: the slot */
    guint8 function; /* 0–7 */
} VfgPciAddress;

/* Room for the longest address with its NUL. */
#define VFG_PCI_ADDRESS_SIZE 20

/* Parses "0000:82:00.0" or, in domain 0000, "82:00.0". Nothing else may stand in `text`. */
gboolean vfg_pci_address_parse(const char *text, VfgPciAddress *ret,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes the full form into `buffer` and gives it back. */
const char *vfg_pci_address_format(VfgPciAddress address, char buffer[VFG_PCI_ADDRESS_SIZE]);

/* The full form as a new string; the caller frees it. */
char *vfg_pci_address_dup(VfgPciAddress address);

/* Order: domain, bus, device, function; below, at or above 0. */
int vfg_pci_address_compare(VfgPciAddress a, VfgPciAddress b);

/* Whether both are functions of one slot. */
gboolean vfg_pci_address_same_slot(VfgPciAddress a, VfgPciAddress b);
