/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Addresses that an IOMMU group keeps for itself. */

#include "iommu-region.h"

#include "error.h"
#include "parse.h"

void
vfg_iommu_region_free(VfgIommuRegion *region)
{
    if (!region)
        return;
    g_free(region->type);
    g_free(region);
}

static VfgIommuRegion *
parse_line(const char *line, GError **error)
{
    guint64 start = 0, end = 0;
    g_auto(GStrv) words = g_strsplit(line, " ", 4);
    if (g_strv_length(words) != 3 || !*words[2]) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "expected 'start end type'");
        return NULL;
    }
    if (!vfg_parse_uint(words[0], 16, G_MAXUINT64, &start, error) ||
        !vfg_parse_uint(words[1], 16, G_MAXUINT64, &end, error))
        return NULL;
    VfgIommuRegion *region = g_new0(VfgIommuRegion, 1);
    *region = (VfgIommuRegion){.start = start, .end = end, .type = g_strdup(words[2])};
    return region;
}

GPtrArray *
vfg_iommu_regions_parse(const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) regions =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_iommu_region_free);
    for (guint i = 0; lines[i] && *lines[i]; i++) {
        VfgIommuRegion *region = parse_line(lines[i], error);
        if (!region) {
            g_prefix_error(error, "line %u: ", i + 1);
            return NULL;
        }
        g_ptr_array_add(regions, region);
    }
    return g_steal_pointer(&regions);
}
