/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Addresses that an IOMMU group keeps for itself. */

#pragma once

#include <glib.h>

typedef struct {
    guint64 start, end; /* both inclusive */
    char *type; /* "direct" and "direct-relaxable" (RMRR of Intel, unity maps of AMD: the firmware
                   wants the device to reach that memory), "reserved", "msi" */
} VfgIommuRegion;

void vfg_iommu_region_free(VfgIommuRegion *region);

/* Reads a group's `reserved_regions`: lines "start end type"
 * (Documentation/ABI/testing/sysfs-kernel-iommu_groups; types in iommu_group_resv_type_string[] of
 * drivers/iommu/iommu.c). Gives an array that owns its regions; or NULL with the error set, where a
 * line can't be read. */
GPtrArray *vfg_iommu_regions_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
