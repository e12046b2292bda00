/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Carries out a plan of provisioning: step by step, each looked at before and verified behind, each
 * change of the state on disk before the next act. */

#pragma once

#include "packager.h"
#include "state.h"

typedef enum {
    VFG_PROGRESS_RUNNING,
    VFG_PROGRESS_WAITING, /* for a lock or the network; `text` says which */
    VFG_PROGRESS_SKIPPED, /* was done already */
    VFG_PROGRESS_DONE,
    VFG_PROGRESS_FAILED,
    VFG_PROGRESS_REBOOT,
} VfgProgressState;

/* News of a step. Nothing of it outlives the call. */
typedef struct {
    guint step;  /* from 1 */
    guint steps; /* of so many */
    const char *id;
    const char *title;
    VfgProgressState state;
    const char *package; /* that is worked on, or NULL */
    int percent;         /* of the running command, -1: not known */
    const char *text;    /* what it waits for, why it failed; or NULL */
} VfgProvisionProgress;

/* "running", "waiting", … */
const char *vfg_progress_state_name(VfgProgressState state);

typedef struct {
    const char *prefix;    /* where the system's files are: "" for this one, a folder in tests */
    const char *search;    /* the PATH of programs */
    const char *state_dir; /* below no prefix: /var/lib/vfiogpu-agent */
    const char *log;       /* gets the output of the programs; or NULL */
    const char *self;      /* the agent's own program, for kernel-args */
    VfgRoot *root;         /* the same system, for reading */
    guint patience;        /* seconds to wait for a lock or the network, at each step */
    guint pause_ms;        /* the first pause of the back-off; doubles up to five minutes */
    void (*progress)(const VfgProvisionProgress *progress, gpointer data); /* or NULL */
    gpointer data;
} VfgEngineConfig;

/* What became of it. */
typedef enum {
    VFG_OUTCOME_FAILED,
    VFG_OUTCOME_DONE,
    VFG_OUTCOME_REBOOT, /* goes on when it is run again after a reboot */
} VfgOutcome;

/* Runs the plan from where `state` says it is; `state` is kept up to date and written below
 * state_dir. With VFG_OUTCOME_FAILED the error says which step and why; its code is
 * VFG_ERROR_TIMEOUT where something did not come in time, VFG_ERROR_REFUSED where going on would be
 * wrong (an unknown key, another installation in the way). */
VfgOutcome vfg_engine_run(const VfgEngineConfig *config, const VfgProvisionPlan *plan,
                          VfgProvisionState *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;
