/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Handing one GPU to vfio-pci and back, and settling what a crash left. */

#pragma once

#include "app.h"
#include "plan.h"

typedef struct {
    gboolean force_boot_display; /* consent to lose the host's screen */
    gboolean dry_run;            /* make the plan, run nothing */
} VfgBindOptions;

/* Each gives the plan that was run (or would be, on a dry run); one without steps means that
 * nothing was to do. */
VfgPlan *vfg_app_bind(VfgApp *app, const char *selector, const VfgBindOptions *options,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
VfgPlan *vfg_app_unbind(VfgApp *app, const char *selector, const VfgBindOptions *options,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives back every GPU whose handing over was cut off, and those of VMs that are off (give-back.h),
 * and removes journals that a reboot made void. `settled` (of char *, owned by the caller who made
 * it with a free function) gets a line for each GPU that something was done about. Running it again
 * does nothing. */
gboolean vfg_app_recover(VfgApp *app, GPtrArray *settled, GError **error) G_GNUC_WARN_UNUSED_RESULT;
