/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a log comes to: root causes, their symptoms under them, and a verdict. */

#pragma once

#include "pci-address.h"
#include "severity.h"

#include <jansson.h>

typedef enum {
    VFG_VERDICT_OK,   /* nothing, or nothing that concerns a GPU */
    VFG_VERDICT_WARN, /* to be told, but no failure of hardware or passthrough */
    VFG_VERDICT_FAIL, /* something is at severity error or fatal */
} VfgVerdict;

typedef struct {
    char *id;
    char *class_name;
    guint64 count;
} VfgSymptom;

/* One thing that is the case. All text is the catalogue's, but for the code, the times and the
 * line, which are the log's and not escaped. */
typedef struct {
    char *id;
    char *class_name;
    VfgSeverity severity; /* the worst of itself and its symptoms */
    gboolean other;       /* another device's, or nobody knows whose */
    gboolean has_address;
    VfgPciAddress address;
    char *code; /* "" where there is none */
    guint64 count;
    guint64 first_line; /* counted from 1 */
    guint64 last_line;
    char *first_time; /* as the log writes it; "" where it has none */
    char *last_time;
    char *line; /* the first one, cut, as UTF-8 */
    char *cause;
    char *fix;           /* "" where nothing is to do */
    GPtrArray *symptoms; /* of VfgSymptom */
} VfgIncident;

typedef struct {
    VfgVerdict verdict;
    GPtrArray *classes;   /* of char *, the worst first; "benign" alone where there is nothing */
    GPtrArray *incidents; /* of VfgIncident at warn and above, the worst first */
    GPtrArray *notes;     /* of VfgIncident: information, and other devices' troubles */
    guint64 lines;        /* that were read */
    guint64 dropped;      /* matches of kinds beyond what is kept; the least severe go first */
} VfgDiagnosis;

VfgIncident *vfg_incident_new(void);
void vfg_incident_free(VfgIncident *incident);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgIncident, vfg_incident_free)

/* A diagnosis with empty lists. */
VfgDiagnosis *vfg_diagnosis_new(void);
void vfg_diagnosis_free(VfgDiagnosis *diagnosis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgDiagnosis, vfg_diagnosis_free)

/* "ok", "warn" or "fail". */
const char *vfg_verdict_name(VfgVerdict verdict);

/* As `diagnose --json` prints it (docs/JSON.md); a new reference. */
json_t *vfg_diagnosis_to_json(const VfgDiagnosis *diagnosis);
