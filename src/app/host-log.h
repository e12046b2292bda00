/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's own kernel log, as far as it is about GPUs that VMs have: AER, IOMMU faults, vfio. */

#pragma once

#include "monitor.h"

typedef struct VfgHostLog VfgHostLog;

/* Follows the log from now on. */
VfgHostLog *vfg_host_log_new(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_host_log_free(VfgHostLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgHostLog, vfg_host_log_free)

/* Stores what has come, as the monitor's; never waits. */
void vfg_host_log_turn(VfgHostLog *log, VfgMonitor *monitor);
