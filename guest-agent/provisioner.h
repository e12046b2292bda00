/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning on behalf of the host, or by the configuration that the guest has: the agent's own
 * `provision` as a child process, whose progress is read while it runs. A child, since it takes
 * long and waits; the agent answers meanwhile. */

#pragma once

#include "configure.h"
#include "log.h"
#include "progress.h"
#include "root.h"

typedef struct VfgProvisioner VfgProvisioner;

/* There is news; vfg_provisioner_progress has it. */
typedef void (*VfgProvisionerFunc)(gpointer data);

/* `program` is run with the command provision, which keeps its state in `state_dir`;
 * /etc/vfiogpu/agent.conf is read through `facts`.
 * All of them and `log` must outlive it. */
VfgProvisioner *vfg_provisioner_new(const char *program, const char *state_dir, VfgRoot *facts,
                                    VfgLog *log, VfgProvisionerFunc func, gpointer data);

/* Leaves a child that runs alone: it goes on. */
void vfg_provisioner_free(VfgProvisioner *provisioner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProvisioner, vfg_provisioner_free)

/* When the agent starts: begins what is configured where nothing was done yet, goes on with what
 * was cut off or waited for a reboot, follows a child of an earlier agent that still works. What
 * ended, well or not, stays as it is. */
void vfg_provisioner_begin(VfgProvisioner *provisioner);

/* What the host wants. It begins where another profile or nothing was set up before, and goes on
 * where it was cut off; otherwise the progress is only told again: what ended, well or not, stays
 * so. Where another process is at work, after that. */
void vfg_provisioner_configure(VfgProvisioner *provisioner, const VfgConfigure *configure);

/* The same, done in any case: what failed is tried again, what is done is looked at. Where
 * something is being set up, its progress is told. */
void vfg_provisioner_provision(VfgProvisioner *provisioner, const VfgConfigure *configure);

/* Whether something is being set up. */
gboolean vfg_provisioner_is_busy(const VfgProvisioner *provisioner);

/* The newest progress, or NULL: nothing was begun. Owned by the provisioner. */
const VfgProgress *vfg_provisioner_progress(const VfgProvisioner *provisioner);
