/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The keys of a profile's function: their values' syntax, each checked by itself. What concerns
 * several keys at once is profile.c's. */

#pragma once

#include "profile.h"

/* Where in a profile a value is, for errors. */
typedef struct {
    const char *path;
    const char *group;
    const char *key; /* NULL: the group as a whole */
} VfgVgpuPlace;

/* Sets an error that names the place. */
void vfg_vgpu_place_error(const VfgVgpuPlace *place, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* A hexadecimal number with or without 0x in front, at most `max`. */
gboolean vfg_vgpu_place_parse_hex(const VfgVgpuPlace *place, const char *text, guint64 max,
                                  guint64 *ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets in `function` what the key of `place` stands for. */
gboolean vfg_vgpu_profile_key_set(const VfgVgpuPlace *place, const char *value,
                                  VfgVgpuFunction *function,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The index-th key that a function must have; NULL behind the last. */
const char *vfg_vgpu_profile_key_required(guint index);
