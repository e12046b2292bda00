/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The recorder: makes a tree of what was looked up through a recording root, such that the same
 * look-ups in the tree give the same answers. Links are kept as links beside what they lead to. */

#pragma once

#include "root.h"

typedef struct VfgRecorder VfgRecorder;

/* Something that could not be read, and why. */
typedef struct {
    char *path;
    char *why;
} VfgRecordGap;

/* `plain` is a root of the same place that does not record; it must outlive the recorder. */
VfgRecorder *vfg_recorder_new(VfgRoot *plain);
void vfg_recorder_free(VfgRecorder *recorder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgRecorder, vfg_recorder_free)

/* The root to read through; the caller frees it before the recorder. */
VfgRoot *vfg_recorder_root(VfgRecorder *recorder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What was recorded so far. It belongs to the recorder and may be added to. */
VfgTree *vfg_recorder_tree(VfgRecorder *recorder);

/* Of VfgRecordGap, in the order in which they were met; owned by the recorder. */
const GPtrArray *vfg_recorder_gaps(const VfgRecorder *recorder);

/* Adds a file that no look-up gave, with the folders above it; one that is there already is left
 * alone unless its contents are unknown. */
void vfg_recorder_put(VfgRecorder *recorder, const char *path, const char *bytes, gsize len);
