/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A plan of provisioning as text and as JSON: what the dry run prints. */

#pragma once

#include "step.h"

/* The commands in their order, as a shell would take them; files and keys that the agent writes
 * itself are named with what is in them. The caller frees it. */
char *vfg_provision_plan_text(const VfgProvisionPlan *plan);

/* The same as a JSON object (docs/JSON.md), with a line end. The caller frees it. */
char *vfg_provision_plan_json(const VfgProvisionPlan *plan);
