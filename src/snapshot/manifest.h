/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The manifest of a snapshot: what made it, when, what is missing and what was redacted
 * (docs/SNAPSHOT.md). */

#pragma once

#include "record.h"
#include "redact.h"

typedef struct {
    const char *tool;            /* "vfiogpu 0.1.0" */
    const char *captured;        /* time, RFC 3339 */
    const char *kernel_release;  /* NULL where unknown */
    const char *arch;            /* NULL where unknown */
    const char *kernel_log_gap;  /* why there is no kernel log; NULL where there is one */
    const GPtrArray *gaps;       /* of VfgRecordGap */
    const VfgRedactor *redactor; /* NULL: nothing was redacted */
    guint entries;               /* of the archive, the manifest included */
} VfgManifest;

/* The text of the file; the caller frees it. */
char *vfg_manifest_format(const VfgManifest *manifest);

/* How many entries the archive has, as its manifest says. A format of the future is an error. */
gboolean vfg_manifest_read_entries(const char *text, gsize len, guint *entries,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
