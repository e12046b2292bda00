/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The physical address space as /proc/iomem shows it, and what in it matters to GPUs: the windows
 * of the host bridges and the claims of boot framebuffers. */

#pragma once

#include <glib.h>

/* A line of /proc/iomem (kernel/resource.c, r_show()). */
typedef struct {
    guint depth;        /* 0: top level; a range lies in the nearest one above it of lower depth */
    guint64 start, end; /* both inclusive */
    char *name;
} VfgIomemRange;

/* A window of a host bridge: the addresses it passes on to its root bus. */
typedef struct {
    guint32 pci_domain;
    guint8 bus;         /* the root bus */
    guint64 start, end; /* both inclusive */
} VfgMmioWindow;

void vfg_iomem_range_free(VfgIomemRange *range);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgIomemRange, vfg_iomem_range_free)

/* The ranges, as VfgIomemRange, in the file's order; the caller owns the array. A line that is none
 * is an error, and so is a file in which every address is zero: what a reader without CAP_SYS_ADMIN
 * gets, so nothing is known. */
GPtrArray *vfg_iomem_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The windows of the host bridges, as VfgMmioWindow: ranges "PCI Bus DDDD:BB" that lie in no other
 * range of that kind and in no configuration space ("PCI ECAM", "PCI MMCONFIG"). The legacy VGA
 * range counts. The caller owns the array. */
GArray *vfg_iomem_find_windows(GPtrArray *ranges) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a window lies at or above 4 GiB: what "Above 4G decoding" gives. */
gboolean vfg_mmio_window_is_high(const VfgMmioWindow *window);

/* Whether a range is memory that a framebuffer of the firmware occupies: BOOTFB
 * (drivers/firmware/sysfb_simplefb.c), or claimed by efifb, vesafb, simplefb, simpledrm, efidrm,
 * vesadrm or a device simple-framebuffer.N and the like. */
gboolean vfg_iomem_range_is_framebuffer(const VfgIomemRange *range);
