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

char *
vfg_domain_starting_fix(const char *name)
{
    return g_strdup_printf(
        "wait while its emulator runs (pgrep -af qemu); where there is none, libvirtd was ended "
        "before it had one: remove /run/libvirt/qemu/%s.xml, restart libvirtd, then run 'vfiogpu "
        "recover'",
        name);
}

gboolean
vfg_domain_state_is_off(VfgDomainState state)
{
    return state == VFG_DOMAIN_ABSENT || state == VFG_DOMAIN_SHUT_OFF ||
           state == VFG_DOMAIN_CRASHED;
}
