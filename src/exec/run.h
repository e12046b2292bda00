/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a plan: for each step its precondition, the intent in the journal, the act, the
 * verification, the outcome. A step that fails has the steps before it undone, so that the host is
 * as it was. */

#pragma once

#include "journal.h"
#include "plan.h"
#include "root.h"

/* Does the steps that are not sysfs's (libvirt, disks, the agent); given by src/app. `step` is one
 * of those kinds. */
typedef gboolean (*VfgRunOther)(const VfgStep *step, gpointer data, GError **error);

/* Called before each step: its place (from 0) among n. */
typedef void (*VfgRunProgress)(guint at, guint n, const VfgStep *step, gpointer data);

typedef struct {
    VfgRoot *root;
    GHashTable *journals; /* PCI address of a function → VfgJournal of its GPU; not owned */
    guint timeout;        /* seconds for one act on the kernel */
    VfgRunOther other;
    VfgRunProgress progress; /* may be NULL */
    gpointer data;
} VfgRun;

/* Runs the plan. On failure what was done is undone; where that fails too, the code is
 * VFG_ERROR_RECOVER and the message names both failures. Where a driver hangs, nothing more is
 * touched and the code is VFG_ERROR_RECOVER as well. */
gboolean vfg_run_plan(const VfgRun *run, const VfgPlan *plan,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs the plan without undoing: for plans that restore. Goes on after a failed step with the other
 * functions' and reports the first failure. */
gboolean vfg_run_restore(const VfgRun *run, const VfgPlan *plan,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
