/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The parts of the engine. */

#pragma once

#include "engine.h"
#include "program.h"

typedef struct {
    const VfgEngineConfig *config;
    const VfgProvisionPlan *plan;
    VfgProvisionState *state;
    const VfgPackager *packager;
    gboolean repaired; /* what an earlier run left half-done was mended in this one */
    /* of the step that runs */
    const VfgProvisionStep *step;
    guint index;   /* from 0 */
    gint64 end;    /* monotonic time of its deadline, without the waiting */
    char *refused; /* what was said where a module could not be loaded, or NULL */
} VfgEngine;

/* Tells the progress of the running step. */
void vfg_engine_tell(const VfgEngine *engine, VfgProgressState state, const char *package,
                     int percent, const char *text);

/* Runs a command of the plan: absolute paths below the prefix, "vfiogpu-agent" is ourselves. */
gboolean vfg_engine_program(const VfgEngine *engine, const char *const *argv, gboolean status,
                            VfgProgramResult *ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The real path of one of the system's files; the caller frees it. */
char *vfg_engine_path(const VfgEngine *engine, const char *path);

/* Does one act. A package manager's failure that is worth another try is waited for here. */
gboolean vfg_engine_act(VfgEngine *engine, const VfgAct *act,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Looks whether a test passes; where it doesn't, the error says why. */
gboolean vfg_engine_look(VfgEngine *engine, const VfgTest *test,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the driver is bound to the GPUs and they start; notes what it finds in the state. */
gboolean vfg_engine_look_driver(VfgEngine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether nothing asks for a reboot: nouveau has no GPU, the kernel has the arguments. */
gboolean vfg_engine_look_running(VfgEngine *engine, char **args,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether no other installation of the driver is in the way. */
gboolean vfg_engine_look_clean(VfgEngine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;
