/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A finding. */

#include "finding.h"

#include "text-json.h"

void
vfg_finding_free(VfgFinding *finding)
{
    if (!finding)
        return;
    g_free(finding->id);
    g_free(finding->subject);
    g_free(finding->title);
    g_free(finding->cause);
    g_free(finding->fix);
    g_free(finding);
}

const char *
vfg_level_name(VfgLevel level)
{
    static const char *const names[] = {"PASS", "NOTE", "WARN", "FAIL"};
    return names[level];
}

VfgLevel
vfg_findings_worst(const GPtrArray *findings)
{
    VfgLevel worst = VFG_LEVEL_PASS;
    for (guint i = 0; i < findings->len; i++)
        worst = MAX(worst, ((const VfgFinding *)g_ptr_array_index(findings, i))->level);
    return worst;
}

static int
compare_levels(gconstpointer a, gconstpointer b)
{
    return (int)(*(VfgFinding *const *)b)->level - (int)(*(VfgFinding *const *)a)->level;
}

void
vfg_findings_sort(GPtrArray *findings)
{
    g_ptr_array_sort(findings, compare_levels); /* a stable sort, as glib documents */
}

/* Texts may quote names of files, which need not be UTF-8; JSON is, and nothing may be lost. */
static json_t *
finding_to_json(const VfgFinding *finding)
{
    g_autofree char *level = g_ascii_strdown(vfg_level_name(finding->level), -1);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "id", finding->id, "level", level, "subject",
                     vfg_text_to_json(finding->subject), "title", vfg_text_to_json(finding->title),
                     "cause", vfg_text_to_json(finding->cause), "fix",
                     vfg_text_to_json(finding->fix));
}

json_t *
vfg_findings_to_json(const GPtrArray *findings)
{
    static const char *const results[] = {"pass", "pass", "warn", "fail"};
    json_t *array = json_array();
    for (guint i = 0; i < findings->len; i++)
        json_array_append_new(array, finding_to_json(g_ptr_array_index(findings, i)));
    return json_pack("{s:s, s:o}", "result", results[vfg_findings_worst(findings)], "findings",
                     array);
}
