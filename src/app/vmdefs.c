/* SPDX-License-Identifier: GPL-2.0-or-later */

/* VM definitions on disk. */

#include "vmdefs.h"

#include "definition.h"
#include "error.h"
#include "io.h"
#include "seed.h"
#include "vmdef-read.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define VMDEF_MAX (1 << 20)

static VfgVmdefSchema *
load_schema(const VfgApp *app, GError **error)
{
    gsize len = 0;
    g_autofree char *path = g_build_filename(app->data_dir, "vmdefs", "vmdef.rng", NULL);
    g_autofree char *bytes = vfg_io_read_file(path, VMDEF_MAX, &len, error);
    return bytes ? vfg_vmdef_schema_new(bytes, len, error) : NULL;
}

/* Reads and checks one file; *bytes and *len, where wanted, are what it holds. */
static VfgVmdef *
load_file(const VfgApp *app, const char *path, char **bytes, gsize *len, GError **error)
{
    gsize size = 0;
    g_autofree char *text = vfg_io_read_file(path, VMDEF_MAX, &size, error);
    g_autoptr(VfgVmdefSchema) schema = text ? load_schema(app, error) : NULL;
    VfgVmdef *vmdef = schema ? vfg_vmdef_read(schema, text, size, path, error) : NULL;
    if (vmdef && bytes) {
        *bytes = g_steal_pointer(&text);
        *len = size;
    }
    return vmdef;
}

/* The file of a VM in the first folder that has it, or NULL. */
static char *
find_file(const VfgApp *app, const char *name)
{
    for (guint i = 0; vfg_vmdef_name_is_valid(name) && i < app->vmdef_dirs->len; i++) {
        g_autofree char *path =
            g_strdup_printf("%s/%s.xml", (char *)g_ptr_array_index(app->vmdef_dirs, i), name);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

gboolean
vfg_vmdefs_has(const VfgApp *app, const char *name)
{
    g_autofree char *path = find_file(app, name);
    return path != NULL;
}

static char *
join(const GPtrArray *words)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(out, "%s%s", i ? ", " : "", (char *)g_ptr_array_index(words, i));
    return g_string_free(out, FALSE);
}

static void
set_unknown_error(const VfgApp *app, const char *name, GError **error)
{
    g_autoptr(GPtrArray) known = vfg_vmdefs_list(app);
    g_autofree char *names = join(known);
    g_autofree char *folders = join(app->vmdef_dirs);
    g_autofree char *shown = g_strescape(name, NULL);
    g_autofree char *fix =
        g_strdup_printf("VMs known: %s; 'vfiogpu define FILE' adds one (searched: %s)",
                        *names ? names : "none", folders);
    vfg_error_set(error, VFG_ERROR_NOT_FOUND, fix, "there is no VM '%.64s'", shown);
}

gboolean
vfg_vmdefs_require(VfgApp *app, const char *name, GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (vfg_vmdefs_has(app, name))
        return TRUE;
    VfgVirt *virt = vfg_app_virt(app, error);
    if (!virt || !vfg_virt_get_state(virt, name, &state, NULL, error))
        return FALSE;
    if (state == VFG_DOMAIN_ABSENT)
        set_unknown_error(app, name, error);
    return state != VFG_DOMAIN_ABSENT;
}

VfgVmdef *
vfg_vmdefs_load(const VfgApp *app, const char *name, GError **error)
{
    g_autofree char *path = find_file(app, name);
    if (!path) {
        set_unknown_error(app, name, error);
        return NULL;
    }
    g_autoptr(VfgVmdef) vmdef = load_file(app, path, NULL, NULL, error);
    if (vmdef && !g_str_equal(vmdef->name, name)) {
        vfg_error_set(error, VFG_ERROR_PARSE, "file name and name must be the same",
                      "%s: the VM in it is named '%s'", path, vmdef->name);
        return NULL;
    }
    return g_steal_pointer(&vmdef);
}

GPtrArray *
vfg_vmdefs_list(const VfgApp *app)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < app->vmdef_dirs->len; i++) {
        g_autoptr(GDir) dir = g_dir_open(g_ptr_array_index(app->vmdef_dirs, i), 0, NULL);
        const char *entry;
        while (dir && (entry = g_dir_read_name(dir))) {
            g_autofree char *name =
                g_str_has_suffix(entry, ".xml") ? g_strndup(entry, strlen(entry) - 4) : NULL;
            if (name && vfg_vmdef_name_is_valid(name) &&
                !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_steal_pointer(&name));
        }
    }
    vfg_io_sort_names(names);
    return names;
}

VfgVmdef *
vfg_vmdefs_define(const VfgApp *app, const char *file, char **path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;
    g_autoptr(VfgVmdef) vmdef = load_file(app, file, &bytes, &len, error);
    if (!vmdef)
        return NULL;
    g_autofree char *folder = g_build_filename(app->config_dir, "vmdefs", NULL);
    g_autofree char *target = g_strdup_printf("%s/%s.xml", folder, vmdef->name);
    if (!vfg_io_make_dir(folder, error) ||
        !g_file_set_contents_full(target, bytes, (gssize)len,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0644, error))
        return NULL;
    *path = g_steal_pointer(&target);
    return g_steal_pointer(&vmdef);
}

gboolean
vfg_vmdefs_undefine(VfgApp *app, const char *name, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    g_autofree char *path = g_strdup_printf("%s/vmdefs/%s.xml", app->config_dir, name);
    if (!virt || !vfg_virt_get_state(virt, name, &state, NULL, error))
        return FALSE;
    gboolean stored = vfg_vmdef_name_is_valid(name) && g_file_test(path, G_FILE_TEST_EXISTS);
    if (!stored && state == VFG_DOMAIN_ABSENT) {
        set_unknown_error(app, name, error);
        return FALSE;
    }
    if (state != VFG_DOMAIN_ABSENT && state != VFG_DOMAIN_SHUT_OFF) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "stop it first: 'vfiogpu stop'", "%s is %s", name,
                      vfg_domain_state_name(state));
        return FALSE;
    }
    vfg_definition_forget(app, name);
    if (!vfg_virt_undefine(virt, name, FALSE, error) || !vfg_app_seed_remove(app, name, error))
        return FALSE;
    if (!stored || g_unlink(path) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot remove %s", path);
    return FALSE;
}

char *
vfg_vmdefs_image_path(const VfgApp *app, const char *file)
{
    return g_path_is_absolute(file) ? g_strdup(file)
                                    : g_build_filename(app->images_dir, file, NULL);
}
