/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Starting a VM: check, bind its GPUs, define, boot, wait; one transaction. */

#pragma once

#include "app.h"
#include "consent.h"
#include "plan.h"

typedef struct {
    VfgWait wait;
    guint timeout; /* s to wait for the agent; 0: chosen from the accelerator and the size of the
                      BARs */
    gboolean dry_run;
    VfgConsent consent; /* `allowed` is for `bind`: its GPU stays handed over for the VM */
} VfgStartOptions;

/* The plan that was run, or would be on a dry run. On failure everything is given back. */
VfgPlan *vfg_app_start(VfgApp *app, const char *name, const VfgStartOptions *options,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
