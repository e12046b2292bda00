/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host itself uses its PCI functions for. */

#include "usage.h"

VfgUsage *
vfg_usage_new(VfgUsageKind kind, const VfgPciAddress *function, const char *what,
              const char *device)
{
    VfgUsage *usage = g_new0(VfgUsage, 1);
    usage->kind = kind;
    usage->known = function != NULL;
    if (function)
        usage->function = *function;
    usage->what = g_strdup(what);
    usage->device = g_strdup(device);
    return usage;
}

void
vfg_usage_free(VfgUsage *usage)
{
    if (!usage)
        return;
    g_free(usage->what);
    g_free(usage->device);
    g_free(usage);
}

VfgHolder *
vfg_holder_new(int pid, const char *device)
{
    VfgHolder *holder = g_new0(VfgHolder, 1);
    holder->pid = pid;
    holder->uid = -1;
    holder->device = g_strdup(device);
    return holder;
}

void
vfg_holder_free(VfgHolder *holder)
{
    if (!holder)
        return;
    g_free(holder->command);
    g_free(holder->device);
    g_free(holder);
}
