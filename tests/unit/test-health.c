/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The GPUs' health and when one goes into quarantine, by the shipped rules. */

#include "health.h"

#include "io.h"
#include "quarantine.h"
#include "temp-tree.h"

#include <string.h>

#define KEY "0000:82:00.0 10de:1e37 10de:1370"

typedef struct {
    TempTree *tree;
    VfgStore *store;
    VfgQuarantineRules *rules;
    gint64 clock;
} Stage;

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    const char *file = VFG_TOP_SRCDIR "/data/quarantine.d/nvidia.ini";
    g_autofree char *bytes = vfg_io_read_file(file, 1 << 20, &len, &error);
    g_assert_no_error(error);
    stage->rules = vfg_quarantine_rules_new();
    g_assert_true(vfg_quarantine_rules_add(stage->rules, file, bytes, len, &error));
    stage->tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(stage->tree, "events.db");
    stage->store = vfg_store_open(path, VFG_STORE_LIMITS, &error);
    g_assert_no_error(error);
    stage->clock = 1000;
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_quarantine_rules_free(stage->rules);
    vfg_store_free(stage->store);
    temp_tree_free(stage->tree);
}

typedef struct {
    const char *key, *uuid;
    const char *boot;
    const char *class_name;
    const char *code;
    VfgEventSource source;
} Trouble;

static void
note(Stage *stage, Trouble trouble)
{
    g_autoptr(GError) error = NULL;
    VfgHealthGpu gpu = {trouble.key ? trouble.key : KEY, trouble.uuid ? trouble.uuid : ""};
    VfgEvent event = {.boot_id = (char *)trouble.boot,
                      .id = (char *)trouble.class_name,
                      .class_name = (char *)trouble.class_name,
                      .severity = VFG_SEVERITY_FATAL,
                      .source = trouble.source,
                      .code = (char *)trouble.code,
                      .line = (char *)"a line",
                      .count = 1};
    VfgStored stored = {.vm = (char *)"vm", .stored = ++stage->clock, .event = &event};
    g_assert_true(vfg_health_note(stage->store, gpu, &stored, &error));
    for (guint i = 0; i < vfg_quarantine_rules_len(stage->rules); i++) {
        const VfgQuarantineRule *rule = vfg_quarantine_rules_get(stage->rules, i);
        VfgHealthRule plain = {rule->id, rule->class_name, (const char *const *)rule->codes,
                               rule->with, rule->boots};
        g_assert_true(vfg_health_judge(stage->store, gpu, &plain, &stored, &error));
    }
    g_assert_true(vfg_store_commit(stage->store, &error));
    g_assert_no_error(error);
}

static void
assert_rule(Stage *stage, const char *key, const char *uuid, const char *rule)
{
    g_autoptr(VfgQuarantine) found = NULL;
    VfgHealthGpu gpu = {key, uuid};
    g_assert_true(vfg_health_get_quarantine(stage->store, gpu, &found, NULL));
    g_assert_cmpstr(found ? found->rule : NULL, ==, rule);
}

static void
clear(Stage *stage, gboolean wanted)
{
    gboolean was = !wanted;
    g_assert_true(vfg_health_clear(stage->store, (VfgHealthGpu){KEY, ""}, &was, NULL));
    g_assert_cmpint(was, ==, wanted);
}

static void
test_at_once(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    note(stage, (Trouble){.boot = "b1", .class_name = "xid-app", .code = "31"});
    note(stage, (Trouble){.boot = "b1", .class_name = "ecc-uncorrectable", .code = "48"});
    assert_rule(stage, KEY, "", NULL);
    note(stage, (Trouble){.boot = "b1", .class_name = "ecc-uncorrectable", .code = "140"});
    assert_rule(stage, KEY, "", "ecc-unrecovered");
    assert_rule(stage, "0000:83:00.0 10de:1e37 10de:1370", "", NULL);
    clear(stage, TRUE);
    assert_rule(stage, KEY, "", NULL);
    clear(stage, FALSE);
    note(stage, (Trouble){.boot = "b1", .class_name = "row-remap-failure"});
    assert_rule(stage, KEY, "", "no-spare-rows");
}

/* In either order. */
static void
test_ecc_at_start(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    note(stage, (Trouble){.boot = "b1", .class_name = "ecc-uncorrectable", .code = "48"});
    note(stage, (Trouble){.boot = "b2", .class_name = "rm-init-failed"});
    assert_rule(stage, KEY, "", NULL);
    note(stage, (Trouble){.boot = "b1", .class_name = "rm-init-failed"});
    assert_rule(stage, KEY, "", "ecc-at-start");
    clear(stage, TRUE);
    note(stage, (Trouble){.boot = "b2", .class_name = "ecc-uncorrectable"});
    assert_rule(stage, KEY, "", NULL);
    note(stage, (Trouble){.boot = "b2", .class_name = "rm-init-failed"});
    assert_rule(stage, KEY, "", "ecc-at-start");
}

static void
test_twice(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 5; i++)
        note(stage, (Trouble){.boot = "b1", .class_name = "gpu-fallen-off-bus", .code = "79"});
    assert_rule(stage, KEY, "", NULL);
    note(stage, (Trouble){.boot = "b2", .class_name = "gpu-fallen-off-bus"});
    assert_rule(stage, KEY, "", "fallen-off-twice");
    clear(stage, TRUE);
    note(stage, (Trouble){.boot = "b2", .class_name = "gpu-fallen-off-bus"});
    assert_rule(stage, KEY, "", NULL);
    clear(stage, FALSE);
    clear(stage, FALSE);
}

/* Whatever a program in the guest writes. */
static void
test_user(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    note(stage,
         (Trouble){.boot = "b1", .class_name = "row-remap-failure", .source = VFG_EVENT_USER});
    assert_rule(stage, KEY, "", NULL);
    g_autoptr(GPtrArray) list = vfg_health_list(stage->store, (VfgHealthGpu){KEY, ""}, NULL);
    g_assert_cmpuint(list->len, ==, 0);
}

/* A card in another slot is the same card where its UUID is known. */
static void
test_uuid(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_true(vfg_health_set_uuid(stage->store, KEY, "GPU-1", NULL));
    g_autofree char *uuid = vfg_health_known_uuid(stage->store, KEY);
    g_assert_cmpstr(uuid, ==, "GPU-1");
    note(stage, (Trouble){.uuid = "GPU-1", .boot = "b1", .class_name = "row-remap-failure"});
    assert_rule(stage, "elsewhere", "GPU-1", "no-spare-rows");
    assert_rule(stage, "elsewhere", "GPU-2", NULL);
    assert_rule(stage, "elsewhere", "", NULL);
}

static void
test_history(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 3; i++)
        note(stage, (Trouble){.boot = "b1", .class_name = "xid-app", .code = "31"});
    for (guint i = 0; i < 500; i++) {
        g_autofree char *boot = g_strdup_printf("c%u", i);
        note(stage, (Trouble){.boot = boot, .class_name = "xid-app", .code = "43"});
    }
    g_autoptr(GPtrArray) list = vfg_health_list(stage->store, (VfgHealthGpu){KEY, ""}, NULL);
    g_assert_cmpuint(list->len, ==, 200);
    note(stage, (Trouble){.boot = "c499", .class_name = "xid-app", .code = "43"});
    g_autoptr(GPtrArray) again = vfg_health_list(stage->store, (VfgHealthGpu){KEY, ""}, NULL);
    g_assert_cmpuint(again->len, ==, 200);
    const VfgHealthEntry *last = g_ptr_array_index(again, 199);
    g_assert_cmpuint(last->count, ==, 2);
    g_assert_cmpint(last->last, ==, stage->clock);
}

static void
test_bad_rules(void)
{
    g_autoptr(VfgQuarantineRules) rules = vfg_quarantine_rules_new();
    g_autoptr(GError) error = NULL;
    static const char bad[] = "[a]\nclass=x\nreason=y\nfix=z\nsource=s\n[b]\nreason=y\n";
    g_assert_false(vfg_quarantine_rules_add(rules, "f.ini", bad, strlen(bad), &error));
    g_assert_nonnull(strstr(error->message, "f.ini"));
    g_assert_cmpuint(vfg_quarantine_rules_len(rules), ==, 0);
    static const char good[] = "[a]\nclass=x\nreason=y\nfix=z\nsource=s\n";
    static const char newer[] = "[a]\nclass=x2\nboots=3\nreason=y\nfix=z\nsource=s\n";
    g_assert_true(vfg_quarantine_rules_add(rules, "f.ini", good, strlen(good), NULL));
    g_assert_true(vfg_quarantine_rules_add(rules, "g.ini", newer, strlen(newer), NULL));
    g_assert_cmpuint(vfg_quarantine_rules_len(rules), ==, 1);
    g_assert_cmpuint(vfg_quarantine_rules_find(rules, "a")->boots, ==, 3);
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/health/at-once", test_at_once);
    ADD("/health/ecc-at-start", test_ecc_at_start);
    ADD("/health/twice", test_twice);
    ADD("/health/user", test_user);
    ADD("/health/uuid", test_uuid);
    ADD("/health/history", test_history);
    g_test_add_func("/health/bad-rules", test_bad_rules);
    return g_test_run();
}
