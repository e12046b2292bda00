/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A plan. */

#include "plan.h"

#include "text-json.h"

VfgStep *
vfg_step_new(VfgStepKind kind, const char *subject, const char *from, const char *to)
{
    VfgStep *step = g_new0(VfgStep, 1);
    step->kind = kind;
    step->subject = g_strdup(subject);
    step->from = g_strdup(from);
    step->to = g_strdup(to);
    return step;
}

void
vfg_step_free(VfgStep *step)
{
    if (!step)
        return;
    g_free(step->subject);
    g_free(step->from);
    g_free(step->to);
    g_free(step);
}

VfgPlan *
vfg_plan_new(const char *verb, const char *subject)
{
    VfgPlan *plan = g_new0(VfgPlan, 1);
    plan->verb = g_strdup(verb);
    plan->subject = g_strdup(subject);
    plan->steps = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_step_free);
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    return plan;
}

void
vfg_plan_free(VfgPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->steps);
    g_ptr_array_unref(plan->notes);
    g_free(plan->verb);
    g_free(plan->subject);
    g_free(plan);
}

void
vfg_plan_add(VfgPlan *plan, VfgStepKind kind, const char *subject, const char *from, const char *to)
{
    g_ptr_array_add(plan->steps, vfg_step_new(kind, subject, from, to));
}

void
vfg_plan_append(VfgPlan *plan, VfgPlan *tail)
{
    g_ptr_array_extend_and_steal(plan->steps, g_steal_pointer(&tail->steps));
    g_ptr_array_extend_and_steal(plan->notes, g_steal_pointer(&tail->notes));
    tail->steps = g_ptr_array_new();
    tail->notes = g_ptr_array_new();
    vfg_plan_free(tail);
}

VfgStep *
vfg_step_inverse(const VfgStep *step)
{
    VfgStepKind kind = step->kind;
    switch (step->kind) {
    case VFG_STEP_SET_OVERRIDE:
    case VFG_STEP_SET_CONSOLE:
    case VFG_STEP_SET_FRAMEBUFFER:
    case VFG_STEP_WRITE_FILE:
    case VFG_STEP_MAKE_INITRAMFS:
        break;
    case VFG_STEP_UNBIND:
        kind = VFG_STEP_BIND;
        break;
    case VFG_STEP_BIND:
        kind = VFG_STEP_UNBIND;
        break;
    case VFG_STEP_BOOT:
        kind = VFG_STEP_POWER_OFF;
        break;
    case VFG_STEP_CREATE_DISK:
        return vfg_step_new(VFG_STEP_REMOVE_DISK, step->subject, NULL, NULL);
    case VFG_STEP_DEFINE:
        return vfg_step_new(VFG_STEP_UNDEFINE, step->subject, "defined", NULL);
    default:
        return NULL;
    }
    return vfg_step_new(kind, step->subject, step->to, step->from);
}

gboolean
vfg_step_is_sysfs(const VfgStep *step)
{
    return step->kind <= VFG_STEP_SET_FRAMEBUFFER;
}

const char *
vfg_step_kind_name(VfgStepKind kind)
{
    static const char *const names[] = {
        "load-module",     "set-override",  "unbind",    "bind",     "set-console",
        "set-framebuffer", "create-disk",   "define",    "boot",     "wait-boot",
        "wait-agent",      "shut-down",     "power-off", "undefine", "remove-disk",
        "write-file",      "make-initramfs"};
    return names[kind];
}

static char *
describe_screen(const VfgStep *step)
{
    const char *what =
        step->kind == VFG_STEP_SET_CONSOLE ? "the terminals" : "the firmware's framebuffer";
    return step->to ? g_strdup_printf("give %s back to %s (%s)", what, step->subject, step->to)
                    : g_strdup_printf("take %s from %s (%s)", what, step->subject, step->from);
}

char *
vfg_step_describe(const VfgStep *step)
{
    const char *from = step->from ? step->from : "none", *to = step->to ? step->to : "none";
    switch (step->kind) {
    case VFG_STEP_LOAD_MODULE:
        return g_strdup_printf("load the module %s", step->subject);
    case VFG_STEP_SET_OVERRIDE:
        return g_strdup_printf("set driver_override of %s from %s to %s", step->subject, from, to);
    case VFG_STEP_UNBIND:
        return g_strdup_printf("unbind %s from %s", step->subject, from);
    case VFG_STEP_BIND:
        return g_strdup_printf("bind %s to %s", step->subject, to);
    case VFG_STEP_SET_CONSOLE:
    case VFG_STEP_SET_FRAMEBUFFER:
        return describe_screen(step);
    case VFG_STEP_CREATE_DISK:
        return g_strdup_printf("create the disk %s from %s", step->subject, from);
    case VFG_STEP_DEFINE:
        return g_strdup_printf("define the domain %s", step->subject);
    case VFG_STEP_BOOT:
        return g_strdup_printf("boot %s", step->subject);
    case VFG_STEP_WAIT_BOOT:
        return g_strdup_printf("wait for the firmware of %s to load a system", step->subject);
    case VFG_STEP_WAIT_AGENT:
        return g_strdup_printf("wait for the agent in %s", step->subject);
    case VFG_STEP_SHUT_DOWN:
        return g_strdup_printf("shut down %s", step->subject);
    case VFG_STEP_POWER_OFF:
        return g_strdup_printf("switch off %s", step->subject);
    case VFG_STEP_UNDEFINE:
        return g_strdup_printf("put the definition of %s back, or remove it", step->subject);
    case VFG_STEP_REMOVE_DISK:
        return g_strdup_printf("remove the disk %s unless it was written to", step->subject);
    case VFG_STEP_WRITE_FILE:
        return g_strdup_printf("%s %s", step->to ? "write" : "remove", step->subject);
    case VFG_STEP_MAKE_INITRAMFS:
        return g_strdup_printf("make the initramfs anew with %s", step->subject);
    }
    g_return_val_if_reached(NULL);
}

static json_t *
step_to_json(const VfgStep *step)
{
    g_autofree char *text = vfg_step_describe(step);
    g_autoptr(VfgStep) inverse = vfg_step_inverse(step);
    g_autofree char *undo = inverse ? vfg_step_describe(inverse) : NULL;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "kind", vfg_step_kind_name(step->kind),
                     "subject", step->subject, "from", vfg_text_to_json(step->from), "to",
                     vfg_text_to_json(step->to), "text", vfg_text_to_json(text), "inverse",
                     vfg_text_to_json(undo));
}

json_t *
vfg_plan_to_json(const VfgPlan *plan)
{
    json_t *steps = json_array();
    for (guint i = 0; i < plan->steps->len; i++)
        json_array_append_new(steps, step_to_json(g_ptr_array_index(plan->steps, i)));
    json_t *notes = json_array();
    for (guint i = 0; i < plan->notes->len; i++)
        json_array_append_new(notes, vfg_text_to_json(g_ptr_array_index(plan->notes, i)));
    return json_pack("{s:s, s:s, s:o, s:o}", "verb", plan->verb, "subject", plan->subject, "steps",
                     steps, "notes", notes);
}
