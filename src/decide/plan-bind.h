/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for handing GPUs to vfio-pci and back. */

#pragma once

#include "gpu.h"
#include "harm.h"
#include "plan.h"
#include "prior-state.h"

/* The state of the GPU's functions now: what a journal remembers. An array of VfgPriorState, owned
 * by the caller. */
GPtrArray *vfg_prior_state_of_gpu(const VfgGpu *gpu);

/* The same with the peers that the consent hands over as well. */
GPtrArray *vfg_prior_state_with_peers(const VfgGpu *gpu, const VfgConsent *consent);

/* Hands all functions of the GPU to vfio-pci: overrides set, all unbound, then all bound, so that
 * no function is on vfio-pci while a sibling is still with its host driver. Functions that are
 * there already are left alone; a plan without steps says that nothing is to do. VFG_ERROR_REFUSED
 * where a peer in the group, the boot display or a process would be hurt and the consent does not
 * allow it, VFG_ERROR_FAILED where the host can't do it. */
VfgPlan *vfg_plan_bind(const VfgHost *host, const VfgGpu *gpu, const VfgConsent *consent,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for several GPUs (of const VfgGpu *) of one VM, which may share a group: first all
 * overrides, then all are unbound, then all bound. */
VfgPlan *vfg_plan_bind_all(const VfgHost *host, const GPtrArray *gpus, const char *subject,
                           const VfgConsent *consent, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether what the plan takes away from the host (steps of kind VFG_STEP_UNBIND, of const VfgStep)
 * may still be taken, by the same rules, from a host that was read just now. */
gboolean vfg_plan_still_harmless(const VfgHost *host, const GPtrArray *gpus, const GPtrArray *steps,
                                 const VfgConsent *consent,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Brings functions back to their prior states from whatever state they are in: unbound from
 * vfio-pci (only from it: a driver that somebody else bound since stays), overrides put back,
 * original drivers bound. A function that vanished is passed over. */
VfgPlan *vfg_plan_restore(const VfgHost *host, const char *subject, const GPtrArray *priors);
