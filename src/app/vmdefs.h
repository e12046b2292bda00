/* SPDX-License-Identifier: GPL-2.0-or-later */

/* VM definitions on disk: finding, listing, storing. */

#pragma once

#include "app.h"
#include "vmdef.h"

/* Reads the definition of a VM by its name, from the first folder that has one. VFG_ERROR_NOT_FOUND
 * lists the folders and the VMs that there are. */
VfgVmdef *vfg_vmdefs_load(const VfgApp *app, const char *name,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether some folder has a definition of that name, without reading it. */
gboolean vfg_vmdefs_has(const VfgApp *app, const char *name);

/* VFG_ERROR_NOT_FOUND where neither a definition nor a domain of libvirt's has that name. */
gboolean vfg_vmdefs_require(VfgApp *app, const char *name,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The names of all VMs, sorted, each once. The array owns them. */
GPtrArray *vfg_vmdefs_list(const VfgApp *app);

/* Checks the file and stores it as config_dir/vmdefs/NAME.xml, durably, in place of an earlier one.
 * Gives the stored definition; *path is where it is (the caller frees it). */
VfgVmdef *vfg_vmdefs_define(const VfgApp *app, const char *file, char **path,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the stored definition, what libvirt has of the VM, and the CD-ROM with the agent that was
 * made for it. Refused while it runs. */
gboolean vfg_vmdefs_undefine(VfgApp *app, const char *name,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The absolute path of a disk file or base image of a vmdef. The caller frees it. */
char *vfg_vmdefs_image_path(const VfgApp *app, const char *file);
