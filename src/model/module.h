/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel modules that are loaded, those that matter here. */

#pragma once

#include <glib.h>

/* A line of /proc/modules (proc_modules(5)). */
typedef struct {
    char *name;       /* with "_", as the kernel has it: "vfio_pci" */
    gint64 use_count; /* -1: unknown (a kernel that can't unload modules shows "-") */
    char **users;     /* the modules that use it, NULL-terminated: each counts as one use */
} VfgModule;

void vfg_module_free(VfgModule *module);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgModule, vfg_module_free)

/* The modules of /proc/modules that matter, as VfgModule: vfio*, nvidia* and the other drivers of
 * GPUs and their sound, iommufd, pci_stub. The caller owns the array. Drivers that are built in are
 * not in it. */
GPtrArray *vfg_modules_parse(const char *text) G_GNUC_WARN_UNUSED_RESULT;

/* The module of that name ("-" and "_" are the same), or NULL. */
const VfgModule *vfg_modules_find(GPtrArray *modules, const char *name);
