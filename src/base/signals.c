/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Signals held back. */

#include "signals.h"

#include <signal.h>
#include <time.h>

struct VfgSignals {
    sigset_t held, before;
};

VfgSignals *
vfg_signals_hold(void)
{
    VfgSignals *signals = g_new0(VfgSignals, 1);
    sigemptyset(&signals->held);
    sigaddset(&signals->held, SIGINT);
    sigaddset(&signals->held, SIGTERM);
    sigaddset(&signals->held, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals->held, &signals->before);
    return signals;
}

void
vfg_signals_free(VfgSignals *signals)
{
    if (!signals)
        return;
    while (vfg_signals_take(signals))
        ;
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
    g_free(signals);
}

const char *
vfg_signals_take(VfgSignals *signals)
{
    const struct timespec now = {0};
    switch (sigtimedwait(&signals->held, NULL, &now)) {
    case SIGINT:
        return "SIGINT";
    case SIGTERM:
        return "SIGTERM";
    case SIGHUP:
        return "SIGHUP";
    default:
        return NULL;
    }
}
