/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for starting and stopping a VM. */

#pragma once

#include "consent.h"
#include "gpu.h"
#include "locality.h"
#include "plan.h"
#include "sizing.h"
#include "vmdef.h"

/* The GPUs that the vmdef's selectors mean, an array of const VfgGpu *, in the vmdef's order; an
 * error where one does not resolve or two mean the same GPU. */
GPtrArray *vfg_plan_vm_gpus(const VfgVmdef *vmdef, const GPtrArray *gpus,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The steps of `start`: bind each GPU, create disks that are missing (of `missing_disks`, const
 * VfgVmdefDisk *, each with a base image), define, boot, wait. Errors as vfg_plan_bind. */
VfgPlan *vfg_plan_start(const VfgHost *host, const VfgVmdef *vmdef, const GPtrArray *vm_gpus,
                        const GPtrArray *missing_disks, VfgWait wait, const VfgConsent *consent,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds notes to a plan of `start`: what the domain says of the guest's addresses, its memory and
 * its vCPUs beyond libvirt's defaults. */
void vfg_plan_note_domain(VfgPlan *plan, const VfgSizing *sizing, const VfgLocality *locality);

/* The steps of `stop`: shut down where the VM runs (or, by `force`, switch off), then `restores`
 * (plans of vfg_plan_restore, taken over). */
VfgPlan *vfg_plan_stop(const char *name, gboolean running, gboolean force, GPtrArray *restores);
