/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A virtual PCI function: its regions with their memory, config space, interrupts and resets, and
 * the faults it was given. Nothing here knows of messages. The numbers of regions and interrupt
 * kinds are those of linux/vfio.h for PCI. */

#pragma once

#include "fault.h"
#include "profile.h"

#define VFG_VGPU_N_REGIONS 9
#define VFG_VGPU_CONFIG_REGION 7
#define VFG_VGPU_N_IRQS 5

typedef struct VfgVgpuDevice VfgVgpuDevice;

typedef struct {
    gboolean readable; /* and writable */
    guint64 size;      /* 0: no such region */
    int fd; /* for the client to map all of the region, owned by the device; -1: not to be mapped */
} VfgVgpuRegionInfo;

typedef struct {
    guint count;       /* 0: no such interrupts */
    gboolean maskable; /* a level interrupt, which masks itself when it fires */
} VfgVgpuIrqInfo;

/* The function `number` of the profile; neither profile nor faults are kept beyond the device by
 * reference to the caller's freeing: both must outlive it. Fails if the function isn't there or its
 * memory can't be made. */
VfgVgpuDevice *vfg_vgpu_device_new(const VfgVgpuProfile *profile, guint number,
                                   const VfgVgpuFaults *faults,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tells the device that a client is there from now on: faults that come after a time count from
 * here. */
void vfg_vgpu_device_connect(VfgVgpuDevice *device);

/* FALSE and EINVAL for an index that no PCI device has. */
gboolean vfg_vgpu_device_region(const VfgVgpuDevice *device, guint index, VfgVgpuRegionInfo *ret,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_vgpu_device_irq(const VfgVgpuDevice *device, guint index, VfgVgpuIrqInfo *ret,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the device has the interrupts `start` to `start + count - 1` of a kind. It never raises
 * one, so there is nothing to set. */
gboolean vfg_vgpu_device_check_irqs(const VfgVgpuDevice *device, guint index, guint start,
                                    guint count, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads or writes `count` bytes of a region. EINVAL for what is not all within the region, EIO for
 * a BAR with a fault. */
gboolean vfg_vgpu_device_read(VfgVgpuDevice *device, guint region, guint64 offset, guint8 *data,
                              guint count, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_vgpu_device_write(VfgVgpuDevice *device, guint region, guint64 offset,
                               const guint8 *data, guint count,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Everything as at the start, memory included. FALSE if the reset hangs, so that no answer is due.
 */
gboolean vfg_vgpu_device_reset(VfgVgpuDevice *device) G_GNUC_WARN_UNUSED_RESULT;

void vfg_vgpu_device_free(VfgVgpuDevice *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVgpuDevice, vfg_vgpu_device_free)
