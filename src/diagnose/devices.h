/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a log tells of the devices it names: which slots hold a GPU, which something else, and which
 * buses are behind a bridge. Bounded; what is beyond the bounds is unknown. */

#pragma once

#include "matcher.h"

typedef struct VfgDevices VfgDevices;

/* Whose trouble a line is. */
typedef enum {
    VFG_OWNER_GPU,
    VFG_OWNER_OTHER,
    VFG_OWNER_UNKNOWN, /* nobody can tell from this log */
} VfgOwner;

VfgDevices *vfg_devices_new(void);
void vfg_devices_free(VfgDevices *devices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgDevices, vfg_devices_free)

/* A function that is passed through. Once there is one, "vfio-pci" alone says no longer that the
 * line is about the user's GPU. */
void vfg_devices_add_own(VfgDevices *devices, VfgPciAddress address);

/* Learns from a match of any kind. */
void vfg_devices_learn(VfgDevices *devices, const VfgMatch *match);

/* Whose trouble an error is, as far as the log has been read. `driver` is the one that the line
 * names for the device ("" for none); `address` may be NULL. */
VfgOwner vfg_devices_owner(const VfgDevices *devices, const VfgErrorEntry *entry,
                           const char *driver, const VfgPciAddress *address);
