/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Capturing a host as a snapshot. */

#pragma once

#include "app.h"

typedef struct {
    gboolean redact; /* take out serial numbers, addresses and names (docs/SNAPSHOT.md) */
    gboolean force;  /* replace a file that is there */
    gint64 now;      /* seconds since 1970, for the manifest */
} VfgCaptureOptions;

/* Writes everything that the facts of this host are read from to the new file `path`. */
gboolean vfg_app_capture(VfgApp *app, const char *path, const VfgCaptureOptions *options,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
