/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for what keeps a GPU with vfio-pci over reboots: files of udev, modprobe and of what
 * makes the initramfs. Always by address, and only while the card there is of the same model; never
 * vfio-pci.ids, which takes every card of a model. */

#pragma once

#include "plan.h"
#include "prior-state.h"

#include "host.h"

/* What makes the host's initramfs. */
typedef enum {
    VFG_INITRAMFS_NONE, /* nothing that is known */
    VFG_INITRAMFS_TOOLS,
    VFG_INITRAMFS_DRACUT,
    VFG_INITRAMFS_MKINITCPIO,
} VfgInitramfs;

/* The program that makes it anew: "update-initramfs"; NULL for none. */
const char *vfg_initramfs_program(VfgInitramfs initramfs);

/* The files for the functions of `priors`, the GPU's and those of peers that go along, and the
 * making of the initramfs. With VFG_INITRAMFS_NONE there is a note instead of the latter.
 * `modules` (of char *) are those of the host's drivers. */
VfgPlan *vfg_plan_persist(const VfgHost *host, const char *gpu, const GPtrArray *priors,
                          const GPtrArray *modules, VfgInitramfs initramfs);

/* The exact inverse of the steps that were taken (of VfgStep, of kind VFG_STEP_WRITE_FILE). */
VfgPlan *vfg_plan_unpersist(const char *gpu, const GPtrArray *written, VfgInitramfs initramfs);
