/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which files below a root hold the kernel's arguments, and what has to run for a change to reach
 * the boot loader. Looks only. docs/KERNEL-ARGS.md has the list and its sources. */

#pragma once

#include "kernel-text.h"
#include "root.h"

/* One file to change. Files of one group are read one after the other by one shell, which is what
 * the group's variables are to it; the last that assigns is changed. */
typedef struct {
    char *path; /* from the root */
    VfgKernelFormat format;
    const char *const *variables; /* of a shell file */
    guint group;                  /* 0: stands alone */
} VfgKernelFile;

typedef struct {
    GPtrArray *files;    /* of VfgKernelFile, in the order in which they are read */
    GPtrArray *commands; /* of char *: to run after a change, one shell command each */
} VfgKernelLoaders;

/* What is below `root`. VFG_ERROR_REFUSED for zipl, VFG_ERROR_NOT_FOUND where no boot loader is
 * known. */
VfgKernelLoaders *vfg_kernel_loaders_find(VfgRoot *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_kernel_loaders_free(VfgKernelLoaders *loaders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKernelLoaders, vfg_kernel_loaders_free)
