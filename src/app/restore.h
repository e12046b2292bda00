/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans from journals: giving back and recovering make the same. */

#pragma once

#include "app.h"
#include "journal.h"
#include "plan.h"

/* The plan that gives back what a journal remembers. What can't be restored is a note of the plan:
 * a function that is gone, or whose original driver is not loaded, which it then gets no step for
 * but will be taken by when that is loaded. VFG_ERROR_RECOVER where a driver still hangs in one of
 * the functions; it names the task. */
VfgPlan *vfg_app_plan_restore(const VfgApp *app, const VfgHost *host, const VfgJournalState *state,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
