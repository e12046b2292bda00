/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a function was before it was handed over. */

#include "prior-state.h"

VfgPriorState *
vfg_prior_state_new(VfgPciAddress address, const char *driver, const char *driver_override)
{
    VfgPriorState *prior = g_new0(VfgPriorState, 1);
    prior->address = address;
    prior->driver = g_strdup(driver);
    prior->driver_override = g_strdup(driver_override);
    return prior;
}

void
vfg_prior_state_free(VfgPriorState *prior)
{
    if (!prior)
        return;
    g_free(prior->driver);
    g_free(prior->driver_override);
    g_free(prior);
}

GPtrArray *
vfg_prior_states_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)vfg_prior_state_free);
}
