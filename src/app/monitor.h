/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Collecting from several VMs at a time: keeps the channels of those that run open, stores what
 * comes, and comes back after whatever cuts a channel. */

#pragma once

#include "app.h"
#include "handover.h"
#include "store.h"

typedef struct VfgMonitor VfgMonitor;

/* Of the VM `only`, or of all that run where it is NULL. `handover` lends channels to commands;
 * with it, which is vfiogpud's, each guest that says hello is also told what its definition wants.
 * NULL: for listening only. All must outlive it. */
VfgMonitor *vfg_monitor_new(VfgApp *app, VfgStore *store, const char *only, VfgHandover *handover);
void vfg_monitor_free(VfgMonitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgMonitor, vfg_monitor_free)

/* Looks at libvirt again which VMs run: after a VM was started or stopped, or libvirtd was. */
void vfg_monitor_look(VfgMonitor *monitor);

/* Stores an event of the host's own log with the VM that has the GPU at its address, or with all
 * that have one behind the bridge at its address; without an address, with the only VM that runs.
 * Else nothing happens. */
void vfg_monitor_take_host_event(VfgMonitor *monitor, VfgEvent *event);

/* Deals with what has come, a bounded part of it for each VM, without waiting. TRUE: there may be
 * more. */
gboolean vfg_monitor_turn(VfgMonitor *monitor);
