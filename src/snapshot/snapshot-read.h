/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads a snapshot (docs/SNAPSHOT.md) into memory. Nothing is unpacked to disk, so there is nothing
 * to escape to and nothing to clean up; the bounds are in bounds.h. */

#pragma once

#include "root.h"

/* The tree in a tar of `len` bytes, plain or gzip; `shown` names it in errors, which also name the
 * entry. The caller frees it. */
VfgTree *vfg_snapshot_read(const void *bytes, gsize len, const char *shown,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The root of the snapshot at `path`: a directory, or a tar that is read whole. */
VfgRoot *vfg_snapshot_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
