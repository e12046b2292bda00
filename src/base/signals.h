/* SPDX-License-Identifier: GPL-2.0-or-later */

/* SIGINT, SIGTERM and SIGHUP held back while something must be finished or undone; child processes
 * started meanwhile hold them back, too, so that a terminal's Ctrl-C does not end them in the
 * middle of an act. */

#pragma once

#include <glib.h>

typedef struct VfgSignals VfgSignals;

/* Holds them back in this thread. */
VfgSignals *vfg_signals_hold(void);

/* As before vfg_signals_hold. A signal that came and was not taken is forgotten: what it was to
 * interrupt is finished. */
void vfg_signals_free(VfgSignals *signals);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSignals, vfg_signals_free)

/* The name of a signal that came, which is then used up, or NULL. */
const char *vfg_signals_take(VfgSignals *signals);
