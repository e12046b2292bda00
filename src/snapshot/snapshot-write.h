/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes a recording as a snapshot (docs/SNAPSHOT.md). */

#pragma once

#include "manifest.h"

/* Writes the tree as a tar in the pax format to the new file `path`, mode 0600, gzip where the name
 * ends in .gz or .tgz. The manifest is its first entry; its `entries` are filled in here. The file
 * appears whole or not at all. One that is there is only replaced where `force` is set, and then
 * stays until the new one is whole. `now` is the time of all entries, in seconds. */
gboolean vfg_snapshot_write(const VfgTree *tree, VfgManifest *manifest, const char *path,
                            gboolean force, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether `path` is free to be written to; the error says what is there. */
gboolean vfg_snapshot_can_write(const char *path, gboolean force,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
