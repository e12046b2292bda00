/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The checks of `check`, and those that `start` makes before it does anything. */

#pragma once

#include "app.h"
#include "finding.h"
#include "placement.h"
#include "vmdef.h"

/* Findings about the host (`what` NULL), one GPU (a selector) or one VM (a name), worst first. A
 * name that is both a VM and a selector is the VM. The caller frees the array. */
GPtrArray *vfg_app_check(VfgApp *app, const char *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Findings about a VM on the host that it is settled on, worst first; used by start. */
GPtrArray *vfg_app_check_vm(const VfgApp *app, const VfgVmdef *vmdef, const VfgSettled *settled,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What libvirt says to being called: its URI, and below it, where it does not answer, why; of a
 * snapshot what it said then, or NULL where the snapshot has it not. The caller frees it. */
char *vfg_app_ask_libvirt(VfgApp *app);

/* The disks of a VM that are not there: const VfgVmdefDisk *, split into those that can be made
 * from a base image and (file names, char *) those that can't. Both arrays are the caller's, made
 * with the matching free functions. */
void vfg_app_missing_disks(const VfgApp *app, const VfgVmdef *vmdef, GPtrArray *can_be_made,
                           GPtrArray *missing);
