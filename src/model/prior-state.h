/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a function was before it was handed over: read from the host, remembered in the journal,
 * restored by a plan. */

#pragma once

#include "pci-address.h"

typedef struct {
    VfgPciAddress address;
    char *driver;          /* NULL: none */
    char *driver_override; /* NULL: none */
} VfgPriorState;

/* Strings are copied and may be NULL. */
VfgPriorState *vfg_prior_state_new(VfgPciAddress address, const char *driver,
                                   const char *driver_override);
void vfg_prior_state_free(VfgPriorState *prior);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgPriorState, vfg_prior_state_free)

/* An empty array that owns its VfgPriorState. */
GPtrArray *vfg_prior_states_new(void);
