/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Carries out a plan of provisioning. */

#include "engine-private.h"

#include "error.h"

const char *
vfg_progress_state_name(VfgProgressState state)
{
    static const char *const names[] = {"running", "waiting", "skipped",
                                        "done",    "failed",  "reboot"};
    return names[state];
}

void
vfg_engine_tell(const VfgEngine *engine, VfgProgressState state, const char *package, int percent,
                const char *text)
{
    if (!engine->config->progress)
        return;
    VfgProvisionProgress progress = {.step = engine->index + 1,
                                     .steps = engine->plan->steps->len,
                                     .id = engine->step->id,
                                     .title = engine->step->title,
                                     .state = state,
                                     .package = package,
                                     .percent = percent,
                                     .text = text};
    engine->config->progress(&progress, engine->config->data);
}

static gboolean
save(const VfgEngine *engine, GError **error)
{
    return vfg_provision_state_save(engine->state, engine->config->state_dir, error);
}

static gboolean
set_state(VfgEngine *engine, VfgStepRecord *record, VfgStepState state, GError **error)
{
    record->state = state;
    if (state == VFG_STEP_DONE)
        g_clear_pointer(&record->error, g_free);
    return save(engine, error);
}

/* What failed stands in the state; that it can't be written does not hide why. */
static gboolean
fail_step(VfgEngine *engine, VfgStepRecord *record, GError **error, GError *failure)
{
    g_free(record->error);
    record->error = g_strdup(failure->message);
    engine->state->phase = VFG_PROVISION_FAILED;
    vfg_engine_tell(engine, VFG_PROGRESS_FAILED, NULL, -1, failure->message);
    g_autoptr(GError) second = NULL;
    if (!set_state(engine, record, VFG_STEP_FAILED, &second))
        g_prefix_error(&failure, "%s; ", second->message);
    g_propagate_prefixed_error(error, failure, "%s: ", engine->step->id);
    return FALSE;
}

static gboolean
do_acts(VfgEngine *engine, GError **error)
{
    for (guint i = 0; i < engine->step->acts->len; i++)
        if (!vfg_engine_act(engine, g_ptr_array_index(engine->step->acts, i), error))
            return FALSE;
    return vfg_engine_look(engine, &engine->step->verify, error);
}

static gboolean
is_done(VfgEngine *engine, const VfgStepRecord *record)
{
    g_autoptr(GError) why = NULL;
    if (engine->step->check.kind == VFG_TEST_NONE ||
        (engine->step->record && record->state != VFG_STEP_DONE))
        return FALSE;
    return vfg_engine_look(engine, &engine->step->check, &why);
}

static gboolean
is_reboot(const VfgProvisionStep *step)
{
    return step->acts->len > 0 &&
           ((const VfgAct *)g_ptr_array_index(step->acts, 0))->kind == VFG_ACT_REBOOT;
}

static char *
read_boot_id(const VfgEngine *engine)
{
    char *id = vfg_root_read_text(engine->config->root, "/proc/sys/kernel/random/boot_id", NULL);
    return id ? id : g_strdup("unknown");
}

/* One reboot is asked for; if after it the reason is still there, another one won't help. */
static gboolean
ask_for_reboot(VfgEngine *engine, VfgStepRecord *record, GError **error)
{
    g_autofree char *boot_id = read_boot_id(engine);
    VfgProvisionState *state = engine->state;
    g_autoptr(GError) why = NULL;
    gboolean running = vfg_engine_look(engine, &engine->step->verify, &why);
    if (!running && state->boot_id && !g_str_equal(state->boot_id, boot_id))
        return fail_step(engine, record, error, g_steal_pointer(&why));
    g_free(state->boot_id);
    state->boot_id = g_steal_pointer(&boot_id);
    state->phase = VFG_PROVISION_REBOOT;
    if (!set_state(engine, record, VFG_STEP_RUNNING, error))
        return FALSE;
    vfg_engine_tell(engine, VFG_PROGRESS_REBOOT, NULL, -1, why ? why->message : NULL);
    return TRUE;
}

static gboolean
run_step(VfgEngine *engine, GError **error)
{
    VfgStepRecord *record = vfg_provision_state_find(engine->state, engine->step->id);
    GError *failure = NULL;
    g_clear_pointer(&engine->refused, g_free);
    engine->end = g_get_monotonic_time() + (gint64)engine->step->deadline * G_USEC_PER_SEC;
    if (is_done(engine, record)) {
        vfg_engine_tell(engine, VFG_PROGRESS_SKIPPED, NULL, -1, NULL);
        return set_state(engine, record, VFG_STEP_DONE, error);
    }
    if (is_reboot(engine->step))
        return ask_for_reboot(engine, record, error);
    record->attempts++;
    if (!set_state(engine, record, VFG_STEP_RUNNING, error))
        return FALSE;
    vfg_engine_tell(engine, VFG_PROGRESS_RUNNING, NULL, -1, NULL);
    if (!do_acts(engine, &failure))
        return fail_step(engine, record, error, failure);
    vfg_engine_tell(engine, VFG_PROGRESS_DONE, NULL, -1, NULL);
    return set_state(engine, record, VFG_STEP_DONE, error);
}

static void
engine_clear(VfgEngine *engine)
{
    g_free(engine->refused);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgEngine, engine_clear)

VfgOutcome
vfg_engine_run(const VfgEngineConfig *config, const VfgProvisionPlan *plan,
               VfgProvisionState *state, GError **error)
{
    g_auto(VfgEngine) engine = {.config = config,
                                .plan = plan,
                                .state = state,
                                .packager = vfg_packager_find(plan->manager)};
    vfg_provision_state_adopt(state, plan);
    state->phase = VFG_PROVISION_RUNNING;
    if (!save(&engine, error))
        return VFG_OUTCOME_FAILED;
    for (engine.index = 0; engine.index < plan->steps->len; engine.index++) {
        engine.step = g_ptr_array_index(plan->steps, engine.index);
        if (!run_step(&engine, error))
            return VFG_OUTCOME_FAILED;
        if (state->phase == VFG_PROVISION_REBOOT)
            return VFG_OUTCOME_REBOOT;
    }
    state->phase = VFG_PROVISION_DONE;
    return save(&engine, error) ? VFG_OUTCOME_DONE : VFG_OUTCOME_FAILED;
}
