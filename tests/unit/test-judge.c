/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A guest's word for an error against the host's own catalogue. */

#include "judge.h"

#include <string.h>

#define ECC "NVRM: Xid (PCI:0000:01:00): 140, pid=0, An uncorrectable ECC error detected DRAM:4"

static VfgEvent *
claim(VfgEventSource source, const char *class_name, const char *line)
{
    VfgEvent *event = g_new0(VfgEvent, 1);
    event->boot_id = g_strdup("b");
    event->id = g_strdup("claimed");
    event->class_name = g_strdup(class_name);
    event->severity = VFG_SEVERITY_FATAL;
    event->source = source;
    event->code = g_strdup("140");
    event->line = g_strdup(line);
    event->count = 1;
    return event;
}

static VfgJudge *
make_judge(void)
{
    g_autoptr(GError) error = NULL;
    VfgApp app = {.data_dir = (char *)VFG_TOP_SRCDIR "/data"};
    VfgJudge *judge = vfg_judge_new(&app, &error);
    g_assert_no_error(error);
    return judge;
}

/* The line is an error, but not the one that the guest says; its own word has no part in it. */
static void
test_known(void)
{
    g_autoptr(VfgJudge) judge = make_judge();
    static const VfgEventSource sources[] = {VFG_EVENT_KERNEL, VFG_EVENT_USER};
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autoptr(VfgEvent) event = claim(sources[i], "row-remap-failure", ECC);
        g_free(event->code);
        event->code = g_strdup("79");
        vfg_judge_event(judge, event);
        g_assert_cmpstr(event->class_name, ==, "ecc-uncorrectable");
        g_assert_cmpstr(event->id, ==, "nvidia-xid-140");
        g_assert_cmpstr(event->code, ==, "140");
        g_assert_cmpint(event->severity, ==, VFG_SEVERITY_ERROR);
        g_assert_cmpint(event->source, ==, sources[i]);
        g_assert_cmpstr(event->line, ==, ECC);
    }
}

/* A harmless line with a grave name, and whatever there is without a catalogue. */
static void
test_unknown(void)
{
    g_autoptr(VfgJudge) judge = make_judge();
    for (guint i = 0; i < 2; i++) {
        g_autoptr(VfgEvent) event = claim(VFG_EVENT_KERNEL, "row-remap-failure", "hello");
        vfg_judge_event(i ? NULL : judge, event);
        g_assert_cmpstr(event->class_name, ==, "guest:row-remap-failure");
        g_assert_cmpstr(event->id, ==, "guest:claimed");
        g_assert_cmpint(event->severity, ==, VFG_SEVERITY_FATAL);
    }
}

/* A counter is no line of a log: the source says whose word it is, and a code it never has. */
static void
test_counter(void)
{
    g_autoptr(VfgJudge) judge = make_judge();
    g_autoptr(VfgEvent) event = claim(VFG_EVENT_COUNTER, "ecc-uncorrectable", ECC);
    vfg_judge_event(judge, event);
    g_assert_cmpstr(event->id, ==, "claimed");
    g_assert_cmpstr(event->class_name, ==, "ecc-uncorrectable");
    g_assert_null(event->code);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/judge/known", test_known);
    g_test_add_func("/judge/unknown", test_unknown);
    g_test_add_func("/judge/counter", test_counter);
    return g_test_run();
}
