/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A plan of provisioning as text and as JSON. */

#include "plan-print.h"

#include "program.h"

#include <jansson.h>
#include <string.h>

static void
print_text(GString *out, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        if (*lines[i] || lines[i + 1])
            g_string_append_printf(out, "      %s%s\n", *lines[i] ? "| " : "|", lines[i]);
}

static void
print_key(GString *out, const VfgAct *act)
{
    g_autofree char *command = vfg_program_show((const char *const *)act->argv);
    if (act->from)
        g_string_append_printf(out, "    key %s from %s\n", act->path, act->from);
    else
        g_string_append_printf(out, "    %s\n    key %s\n", command, act->path);
    if (act->fingerprints && !act->fingerprints[0])
        g_string_append(out,
                        "      refused: no fingerprint of it is known; --fingerprint gives one\n");
    if (act->fingerprints)
        for (guint i = 0; act->fingerprints[i]; i++)
            g_string_append_printf(out, "      %s %s\n", i ? "or" : "only with the fingerprint",
                                   act->fingerprints[i]);
}

static void
print_act(GString *out, const VfgAct *act)
{
    g_autofree char *command = act->argv ? vfg_program_show((const char *const *)act->argv) : NULL;
    switch (act->kind) {
    case VFG_ACT_RUN:
    case VFG_ACT_PACKAGES:
    case VFG_ACT_LOAD:
        g_string_append_printf(out, "    %s\n", command);
        break;
    case VFG_ACT_WRITE:
        g_string_append_printf(out, "    write %s\n", act->path);
        print_text(out, act->text);
        break;
    case VFG_ACT_KEY:
        print_key(out, act);
        break;
    case VFG_ACT_REBOOT:
        g_string_append(out, "    reboot\n");
        break;
    }
}

static const char *
test_words(VfgTestKind kind)
{
    static const char *const words[] = {
        "",
        "these files are there",
        "installed:",
        "runs:",
        "says",
        "the linker knows",
        "has",
        "the driver is bound to every GPU and they start",
        "nouveau has no GPU",
        "no .run installer, no second source of the driver",
    };
    return words[kind];
}

static void
print_verification(GString *out, const VfgTest *test)
{
    if (test->kind == VFG_TEST_NONE)
        return;
    g_autofree char *args =
        test->args ? vfg_program_show((const char *const *)test->args) : g_strdup("");
    const char *between = test->kind == VFG_TEST_RUNNING ? "; kernel arguments: " : " ";
    g_string_append_printf(out, "    verify: %s%s%s\n", test_words(test->kind),
                           *args ? between : "", args);
}

char *
vfg_provision_plan_text(const VfgProvisionPlan *plan)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "system:     %s\nrecipe:     %s\nprofile:    %s\n", plan->system,
                           plan->recipe, plan->profile);
    g_string_append_printf(out, "slug:       %s\nrepository: %s\n", plan->slug ? plan->slug : "-",
                           plan->url ? plan->url : "-");
    for (guint i = 0; i < plan->notes->len; i++)
        g_string_append_printf(out, "note:       %s\n",
                               (const char *)g_ptr_array_index(plan->notes, i));
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgProvisionStep *step = g_ptr_array_index(plan->steps, i);
        g_string_append_printf(out, "\n%2u. %s: %s\n", i + 1, step->id, step->title);
        for (guint j = 0; j < step->acts->len; j++)
            print_act(out, g_ptr_array_index(step->acts, j));
        print_verification(out, &step->verify);
    }
    if (plan->steps->len == 0)
        g_string_append(out, "\nnothing to do\n");
    return g_string_free(out, FALSE);
}

static json_t *
words_to_json(char *const *words)
{
    json_t *array = json_array();
    for (guint i = 0; words && words[i]; i++)
        json_array_append_new(array, json_string(words[i]));
    return array;
}

static json_t *
act_to_json(const VfgAct *act)
{
    switch (act->kind) {
    case VFG_ACT_RUN:
    case VFG_ACT_PACKAGES:
    case VFG_ACT_LOAD:
        return json_pack("{s:s, s:o}", "act", "run", "command", words_to_json(act->argv));
    case VFG_ACT_WRITE:
        return json_pack("{s:s, s:s, s:s}", "act", "write", "path", act->path, "text", act->text);
    case VFG_ACT_KEY:
        return json_pack("{s:s, s:s, s:s?, s:o, s:o}", "act", "key", "path", act->path, "from",
                         act->from, "command", words_to_json(act->from ? NULL : act->argv),
                         "fingerprints", words_to_json(act->fingerprints));
    case VFG_ACT_REBOOT:
        break;
    }
    return json_pack("{s:s}", "act", "reboot");
}

static json_t *
step_to_json(const VfgProvisionStep *step)
{
    json_t *acts = json_array();
    for (guint i = 0; i < step->acts->len; i++)
        json_array_append_new(acts, act_to_json(g_ptr_array_index(step->acts, i)));
    return json_pack("{s:s, s:s, s:i, s:o}", "id", step->id, "title", step->title, "deadline_s",
                     (int)step->deadline, "acts", acts);
}

char *
vfg_provision_plan_json(const VfgProvisionPlan *plan)
{
    json_t *notes = json_array(), *steps = json_array();
    for (guint i = 0; i < plan->notes->len; i++)
        json_array_append_new(notes, json_string(g_ptr_array_index(plan->notes, i)));
    for (guint i = 0; i < plan->steps->len; i++)
        json_array_append_new(steps, step_to_json(g_ptr_array_index(plan->steps, i)));
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:o, s:o}", "system", plan->system, "recipe",
                  plan->recipe, "profile", plan->profile, "slug", plan->slug, "repository",
                  plan->url, "manager", plan->manager, "notes", notes, "steps", steps);
    g_autofree char *text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    return g_strconcat(text ? text : "{}", "\n", NULL);
}
