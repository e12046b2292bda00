/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent watches and reports as events: puts the recogniser, the spool, the watch over
 * the kernel's log and that over the driver's counters together. What of it can't be had is said in
 * the log; the agent runs without. */

#pragma once

#include "agent.h"

typedef struct VfgReporter VfgReporter;

/* Opens the spool below `state` (NULL: /var/lib/vfiogpu-agent, or /run/vfiogpu-agent where that
 * can't be written). The boot id is read through `root`. Both must outlive it. */
VfgReporter *vfg_reporter_new(VfgRoot *root, const char *state, VfgLog *log);
void vfg_reporter_free(VfgReporter *reporter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgReporter, vfg_reporter_free)

/* The spool, or NULL where none can be had; the reporter's. */
VfgSpool *vfg_reporter_spool(const VfgReporter *reporter);

/* Follows the kernel's log at `path`; `agent` hears of news and must live as long as the main loop
 * runs. */
void vfg_reporter_start(VfgReporter *reporter, const char *path, VfgAgent *agent);

/* A GPU came or its driver did: begins to watch the driver's counters, where it does not already.
 */
void vfg_reporter_look_at_gpus(VfgReporter *reporter);
