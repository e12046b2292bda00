/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning as a whole: from what the agent knows, what the site has configured and what is
 * asked for, to a plan. */

#pragma once

#include "plan.h"

/* Another system than the one that runs this; all may be NULL. */
typedef struct {
    const char *os_release; /* the text of an os-release file */
    const char *arch;
    const char *kernel;
    const char *const *gpus; /* "10de:1e37", NULL-terminated: they are taken to be there */
    gboolean live;           /* the root is this machine's own */
} VfgProvisionTarget;

/* Fills what the request leaves open from the group [provision] of /etc/vfiogpu/agent.conf below
 * `root` (docs/PROVISION.md); no such file is fine. Unknown keys are errors. */
gboolean vfg_provision_configure(VfgProvisionRequest *request, VfgRoot *root,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The plan for the system below `root`. Errors as of vfg_recipes_find and
 * vfg_provision_plan_make. */
VfgProvisionPlan *vfg_provision_prepare(const VfgProvisionRequest *request,
                                        const VfgProvisionTarget *target, VfgRoot *root,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
