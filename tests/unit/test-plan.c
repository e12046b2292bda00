/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans: what undoes a step, how steps read, their JSON. */

#include "plan.h"

#define AT "0000:82:00.0"

static void
assert_inverse(VfgStepKind kind, const char *from, const char *to, VfgStepKind wanted)
{
    g_autoptr(VfgStep) step = vfg_step_new(kind, "x", from, to);
    g_autoptr(VfgStep) inverse = vfg_step_inverse(step);
    g_assert_nonnull(inverse);
    g_assert_cmpint(inverse->kind, ==, wanted);
    g_assert_cmpstr(inverse->subject, ==, "x");
    g_assert_cmpstr(inverse->from, ==, to);
    g_assert_cmpstr(inverse->to, ==, from);
}

static void
test_inverse(void)
{
    assert_inverse(VFG_STEP_SET_OVERRIDE, NULL, "vfio-pci", VFG_STEP_SET_OVERRIDE);
    assert_inverse(VFG_STEP_SET_OVERRIDE, "a", NULL, VFG_STEP_SET_OVERRIDE);
    assert_inverse(VFG_STEP_UNBIND, "nvidia", NULL, VFG_STEP_BIND);
    assert_inverse(VFG_STEP_BIND, NULL, "vfio-pci", VFG_STEP_UNBIND);
    assert_inverse(VFG_STEP_BOOT, "shut off", "running", VFG_STEP_POWER_OFF);
    assert_inverse(VFG_STEP_DEFINE, NULL, "defined", VFG_STEP_UNDEFINE);
    assert_inverse(VFG_STEP_CREATE_DISK, NULL, NULL, VFG_STEP_REMOVE_DISK);
    static const VfgStepKind none[] = {
        VFG_STEP_LOAD_MODULE, VFG_STEP_WAIT_BOOT, VFG_STEP_WAIT_AGENT, VFG_STEP_SHUT_DOWN,
        VFG_STEP_POWER_OFF,   VFG_STEP_UNDEFINE,  VFG_STEP_REMOVE_DISK};
    for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
        g_autoptr(VfgStep) step = vfg_step_new(none[i], "x", "a", "b");
        g_assert_null(vfg_step_inverse(step));
    }
}

static void
test_describe(void)
{
    static const struct {
        VfgStep step;
        const char *name, *text;
        gboolean sysfs;
    } steps[] = {
        {{VFG_STEP_LOAD_MODULE, (char *)"vfio-pci", NULL, NULL},
         "load-module",
         "load the module vfio-pci",
         TRUE},
        {{VFG_STEP_SET_OVERRIDE, (char *)AT, NULL, (char *)"vfio-pci"},
         "set-override",
         "set driver_override of " AT " from none to vfio-pci",
         TRUE},
        {{VFG_STEP_UNBIND, (char *)AT, (char *)"nvidia", NULL},
         "unbind",
         "unbind " AT " from nvidia",
         TRUE},
        {{VFG_STEP_BIND, (char *)AT, NULL, (char *)"vfio-pci"},
         "bind",
         "bind " AT " to vfio-pci",
         TRUE},
        {{VFG_STEP_CREATE_DISK, (char *)"/d", (char *)"/base", NULL},
         "create-disk",
         "create the disk /d from /base",
         FALSE},
        {{VFG_STEP_DEFINE, (char *)"d2l", NULL, NULL}, "define", "define the domain d2l", FALSE},
        {{VFG_STEP_BOOT, (char *)"d2l", NULL, NULL}, "boot", "boot d2l", FALSE},
        {{VFG_STEP_WAIT_AGENT, (char *)"d2l", NULL, NULL},
         "wait-agent",
         "wait for the agent in d2l",
         FALSE},
        {{VFG_STEP_SHUT_DOWN, (char *)"d2l", NULL, NULL}, "shut-down", "shut down d2l", FALSE},
        {{VFG_STEP_POWER_OFF, (char *)"d2l", NULL, NULL}, "power-off", "switch off d2l", FALSE},
        {{VFG_STEP_WAIT_BOOT, (char *)"d2l", NULL, NULL},
         "wait-boot",
         "wait for the firmware of d2l to load a system",
         FALSE},
        {{VFG_STEP_UNDEFINE, (char *)"d2l", NULL, NULL},
         "undefine",
         "put the definition of d2l back, or remove it",
         FALSE},
        {{VFG_STEP_REMOVE_DISK, (char *)"/d", NULL, NULL},
         "remove-disk",
         "remove the disk /d unless it was written to",
         FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *text = vfg_step_describe(&steps[i].step);
        g_assert_cmpstr(text, ==, steps[i].text);
        g_assert_cmpstr(vfg_step_kind_name(steps[i].step.kind), ==, steps[i].name);
        g_assert_cmpint(vfg_step_is_sysfs(&steps[i].step), ==, steps[i].sysfs);
    }
}

static void
test_append(void)
{
    g_autoptr(VfgPlan) plan = vfg_plan_new("start", "d2l");
    VfgPlan *tail = vfg_plan_new("bind", AT);
    vfg_plan_add(plan, VFG_STEP_LOAD_MODULE, "vfio-pci", "missing", "loaded");
    vfg_plan_add(tail, VFG_STEP_UNBIND, AT, "nvidia", NULL);
    vfg_plan_add(tail, VFG_STEP_BIND, AT, NULL, "vfio-pci");
    vfg_plan_append(plan, tail);
    vfg_plan_append(plan, vfg_plan_new("bind", "nothing to do"));
    g_assert_cmpuint(plan->steps->len, ==, 3);
    g_assert_cmpint(((VfgStep *)plan->steps->pdata[2])->kind, ==, VFG_STEP_BIND);
    g_assert_cmpstr(plan->verb, ==, "start");
}

static void
test_json(void)
{
    g_autoptr(VfgPlan) plan = vfg_plan_new("bind", AT);
    vfg_plan_add(plan, VFG_STEP_SET_OVERRIDE, AT, NULL, "vfio-pci");
    vfg_plan_add(plan, VFG_STEP_DEFINE, "d2l", NULL, "defined");
    json_t *json = vfg_plan_to_json(plan);
    g_autofree char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    g_assert_cmpstr(text, ==,
                    "{\"verb\":\"bind\",\"subject\":\"" AT "\",\"steps\":["
                    "{\"kind\":\"set-override\",\"subject\":\"" AT
                    "\",\"from\":null,\"to\":\"vfio-pci\","
                    "\"text\":\"set driver_override of " AT " from none to vfio-pci\","
                    "\"inverse\":\"set driver_override of " AT " from vfio-pci to none\"},"
                    "{\"kind\":\"define\",\"subject\":\"d2l\",\"from\":null,\"to\":\"defined\","
                    "\"text\":\"define the domain d2l\",\"inverse\":"
                    "\"put the definition of d2l back, or remove it\"}],\"notes\":[]}");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/inverse", test_inverse);
    g_test_add_func("/plan/describe", test_describe);
    g_test_add_func("/plan/append", test_append);
    g_test_add_func("/plan/json", test_json);
    return g_test_run();
}
