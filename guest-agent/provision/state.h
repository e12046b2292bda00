/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What provisioning has done so far, on disk before anything else is done: what survives a kill, a
 * power cut, a reboot. */

#pragma once

#include "step.h"

#include <jansson.h>

typedef enum {
    VFG_PROVISION_NONE,    /* never asked for */
    VFG_PROVISION_RUNNING, /* or cut off while it ran */
    VFG_PROVISION_REBOOT,  /* goes on after a reboot */
    VFG_PROVISION_FAILED,
    VFG_PROVISION_DONE,
} VfgProvisionPhase;

typedef enum {
    VFG_STEP_PENDING,
    VFG_STEP_RUNNING,
    VFG_STEP_DONE,
    VFG_STEP_FAILED,
} VfgStepState;

typedef struct {
    char *id;
    char *title;
    VfgStepState state;
    guint attempts;
    char *error; /* of the last attempt, or NULL */
} VfgStepRecord;

typedef struct {
    VfgProvisionPhase phase;
    char *profile;
    char *plan;            /* a checksum of the plan: another plan begins anew */
    char *boot_id;         /* when a reboot was asked for */
    char *driver_state;    /* "", "not bound", "bound, GPU does not start", "works" */
    char *driver_detail;   /* the kernel's words for it, or NULL */
    char *driver_version;  /* of the module that is loaded, or NULL */
    char *toolkit_version; /* as nvcc says it, or NULL */
    GPtrArray *steps;      /* VfgStepRecord */
    char **command;        /* the options it was asked with, to go on after a reboot */
} VfgProvisionState;

const char *vfg_provision_phase_name(VfgProvisionPhase phase);
const char *vfg_step_state_name(VfgStepState state);

VfgProvisionState *vfg_provision_state_new(void);
void vfg_provision_state_free(VfgProvisionState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProvisionState, vfg_provision_state_free)

/* Reads the state below `dir`; one that was never written is empty, one that can't be understood is
 * set aside as state.json.broken and counts as empty: every step looks for itself whether it is
 * done. */
VfgProvisionState *vfg_provision_state_load(const char *dir) G_GNUC_WARN_UNUSED_RESULT;

/* Writes it, atomically, and syncs file and folder. */
gboolean vfg_provision_state_save(const VfgProvisionState *state, const char *dir,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes it the state of a plan: records of the same plan stay, those of another one go. */
void vfg_provision_state_adopt(VfgProvisionState *state, const VfgProvisionPlan *plan);

/* The record of a step; NULL where there is none. */
VfgStepRecord *vfg_provision_state_find(const VfgProvisionState *state, const char *id);

/* The state as JSON, what is in the file. */
json_t *vfg_provision_state_json(const VfgProvisionState *state);
