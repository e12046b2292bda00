/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The CD-ROM that brings the agent into a guest. */

#include "seed.h"

#include "error.h"
#include "io.h"
#include "seed-iso.h"
#include "vmdefs.h"

#include <errno.h>
#include <glib/gstdio.h>

#define AGENT_MAX (64 * 1024 * 1024)
#define SCRIPT_MAX (256 * 1024)

char *
vfg_app_seed_path(const VfgApp *app, const char *vm)
{
    g_autofree char *file = g_strconcat(vm, "-seed.iso", NULL);
    return g_build_filename(app->images_dir, file, NULL);
}

static GBytes *
read_bytes(const char *path, gsize max, GError **error)
{
    gsize len = 0;
    char *text = vfg_io_read_file(path, max, &len, error);
    return text ? g_bytes_new_take(text, len) : NULL;
}

/* The units and scripts of data_dir/agent. */
static gboolean
read_scripts(const VfgApp *app, VfgSeed *seed, GError **error)
{
    static const char *const names[] = {"install.sh", "vfiogpu-agent.openrc", "vfiogpu-agent.rc",
                                        "vfiogpu-agent.service"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(app->data_dir, "agent", names[i], NULL);
        GBytes *bytes = read_bytes(path, SCRIPT_MAX, error);
        if (!bytes)
            return FALSE;
        g_ptr_array_add(seed->names, g_strdup(names[i]));
        g_ptr_array_add(seed->bytes, bytes);
    }
    return TRUE;
}

static GBytes *
read_agent(GError **error)
{
    GBytes *agent = read_bytes(VFG_AGENT_PATH, AGENT_MAX, error);
    if (!agent && error && *error)
        vfg_error_set_fix(*error, "install vfiogpu with its agent (configure without "
                                  "--disable-agent)");
    return agent;
}

static void
add_args(GKeyFile *config, const char *key, const VfgConfigure *guest, const char *policy)
{
    g_autoptr(GPtrArray) args = vfg_configure_args(guest, policy);
    if (args->len)
        g_key_file_set_string_list(config, "provision", key, (const char *const *)args->pdata,
                                   args->len);
}

static void
add_text(GKeyFile *config, const char *key, const char *text)
{
    if (text)
        g_key_file_set_string(config, "provision", key, text);
}

/* What the definition wants of the guest, for `vfiogpu-agent provision` (docs/PROVISION.md). */
static char *
make_config(const VfgConfigure *guest)
{
    g_autoptr(GKeyFile) config = g_key_file_new();
    add_text(config, "profile", guest->profile);
    add_text(config, "source", guest->source);
    add_text(config, "mirror", guest->mirror);
    add_text(config, "fingerprint", guest->fingerprint);
    add_args(config, "kernel-args", guest, "always");
    add_args(config, "kernel-args-auto", guest, "auto");
    return g_key_file_to_data(config, NULL, NULL);
}

gboolean
vfg_app_seed_make(const VfgApp *app, const VfgVmdef *vmdef, GError **error)
{
    g_autofree char *path = vfg_app_seed_path(app, vmdef->name);
    g_autofree char *config = make_config(vmdef->guest);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(GBytes) agent = read_agent(error);
    VfgSeed seed = {
        .vm = vmdef->name, .config = config, .agent = agent, .names = names, .bytes = bytes};
    return agent && read_scripts(app, &seed, error) && vfg_io_make_dir(app->images_dir, error) &&
           vfg_seed_iso_write(&seed, path, error);
}

gboolean
vfg_app_seed_remove(const VfgApp *app, const char *vm, GError **error)
{
    g_autofree char *path = vfg_app_seed_path(app, vm);
    GStatBuf is;
    if (!vfg_vmdef_name_is_valid(vm) || (g_lstat(path, &is) < 0 && errno == ENOENT))
        return TRUE;
    if (!vfg_seed_iso_is_of(path, vm)) {
        vfg_app_say(app, "%s stays: it is not a seed that was made for %s", path, vm);
        return TRUE;
    }
    if (g_unlink(path) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot remove %s", path);
    return FALSE;
}

char *
vfg_app_agent_install(VfgApp *app, const char *name, GError **error)
{
    if (!vfg_app_require_live(app, error))
        return NULL;
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, name, error);
    if (!vmdef || !vfg_app_seed_make(app, vmdef, error))
        return NULL;
    return vfg_app_seed_path(app, name);
}
