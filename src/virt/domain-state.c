/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the states of a domain are called and mean. */

#include "virt.h"

const char *
vfg_domain_state_name(VfgDomainState state)
{
    static const char *const names[] = {"not defined", "shut off", "running",
                                        "paused",      "crashed",  "starting"};
    return names[state];
}

gboolean
vfg_domain_state_is_off(VfgDomainState state)
{
    return state == VFG_DOMAIN_ABSENT || state == VFG_DOMAIN_SHUT_OFF ||
           state == VFG_DOMAIN_CRASHED;
}
