/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning that another process does or did: of an agent that was restarted meanwhile, or of
 * somebody at the keyboard. Known by its lock and its state on disk. */

#pragma once

#include "progress.h"
#include "root.h"
#include "software.h"
#include "state.h"

/* Whether a `provision` is at work: it holds the lock of the folder. */
gboolean vfg_prior_work_runs(const char *state_dir);

/* How far it is by its state. VFG_PROVISION_NONE counts as begun. The caller frees it. */
VfgProgress *vfg_prior_work_progress(const VfgProvisionState *state);

/* What this system has for its GPU: the version of NVIDIA's module that is loaded, by /sys, and
 * what provisioning has found out by its state in `state_dir`, which may be NULL. The caller frees
 * it. */
VfgSoftware *vfg_prior_work_software(VfgRoot *root, const char *state_dir);

/* Whether it is to be gone on with unasked: it was cut off, or the reboot that it waited for is
 * over; `boot_id` is of this boot. What ended, well or not, did so for good. */
gboolean vfg_prior_work_goes_on(const VfgProvisionState *state, const char *boot_id);
