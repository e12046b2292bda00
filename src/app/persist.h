/* SPDX-License-Identifier: GPL-2.0-or-later */

/* bind --persistent and back: what keeps a GPU with vfio-pci over reboots, written, recorded in
 * STATE_DIR/persistent and taken away again. */

#pragma once

#include "app.h"
#include "journal.h"
#include "plan.h"

/* Writes the files for the functions of `priors` and makes the initramfs; where that fails all of
 * it is undone. Nothing is done where the GPU is persistent already. The GPU is claimed. With
 * `dry_run` only the plan is made. */
VfgPlan *vfg_app_persist(VfgApp *app, const VfgHost *host, const char *gpu, const GPtrArray *priors,
                         gboolean dry_run, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes exactly what was written: a file that was changed since is an error that names it, and
 * nothing is removed. VFG_ERROR_NOT_FOUND where the GPU is not persistent. */
VfgPlan *vfg_app_unpersist(VfgApp *app, const char *gpu, gboolean dry_run,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The record of a persistent GPU, whose priors are what it was before; NULL where there is none, or
 * a damaged one. */
VfgJournalState *vfg_app_persist_look(const VfgApp *app, const char *gpu);

/* The files written for a GPU, of char *; empty for none. The caller owns the array. */
GPtrArray *vfg_app_persist_files(const VfgApp *app, const char *gpu);

/* Takes away what a command that was cut off has written; `settled` as in vfg_app_recover. */
gboolean vfg_app_persist_recover(VfgApp *app, GPtrArray *settled,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
