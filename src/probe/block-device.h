/* SPDX-License-Identifier: GPL-2.0-or-later */

/* From a mounted filesystem, a device file or a file down to the disks that carry it, and to the
 * PCI functions of those: through partitions, device-mapper, md, bcache, loop files, zram's backing
 * device, NVMe multipath, and the members of btrfs and bcachefs. Storage that comes over a network
 * (NFS, iSCSI, NVMe over fabrics, nbd) is not followed to its interface. */

#pragma once

#include "mount.h"
#include "pci-address.h"
#include "root.h"

/* A disk, or one path to it, that belongs to a PCI function. */
typedef struct {
    VfgPciAddress function;
    char *device; /* "nvme0n1", of a path of multipath: the controller, "nvme1" */
} VfgDisk;

typedef struct {
    GPtrArray *disks;    /* of VfgDisk, each function once */
    gboolean is_storage; /* FALSE: it has no block device at all, such as tmpfs */
    gboolean incomplete; /* there is a disk, or a part of them, that could not be found */
} VfgStack;

void vfg_stack_free(VfgStack *stack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgStack, vfg_stack_free)

/* What the ways down share. `root` and `mounts` (of VfgMount, where files lie) must outlive it. */
typedef struct VfgTracer VfgTracer;

VfgTracer *vfg_tracer_new(VfgRoot *root, GPtrArray *mounts);
void vfg_tracer_free(VfgTracer *tracer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgTracer, vfg_tracer_free)

/* What carries a mounted filesystem; never NULL. */
VfgStack *vfg_tracer_follow_mount(VfgTracer *tracer,
                                  const VfgMount *mount) G_GNUC_WARN_UNUSED_RESULT;

/* What carries a block device given by its file, "/dev/dm-1", or a file of a filesystem. */
VfgStack *vfg_tracer_follow_path(VfgTracer *tracer, const char *path) G_GNUC_WARN_UNUSED_RESULT;
