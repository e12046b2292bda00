/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host itself uses its PCI functions for: mounted filesystems, swap, the default route,
 * and the processes that hold a GPU open. */

#pragma once

#include "pci-address.h"

typedef enum {
    VFG_USAGE_MOUNT,
    VFG_USAGE_SWAP,
    VFG_USAGE_DEFAULT_ROUTE,
} VfgUsageKind;

/* One use of one function. A filesystem on two disks makes two of them. */
typedef struct {
    VfgUsageKind kind;
    gboolean known; /* FALSE: something is used, but the function behind it could not be found */
    VfgPciAddress function; /* where known */
    char *what;             /* the mount point, swap file or partition, or interface */
    char *device; /* the kernel's name of what belongs to the function: "nvme0n1", "eth0"; where not
                     known, of what was traced last: a pool, a mapped device, a tunnel */
} VfgUsage;

/* A process that has a GPU's device file open. */
typedef struct {
    int pid;
    char *command;          /* the name of its main thread (proc_pid_comm(5)); NULL: unknown */
    gint64 uid;             /* effective user id, -1: unknown */
    char *device;           /* "/dev/nvidia0", "/dev/dri/card1", "/dev/vfio/12" */
    gboolean has_function;  /* whether the file stands for one function, and which is known */
    VfgPciAddress function; /* where has_function */
} VfgHolder;

/* A use of `function`, or of one that is not known where it is NULL. The texts are copied. */
VfgUsage *vfg_usage_new(VfgUsageKind kind, const VfgPciAddress *function, const char *what,
                        const char *device);
void vfg_usage_free(VfgUsage *usage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgUsage, vfg_usage_free)

/* A holder of which only the process and the file are known; `device` is copied. */
VfgHolder *vfg_holder_new(int pid, const char *device);
void vfg_holder_free(VfgHolder *holder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgHolder, vfg_holder_free)
