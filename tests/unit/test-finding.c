/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Findings: their order, the worst of them, their JSON. */

#include "finding.h"

static GPtrArray *
make_findings(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)vfg_finding_free);
}

static void
add(GPtrArray *findings, const char *id, VfgLevel level)
{
    VfgFinding *finding = g_new0(VfgFinding, 1);
    finding->id = g_strdup(id);
    finding->level = level;
    finding->subject = g_strdup("host");
    finding->title = g_strdup("title");
    finding->cause = g_strdup("");
    finding->fix = g_strdup("fix \"it\"\n");
    g_ptr_array_add(findings, finding);
}

static void
test_worst(void)
{
    g_autoptr(GPtrArray) findings = make_findings();
    g_assert_cmpint(vfg_findings_worst(findings), ==, VFG_LEVEL_PASS);
    add(findings, "a", VFG_LEVEL_NOTE);
    g_assert_cmpint(vfg_findings_worst(findings), ==, VFG_LEVEL_NOTE);
    add(findings, "b", VFG_LEVEL_FAIL);
    add(findings, "c", VFG_LEVEL_PASS);
    g_assert_cmpint(vfg_findings_worst(findings), ==, VFG_LEVEL_FAIL);
    g_assert_cmpstr(vfg_level_name(VFG_LEVEL_PASS), ==, "PASS");
    g_assert_cmpstr(vfg_level_name(VFG_LEVEL_NOTE), ==, "NOTE");
    g_assert_cmpstr(vfg_level_name(VFG_LEVEL_WARN), ==, "WARN");
    g_assert_cmpstr(vfg_level_name(VFG_LEVEL_FAIL), ==, "FAIL");
}

/* Worst first, otherwise as they were found; many, so that an unstable sort would show. */
static void
test_sort(void)
{
    g_autoptr(GPtrArray) findings = make_findings();
    for (guint i = 0; i < 200; i++) {
        g_autofree char *id = g_strdup_printf("%03u", i);
        add(findings, id, (VfgLevel)(i * 7 % 4));
    }
    vfg_findings_sort(findings);
    for (guint i = 1; i < findings->len; i++) {
        const VfgFinding *before = findings->pdata[i - 1], *after = findings->pdata[i];
        g_assert_cmpint(before->level, >=, after->level);
        if (before->level == after->level)
            g_assert_cmpstr(before->id, <, after->id);
    }
}

static void
assert_result(VfgLevel level, const char *wanted)
{
    g_autoptr(GPtrArray) findings = make_findings();
    add(findings, "a", level);
    json_t *json = vfg_findings_to_json(findings);
    g_assert_cmpstr(json_string_value(json_object_get(json, "result")), ==, wanted);
    json_decref(json);
}

static void
test_json(void)
{
    assert_result(VFG_LEVEL_PASS, "pass");
    assert_result(VFG_LEVEL_NOTE, "pass");
    assert_result(VFG_LEVEL_WARN, "warn");
    assert_result(VFG_LEVEL_FAIL, "fail");
    g_autoptr(GPtrArray) findings = make_findings();
    add(findings, "iommu-on", VFG_LEVEL_WARN);
    json_t *json = vfg_findings_to_json(findings);
    g_autofree char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    g_assert_cmpstr(text, ==,
                    "{\"result\":\"warn\",\"findings\":[{\"id\":\"iommu-on\",\"level\":\"warn\","
                    "\"subject\":\"host\",\"title\":\"title\",\"cause\":\"\","
                    "\"fix\":\"fix \\\"it\\\"\\n\"}]}");
}

/* A finding about a file of an odd name is still one. */
static void
test_json_not_utf8(void)
{
    g_autoptr(GPtrArray) findings = make_findings();
    add(findings, "disk-missing", VFG_LEVEL_FAIL);
    VfgFinding *finding = findings->pdata[0];
    g_free(finding->cause);
    finding->cause = g_strdup("/images/\xff does not exist");
    json_t *json = vfg_findings_to_json(findings);
    const json_t *first = json_array_get(json_object_get(json, "findings"), 0);
    g_assert_cmpstr(json_string_value(json_object_get(first, "cause")), ==,
                    "/images/\xef\xbf\xbd does not exist");
    json_decref(json);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/finding/worst", test_worst);
    g_test_add_func("/finding/sort", test_sort);
    g_test_add_func("/finding/json", test_json);
    g_test_add_func("/finding/json-not-utf8", test_json_not_utf8);
    return g_test_run();
}
