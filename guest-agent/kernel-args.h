/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel arguments of a system: all of its boot loaders' files are read and the change is made in
 * memory first; if one of them can't be changed, none is. */

#pragma once

#include "kernel-store.h"

/* What a change does to one file. */
typedef struct {
    char *path; /* from the root */
    GBytes *before, *after;
    gboolean elsewhere; /* holds $kernelopts: left alone, grubby changes it */
} VfgKernelArgsFile;

typedef struct {
    GPtrArray *files;    /* of VfgKernelArgsFile, also those that stay as they are */
    GPtrArray *commands; /* of char *: what must run for the change to count; none without one that
                            is new, or that did not get so far */
    GPtrArray *notes;    /* of char *: what the user should know */
    VfgKernelStore *store; /* of the root, with what is to be remembered */
    gboolean remove;
    gboolean changes; /* whether any file changes */
} VfgKernelArgsPlan;

/* What `vfg_kernel_args_apply` would do: `args` (NULL-terminated) added, or with `remove` taken
 * out, in the system at `root` ("/": this one). `force` as in vfg_kernel_edit_add; for a removal it
 * takes out also what was there before it was added. Changes nothing. */
VfgKernelArgsPlan *vfg_kernel_args_plan(const char *root, char **args, gboolean remove,
                                        gboolean force, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_kernel_args_plan_free(VfgKernelArgsPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKernelArgsPlan, vfg_kernel_args_plan_free)

/* Writes what the plan says: records first, then backups and files. Runs none of the commands. A
 * file that is no longer what the plan has seen is VFG_ERROR_FAILED. */
gboolean vfg_kernel_args_apply(VfgKernelArgsPlan *plan, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A line "PATH: arguments" for each command line found, as an array of char *. */
GPtrArray *vfg_kernel_args_show(const char *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
