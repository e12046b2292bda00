/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What every use case works with. */

#include "app.h"

#include "error.h"
#include "gpu-find.h"
#include "holders.h"
#include "io.h"
#include "probe.h"
#include "snapshot-read.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static char *
or_default(const char *given, char *standard)
{
    if (!given)
        return standard;
    g_free(standard);
    return g_canonicalize_filename(given, NULL);
}

static void
set_folders(VfgApp *app, const VfgAppPaths *paths)
{
    gboolean root = geteuid() == 0;
    app->data_dir = or_default(paths->data_dir, g_strdup(VFG_DATA_DIR));
    app->state_dir = or_default(paths->state_dir,
                                root ? g_strdup(VFG_STATE_DIR)
                                     : g_build_filename(g_get_user_state_dir(), "vfiogpu", NULL));
    app->config_dir = root ? g_strdup(VFG_CONFIG_DIR)
                           : g_build_filename(g_get_user_config_dir(), "vfiogpu", NULL);
    app->uri = g_strdup(paths->uri ? paths->uri : root ? "qemu:///system" : "qemu:///session");
    app->images_dir = g_str_has_suffix(app->uri, "/session")
                          ? g_build_filename(g_get_user_data_dir(), "libvirt", "images", NULL)
                          : g_strdup("/var/lib/libvirt/images");
    app->vmdef_dirs = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(app->vmdef_dirs,
                    g_build_filename(g_get_user_config_dir(), "vfiogpu", "vmdefs", NULL));
    g_ptr_array_add(app->vmdef_dirs, g_build_filename(VFG_CONFIG_DIR, "vmdefs", NULL));
    g_ptr_array_add(app->vmdef_dirs, g_build_filename(app->data_dir, "vmdefs", NULL));
}

VfgApp *
vfg_app_new(const VfgAppPaths *paths, GError **error)
{
    g_autoptr(VfgRoot) root =
        paths->sysroot ? vfg_snapshot_open(paths->sysroot, error) : vfg_root_new("/", error);
    if (!root)
        return NULL;
    VfgApp *app = g_new0(VfgApp, 1);
    app->root = g_steal_pointer(&root);
    app->live = !paths->sysroot || g_str_equal(paths->sysroot, "/");
    set_folders(app, paths);
    return app;
}

void
vfg_app_free(VfgApp *app)
{
    if (!app)
        return;
    g_clear_pointer(&app->virt_load, g_thread_join);
    vfg_virt_free(app->virt);
    vfg_root_free(app->root);
    g_ptr_array_unref(app->vmdef_dirs);
    g_free(app->data_dir);
    g_free(app->state_dir);
    g_free(app->config_dir);
    g_free(app->images_dir);
    g_free(app->uri);
    g_free(app);
}

void
vfg_app_expect_virt(VfgApp *app)
{
    if (!app->virt && !app->virt_load)
        app->virt_load = vfg_virt_load_beside();
}

VfgVirt *
vfg_app_virt(VfgApp *app, GError **error)
{
    g_clear_pointer(&app->virt_load, g_thread_join);
    if (!app->virt)
        app->virt = vfg_virt_open(app->uri, 0, error);
    return app->virt;
}

gboolean
vfg_app_go_on(const VfgApp *app, GError **error)
{
    const char *name = app->signals ? vfg_signals_take(app->signals) : NULL;
    if (!name)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_INTERRUPTED, NULL, "interrupted by %s", name);
    return FALSE;
}

gboolean
vfg_app_require_live(const VfgApp *app, GError **error)
{
    if (vfg_root_is_writable(app->root))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_REFUSED, "run the command without --sysroot",
                  "this would change a host, but --sysroot names a snapshot");
    return FALSE;
}

void
vfg_app_say(const VfgApp *app, const char *format, ...)
{
    if (!app->progress)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    app->progress(line, app->progress_data);
}

static gboolean
add_file(const char *path, VfgAppDataFunc func, gpointer data, GError **error)
{
    gsize len = 0;
    g_autofree char *bytes = vfg_io_read_file(path, 1 << 20, &len, error);
    return bytes && func(data, path, bytes, len, error);
}

/* Hands over the *.ini of a folder by name; a folder that is not there is fine unless it must be.
 */
static gboolean
add_folder(const char *folder, gboolean must, VfgAppDataFunc func, gpointer data, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &local);
    if (!dir && !must && g_error_matches(local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
    if (!dir) {
        vfg_error_set(error, VFG_ERROR_NOT_FOUND,
                      "install vfiogpu's data files, or name their folder "
                      "with --data-dir",
                      "%s", local->message);
        return FALSE;
    }
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".ini"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    vfg_io_sort_names(paths);
    for (guint i = 0; i < paths->len; i++)
        if (!add_file(g_ptr_array_index(paths, i), func, data, error))
            return FALSE;
    return TRUE;
}

gboolean
vfg_app_read_data(const VfgApp *app, const char *name, VfgAppDataFunc func, gpointer data,
                  GError **error)
{
    g_autofree char *shipped = g_build_filename(app->data_dir, name, NULL);
    g_autofree char *own = g_build_filename(VFG_CONFIG_DIR, name, NULL);
    return add_folder(shipped, TRUE, func, data, error) &&
           add_folder(own, FALSE, func, data, error);
}

static gboolean
add_findings(gpointer catalogue, const char *file, const char *bytes, gsize len, GError **error)
{
    return vfg_catalogue_add(catalogue, file, bytes, len, error);
}

VfgCatalogue *
vfg_app_load_catalogue(const VfgApp *app, GError **error)
{
    g_autoptr(VfgCatalogue) catalogue = vfg_catalogue_new();
    if (!vfg_app_read_data(app, "findings.d", add_findings, catalogue, error))
        return NULL;
    return g_steal_pointer(&catalogue);
}

VfgInventory *
vfg_inventory_new(const VfgApp *app, GError **error)
{
    VfgHost *host = vfg_probe_host(app->root, error);
    if (!host)
        return NULL;
    VfgInventory *inventory = g_new0(VfgInventory, 1);
    inventory->host = host;
    inventory->gpus = vfg_gpu_find_all(host);
    return inventory;
}

void
vfg_inventory_find_holders(const VfgApp *app, VfgInventory *inventory, const VfgGpu *gpu)
{
    gboolean needed = FALSE;
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        needed |= function->driver && !g_str_equal(function->driver, "vfio-pci");
    }
    if (!needed || inventory->holders_found)
        return;
    vfg_probe_holders(app->root, inventory->host);
    inventory->holders_found = TRUE;
}

const VfgGpu *
vfg_inventory_select(const VfgApp *app, VfgInventory *inventory, const char *selector,
                     GError **error)
{
    const VfgGpu *gpu = vfg_gpu_select(inventory->gpus, selector, error);
    if (gpu)
        vfg_inventory_find_holders(app, inventory, gpu);
    return gpu;
}

void
vfg_inventory_free(VfgInventory *inventory)
{
    if (!inventory)
        return;
    g_ptr_array_unref(inventory->gpus);
    vfg_host_free(inventory->host);
    g_free(inventory);
}
