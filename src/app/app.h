/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What every use case works with: the root, the folders, libvirt, the texts. Made once by the
 * command line and passed on; nothing of it is global. */

#pragma once

#include "catalogue.h"
#include "gpu.h"
#include "root.h"
#include "signals.h"
#include "virt.h"

/* Called with a line about what is being done now. */
typedef void (*VfgAppProgress)(const char *line, gpointer data);

typedef struct {
    VfgRoot *root;
    gboolean live;           /* the root is the running system itself */
    char *data_dir;          /* findings.d and the shipped vmdefs */
    char *state_dir;         /* journal and claims */
    char *config_dir;        /* where `define` puts vmdefs: /etc/vfiogpu or ~/.config/vfiogpu */
    char *images_dir;        /* where relative disk files are */
    char *uri;               /* of libvirt */
    GPtrArray *vmdef_dirs;   /* of char *: searched for vmdefs, in order */
    VfgAppProgress progress; /* may be NULL */
    gpointer progress_data;
    const char *file_root; /* before the paths of files below /etc; NULL: "", tests have another */
    guint act_timeout;     /* s for one act on the kernel, 0: VFG_ACT_TIMEOUT; also for a boot that
                              another command began, 0: a minute */
    VfgSignals *signals;   /* held back now, or NULL; not owned */
    VfgVirt *virt;         /* connected when first needed; see vfg_app_virt */
    GThread *virt_load;    /* see vfg_app_expect_virt, or NULL */
} VfgApp;

/* Paths that a user may override; NULL stands for the default. */
typedef struct {
    const char *sysroot; /* a directory or a snapshot's tar */
    const char *data_dir;
    const char *state_dir;
    const char *uri;
} VfgAppPaths;

VfgApp *vfg_app_new(const VfgAppPaths *paths, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_app_free(VfgApp *app);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgApp, vfg_app_free)

/* Says that libvirt will be asked soon: its library is loaded meanwhile. */
void vfg_app_expect_virt(VfgApp *app);

/* The connection to libvirt, made on the first call; it belongs to the app. */
VfgVirt *vfg_app_virt(VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether to go on: FALSE with VFG_ERROR_INTERRUPTED where a signal that is held back has come. For
 * steps that wait. */
gboolean vfg_app_go_on(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* VFG_ERROR_REFUSED where the root is a snapshot: for verbs that change the host. */
gboolean vfg_app_require_live(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the bytes of one data file. */
typedef gboolean (*VfgAppDataFunc)(gpointer data, const char *file, const char *bytes, gsize len,
                                   GError **error);

/* Hands the *.ini of a folder of data_dir, then those of the same folder in /etc/vfiogpu, to
 * `func`, by name. The second folder need not be there. Ends at the first error. */
gboolean vfg_app_read_data(const VfgApp *app, const char *name, VfgAppDataFunc func, gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The texts of findings, from data_dir/findings.d and /etc/vfiogpu/findings.d. */
VfgCatalogue *vfg_app_load_catalogue(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Says what is being done. */
void vfg_app_say(const VfgApp *app, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A host and its GPUs, which point into it. */
typedef struct {
    VfgHost *host;
    GPtrArray *gpus; /* of VfgGpu */
    gboolean holders_found;
} VfgInventory;

/* Finds out which processes have the GPU open, unless it is with vfio-pci or has no driver anyway:
 * that looks at every open file of the host. Done once for an inventory. */
void vfg_inventory_find_holders(const VfgApp *app, VfgInventory *inventory, const VfgGpu *gpu);

VfgInventory *vfg_inventory_new(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The GPU that a selector means, with its holders found. It belongs to the inventory. */
const VfgGpu *vfg_inventory_select(const VfgApp *app, VfgInventory *inventory, const char *selector,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_inventory_free(VfgInventory *inventory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgInventory, vfg_inventory_free)
