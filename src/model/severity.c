/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Severities and their names. */

#include "severity.h"

static const char *const names[] = {"none", "info", "warn", "error", "fatal"};

const char *
vfg_severity_name(VfgSeverity severity)
{
    return names[severity];
}

gboolean
vfg_severity_parse(const char *name, VfgSeverity *ret)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(name, names[i]) == 0) {
            *ret = (VfgSeverity)i;
            return TRUE;
        }
    }
    return FALSE;
}
