/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for handing GPUs to vfio-pci and back. */

#pragma once

#include "gpu.h"
#include "plan.h"
#include "prior-state.h"

/* The state of the GPU's functions now: what a journal remembers. An array of VfgPriorState, owned
 * by the caller. */
GPtrArray *vfg_prior_state_of_gpu(const VfgGpu *gpu);

/* Hands all functions of the GPU to vfio-pci: overrides set, all unbound, then all bound, so that
 * no function is on vfio-pci while a sibling is still with its host driver. Functions that are
 * there already are left alone; a plan without steps says that nothing is to do. VFG_ERROR_REFUSED
 * where a peer in the group or the boot display would be hurt, VFG_ERROR_FAILED where the host
 * can't do it. */
VfgPlan *vfg_plan_bind(const VfgHost *host, const VfgGpu *gpu, gboolean force_boot_display,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Brings functions back to their prior states from whatever state they are in: unbound from
 * vfio-pci (only from it: a driver that somebody else bound since stays), overrides put back,
 * original drivers bound. A function that vanished is passed over. */
VfgPlan *vfg_plan_restore(const VfgHost *host, const char *subject, const GPtrArray *priors);
