/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The CD-ROM that brings the agent into a guest: made for a VM, attached while it is there. */

#pragma once

#include "app.h"
#include "vmdef.h"

/* Where the seed of a VM is kept, beside the images. The caller frees it. */
char *vfg_app_seed_path(const VfgApp *app, const char *vm);

/* Makes the seed from the installed agent and the VM's definition, over an older one. The domain
 * gets it when it is defined next. An error where the agent is not installed on this host. */
gboolean vfg_app_seed_make(const VfgApp *app, const VfgVmdef *vmdef,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the seed of a VM. None is fine; a file in its place that is not one of ours stays, and
 * that is said. */
gboolean vfg_app_seed_remove(const VfgApp *app, const char *vm,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The use case `agent install`: makes the seed of the VM `name` and gives its path, which the
 * caller frees. */
char *vfg_app_agent_install(VfgApp *app, const char *name,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
