/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Handing one GPU to vfio-pci and back. */

#pragma once

#include "app.h"
#include "consent.h"
#include "plan.h"

typedef struct {
    VfgConsent consent;
    guint timeout;       /* s for one act on the kernel; 0: VFG_ACT_TIMEOUT */
    gboolean persistent; /* over reboots as well */
    gboolean dry_run;    /* make the plan, run nothing */
} VfgBindOptions;

/* Each gives the plan that was run (or would be, on a dry run); one without steps means that
 * nothing was to do. */
VfgPlan *vfg_app_bind(VfgApp *app, const char *selector, const VfgBindOptions *options,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
VfgPlan *vfg_app_unbind(VfgApp *app, const char *selector, const VfgBindOptions *options,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The files that `bind --persistent` wrote for a GPU, of char *; the caller owns the array. None
 * for a snapshot. */
GPtrArray *vfg_app_bind_files(const VfgApp *app, const char *gpu);
