/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Looking for other installations of a driver: two of them break each other. */

#include "engine-private.h"

#include "error.h"

#include <string.h>

#define MAX_FILE (1024 * 1024)

/* Where repositories are declared, and what in such a file means a second source of the driver. */
static const char *const folders[] = {"/etc/apt/sources.list.d", "/etc/yum.repos.d",
                                      "/etc/zypp/repos.d"};

typedef struct {
    const char *says;
    const char *what;
} Sign;

static const Sign signs[] = {
    {"developer.download.nvidia.com/compute/cuda/repos", "NVIDIA's repository"},
    {"graphics-drivers/ppa", "the PPA graphics-drivers"},
    {"rpmfusion-nonfree-nvidia-driver", "RPM Fusion's driver"},
    {"negativo17.org", "negativo17's driver"},
    {"download.nvidia.com/opensuse", "NVIDIA's repository for openSUSE desktops"},
    {"download.nvidia.com/suse", "NVIDIA's repository for SLE desktops"},
};

/* A line that is switched off does no harm: "#" before it; in .repo files enabled=0, in .sources
 * files "Enabled: no". */
static gboolean
is_enabled(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return *at != '#' && !strstr(text, "\nenabled=0") && !strstr(text, "\nEnabled: no");
}

static gboolean
check_file(const VfgEngine *engine, const char *path, GError **error)
{
    g_autofree char *text = vfg_root_read(engine->config->root, path, MAX_FILE, NULL, NULL);
    for (gsize i = 0; text && i < G_N_ELEMENTS(signs); i++) {
        const char *at = strstr(text, signs[i].says);
        if (!at || !is_enabled(text, at))
            continue;
        g_autofree char *fix = g_strdup_printf(
            "remove %s (a package such as cuda-keyring may own it), or keep that installation and "
            "use the profile none",
            path);
        vfg_error_set(error, VFG_ERROR_REFUSED, fix, "%s is set up already, in %s", signs[i].what,
                      path);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_folder(const VfgEngine *engine, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) names = vfg_root_list(engine->config->root, folder, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (!g_str_has_prefix(name, "vfiogpu-") && !check_file(engine, path, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vfg_engine_look_clean(VfgEngine *engine, GError **error)
{
    if (vfg_root_exists(engine->config->root, "/usr/bin/nvidia-uninstall")) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "run 'nvidia-uninstall', then this again",
                      "a driver of NVIDIA's .run installer is here (/usr/bin/nvidia-uninstall)");
        return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
        if (!check_folder(engine, folders[i], error))
            return FALSE;
    return TRUE;
}
