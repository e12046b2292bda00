/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a start has done besides binding, undone by its record: the domain's definition, its NVRAM
 * file, the disks. Nothing that a guest may have written to is removed. */

#pragma once

#include "app.h"
#include "start-record.h"

/* Puts the definition that libvirt had before back, or removes the domain where it had none.
 * `ran`: the guest ran, or may have: its NVRAM file stays. */
gboolean vfg_undo_definition(VfgApp *app, const VfgStartState *start, gboolean ran,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the disks that the start made and nobody wrote to. `kept` (of char *) gets a line for
 * each that stays. May be done twice. */
gboolean vfg_undo_disks(const VfgStartState *start, GPtrArray *kept,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Both. */
gboolean vfg_undo_start(VfgApp *app, const VfgStartState *start, gboolean ran, GPtrArray *kept,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
