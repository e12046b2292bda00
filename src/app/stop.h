/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stopping a VM: the guest powers off, then its GPUs get their original drivers back. */

#pragma once

#include "app.h"
#include "plan.h"

#define VFG_STOP_TIMEOUT 90 /* s that a guest has to power off, unless the user says otherwise */

typedef struct {
    guint timeout;  /* s; 0: VFG_STOP_TIMEOUT */
    gboolean force; /* pull the plug */
    gboolean dry_run;
} VfgStopOptions;

/* The plan that was run, or would be. One without steps means that the VM was off and had nothing.
 */
VfgPlan *vfg_app_stop(VfgApp *app, const char *name, const VfgStopOptions *options,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
