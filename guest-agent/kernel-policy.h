/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When a kernel argument is wanted, and whether it helped. */

#pragma once

#include "root.h"

typedef enum {
    VFG_KERNEL_ARG_ALWAYS,
    VFG_KERNEL_ARG_AUTO, /* where a BAR of a GPU has no address */
    VFG_KERNEL_ARG_NEVER,
} VfgKernelArgPolicy;

/* "always", "auto" or "never", as in a VM definition. */
gboolean vfg_kernel_arg_policy_parse(const char *text, VfgKernelArgPolicy *ret,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the policy wants its argument in the system whose facts are read through `root`. */
gboolean vfg_kernel_arg_wanted(VfgKernelArgPolicy policy, VfgRoot *root);

/* The BARs of GPUs that have no address, each as "0000:06:00.0 BAR 1 (16 GiB)"; none: an empty
 * array of char *. */
GPtrArray *vfg_kernel_unassigned_bars(VfgRoot *root);

typedef enum {
    VFG_KERNEL_ARG_HELPED,    /* in /proc/cmdline, and all BARs have an address */
    VFG_KERNEL_ARG_NOT_THERE, /* not in /proc/cmdline: no reboot yet, or another boot loader */
    VFG_KERNEL_ARG_NO_HELP,   /* there, but a BAR has still no address */
} VfgKernelArgResult;

/* What came of an argument after a reboot; *report (not NULL) gets a sentence with what would help,
 * or NULL where it helped. The caller frees it. */
VfgKernelArgResult vfg_kernel_arg_verify(VfgRoot *root, const char *arg, char **report);
