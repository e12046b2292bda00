/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A finding: one verdict of `check`, with its cause and its fix. The texts come from
 * data/findings.d. */

#pragma once

#include <glib.h>
#include <jansson.h>

typedef enum {
    VFG_LEVEL_PASS,
    VFG_LEVEL_NOTE,
    VFG_LEVEL_WARN,
    VFG_LEVEL_FAIL,
} VfgLevel;

typedef struct {
    char *id; /* stable: "iommu-off" */
    VfgLevel level;
    char *subject; /* "host", a PCI address, a VM's name */
    char *title;
    char *cause; /* "" where there is none to name */
    char *fix;   /* "" where nothing is to do */
} VfgFinding;

void vfg_finding_free(VfgFinding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgFinding, vfg_finding_free)

/* "PASS", "NOTE", "WARN" or "FAIL". */
const char *vfg_level_name(VfgLevel level);

/* The worst level among findings; PASS for none. */
VfgLevel vfg_findings_worst(const GPtrArray *findings);

/* Sorts findings, worst first, otherwise keeping their order. */
void vfg_findings_sort(GPtrArray *findings);

/* {"result":"pass"|"warn"|"fail","findings":[…]} as `check --json` shows it (docs/JSON.md); a new
 * reference. */
json_t *vfg_findings_to_json(const GPtrArray *findings);
