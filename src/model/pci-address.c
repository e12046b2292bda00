/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A PCI address. */

#include "pci-address.h"

#include "error.h"
#include "parse.h"

#include <string.h>

gboolean
vfg_pci_address_parse(const char *text, VfgPciAddress *ret, GError **error)
{
    const char *at = text;
    const char *colon = strchr(text, ':');
    gboolean full = colon && strchr(colon + 1, ':');
    guint64 pci_domain = 0, bus = 0, device = 0, function = 0;
    if ((full && !vfg_parse_take_hex(&at, 4, 8, ':', &pci_domain)) ||
        !vfg_parse_take_hex(&at, 2, 2, ':', &bus) || !vfg_parse_take_hex(&at, 2, 2, '.', &device) ||
        device > 0x1f || !vfg_parse_take_hex(&at, 1, 1, '\0', &function) || function > 7) {
        if (!error)
            return FALSE;
        g_autofree char *shown = g_strescape(text, NULL);
        vfg_error_set(error, VFG_ERROR_PARSE, "write it as 0000:82:00.0 or 82:00.0",
                      "'%.64s' is not a PCI address", shown);
        return FALSE;
    }
    *ret = (VfgPciAddress){(guint32)pci_domain, (guint8)bus, (guint8)device, (guint8)function};
    return TRUE;
}

const char *
vfg_pci_address_format(VfgPciAddress address, char buffer[VFG_PCI_ADDRESS_SIZE])
{
    g_snprintf(buffer, VFG_PCI_ADDRESS_SIZE, "%04x:%02x:%02x.%x", address.pci_domain, address.bus,
               address.device, address.function);
    return buffer;
}

char *
vfg_pci_address_dup(VfgPciAddress address)
{
    char buffer[VFG_PCI_ADDRESS_SIZE];
    return g_strdup(vfg_pci_address_format(address, buffer));
}

static guint64
sort_key(VfgPciAddress a)
{
    return (guint64)a.pci_domain << 16 | (guint64)a.bus << 8 | (guint64)a.device << 3 | a.function;
}

int
vfg_pci_address_compare(VfgPciAddress a, VfgPciAddress b)
{
    guint64 left = sort_key(a), right = sort_key(b);
    return left < right ? -1 : left > right;
}

gboolean
vfg_pci_address_same_slot(VfgPciAddress a, VfgPciAddress b)
{
    return sort_key(a) >> 3 == sort_key(b) >> 3;
}
