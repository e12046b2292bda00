/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Steps of provisioning, as data. */

#include "step.h"

void
vfg_act_free(VfgAct *act)
{
    if (!act)
        return;
    g_strfreev(act->argv);
    g_free(act->path);
    g_free(act->text);
    g_free(act->from);
    g_strfreev(act->fingerprints);
    g_free(act);
}

void
vfg_provision_step_free(VfgProvisionStep *step)
{
    if (!step)
        return;
    g_free(step->id);
    g_free(step->title);
    g_strfreev(step->check.args);
    g_strfreev(step->verify.args);
    g_ptr_array_unref(step->acts);
    g_free(step);
}

VfgProvisionPlan *
vfg_provision_plan_new(const char *profile)
{
    VfgProvisionPlan *plan = g_new0(VfgProvisionPlan, 1);
    plan->profile = g_strdup(profile);
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    plan->steps = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_provision_step_free);
    return plan;
}

void
vfg_provision_plan_free(VfgProvisionPlan *plan)
{
    if (!plan)
        return;
    g_free(plan->profile);
    g_free(plan->system);
    g_free(plan->recipe);
    g_free(plan->slug);
    g_free(plan->url);
    g_free(plan->manager);
    g_free(plan->enrol);
    g_ptr_array_unref(plan->notes);
    g_ptr_array_unref(plan->steps);
    g_free(plan);
}

VfgProvisionStep *
vfg_provision_plan_add(VfgProvisionPlan *plan, const char *id, char *title, guint deadline)
{
    VfgProvisionStep *step = g_new0(VfgProvisionStep, 1);
    step->id = g_strdup(id);
    step->title = title;
    step->deadline = deadline;
    step->acts = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_act_free);
    g_ptr_array_add(plan->steps, step);
    return step;
}

void
vfg_provision_plan_note(VfgProvisionPlan *plan, char *note)
{
    g_ptr_array_add(plan->notes, note);
}

static VfgAct *
add_act(VfgProvisionStep *step, VfgActKind kind)
{
    VfgAct *act = g_new0(VfgAct, 1);
    act->kind = kind;
    g_ptr_array_add(step->acts, act);
    return act;
}

void
vfg_provision_step_run(VfgProvisionStep *step, VfgActKind kind, const char *const *argv)
{
    add_act(step, kind)->argv = g_strdupv((char **)argv);
}

void
vfg_provision_step_write(VfgProvisionStep *step, const char *path, const char *text)
{
    VfgAct *act = add_act(step, VFG_ACT_WRITE);
    act->path = g_strdup(path);
    act->text = g_strdup(text);
}

void
vfg_provision_step_key(VfgProvisionStep *step, const char *path, const char *from,
                       const char *const *argv, const char *const *fingerprints)
{
    VfgAct *act = add_act(step, VFG_ACT_KEY);
    act->path = g_strdup(path);
    act->from = g_strdup(from);
    act->argv = g_strdupv((char **)argv);
    act->fingerprints = g_strdupv((char **)fingerprints);
}

void
vfg_test_set(VfgTest *test, VfgTestKind kind, const char *const *args)
{
    test->kind = kind;
    g_strfreev(test->args);
    test->args = g_strdupv((char **)args);
}
