/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How far a guest is with what the host wants of it: the body of the message progress
 * (docs/PROTOCOL.md). */

#pragma once

#include "message-field.h"

#define VFG_PROGRESS_MAX_STEPS 1000

/* Of provisioning as a whole. */
typedef enum {
    VFG_PHASE_RUNNING,
    VFG_PHASE_REBOOT, /* the guest reboots and goes on */
    VFG_PHASE_FAILED,
    VFG_PHASE_DONE,
} VfgPhase;

/* Texts come from the guest: escape them before printing. */
typedef struct {
    VfgPhase phase;
    guint step, steps; /* this one of so many, from 1; 0: none has begun */
    char *id;          /* of the step, "" where none has begun */
    char *title;
    char *state;   /* of the step: "running", "waiting", "done", … */
    char *package; /* that is worked on, or NULL */
    int percent;   /* -1: not known */
    char *text;    /* what it waits for, why it failed; or NULL */
} VfgProgress;

void vfg_progress_free(VfgProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProgress, vfg_progress_free)

/* "running", "reboot", "failed" or "done". */
const char *vfg_phase_name(VfgPhase phase);

/* The body from a message's fields, and back into its object. Texts over 256 bytes are refused. */
VfgProgress *vfg_progress_from_fields(VfgFields fields, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_progress_add_to_json(const VfgProgress *progress, json_t *json);
