/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a plan: for each step its precondition, the intent in the journal, the act, the
 * verification, the outcome. Steps that unbind and follow each other are done at the same time. A
 * step that fails has the steps before it undone, so that the host is as it was. */

#pragma once

#include "journal.h"
#include "plan.h"
#include "root.h"

/* Does the steps that are not sysfs's (libvirt, disks, the agent); given by src/app. `step` is one
 * of those kinds. VFG_ERROR_RECOVER says that what came of the step is not known: then nothing is
 * undone. */
typedef gboolean (*VfgRunOther)(const VfgStep *step, gpointer data, GError **error);

/* Called before each step: its place (from 0) among n. */
typedef void (*VfgRunProgress)(guint at, guint n, const VfgStep *step, gpointer data);

/* Called before steps (of const VfgStep, all of kind VFG_STEP_UNBIND): whether what the plan was
 * made from still holds. Not called for undoing and restoring. */
typedef gboolean (*VfgRunGuard)(const GPtrArray *steps, gpointer data, GError **error);

/* Whether the user wants it to end, with the error set; asked between steps, not while undoing or
 * restoring. */
typedef gboolean (*VfgRunInterrupted)(gpointer data, GError **error);

typedef struct {
    VfgRoot *root;
    GHashTable *journals; /* subject of a step → VfgJournal of its GPU; not owned */
    guint timeout;        /* seconds for one act on the kernel */
    VfgRunOther other;
    VfgRunProgress progress;       /* may be NULL */
    VfgRunGuard guard;             /* may be NULL */
    VfgRunInterrupted interrupted; /* may be NULL */
    gpointer data;
    GPtrArray *hung; /* of char *, may be NULL: gets the subjects of acts that did not return */
} VfgRun;

/* Runs the plan. On failure what was done is undone; where that fails too, the code is
 * VFG_ERROR_RECOVER and the message names both failures. Where a driver hangs, nothing more is
 * touched, the journal says so, and the code is VFG_ERROR_RECOVER as well. */
gboolean vfg_run_plan(const VfgRun *run, const VfgPlan *plan,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs the plan without undoing: for plans that restore. Goes on after a failed step with the other
 * functions' and reports the first failure. */
gboolean vfg_run_restore(const VfgRun *run, const VfgPlan *plan,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
