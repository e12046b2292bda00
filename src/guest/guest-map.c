/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which GPU of the host the guest means. */

#include "guest-map.h"

static gboolean
is_same_model(const VfgPciFunction *a, const VfgPciFunction *b)
{
    return a->vendor == b->vendor && a->device == b->device && a->subvendor == b->subvendor &&
           a->subdevice == b->subdevice;
}

static const VfgPciFunction *
find_slot(const GPtrArray *seen, VfgPciAddress address)
{
    for (guint i = 0; seen && i < seen->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(seen, i);
        if (vfg_pci_address_same_slot(gpu->address, address))
            return gpu;
    }
    return NULL;
}

/* How many of its model stand before it in the guest. */
static guint
rank_of(const GPtrArray *seen, const VfgPciFunction *gpu)
{
    guint rank = 0;
    for (guint i = 0; i < seen->len; i++) {
        const VfgPciFunction *other = g_ptr_array_index(seen, i);
        rank +=
            is_same_model(other, gpu) && vfg_pci_address_compare(other->address, gpu->address) < 0;
    }
    return rank;
}

gboolean
vfg_guest_map(const GPtrArray *passed, const GPtrArray *seen, VfgPciAddress guest,
              VfgPciAddress *ret)
{
    const VfgPciFunction *gpu = find_slot(seen, guest);
    if (!gpu) {
        if (passed->len != 1)
            return FALSE;
        *ret = ((const VfgPciFunction *)g_ptr_array_index(passed, 0))->address;
        return TRUE;
    }
    guint rank = rank_of(seen, gpu);
    for (guint i = 0; i < passed->len; i++) {
        const VfgPciFunction *host = g_ptr_array_index(passed, i);
        if (is_same_model(host, gpu) && rank-- == 0) {
            *ret = host->address;
            return TRUE;
        }
    }
    return FALSE;
}
