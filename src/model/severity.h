/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How bad something in a log or a counter is. */

#pragma once

#include <glib.h>

typedef enum {
    VFG_SEVERITY_NONE,  /* nothing is wrong */
    VFG_SEVERITY_INFO,  /* worth a note, no action */
    VFG_SEVERITY_WARN,  /* degraded, or a program's fault */
    VFG_SEVERITY_ERROR, /* GPU or VM unusable until something is reset, configured or installed */
    VFG_SEVERITY_FATAL, /* the device is gone or is to be replaced */
} VfgSeverity;

/* "none", "info", "warn", "error" or "fatal"; static. */
const char *vfg_severity_name(VfgSeverity severity);

/* The severity of a name, as vfg_severity_name gives it; FALSE for any other text, NULL too. */
gboolean vfg_severity_parse(const char *name, VfgSeverity *ret) G_GNUC_WARN_UNUSED_RESULT;
