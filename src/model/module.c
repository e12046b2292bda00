/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel modules that are loaded. */

#include "module.h"

#include "parse.h"

#include <string.h>

void
vfg_module_free(VfgModule *module)
{
    if (!module)
        return;
    g_free(module->name);
    g_strfreev(module->users);
    g_free(module);
}

static gboolean
matters(const char *name)
{
    static const char *const names[] = {
        "amdgpu",   "ast",       "i915",       "iommufd",       "mgag200", "nouveau", "nova_core",
        "nova_drm", "pci_stub",  "radeon",     "snd_hda_intel", "xe",      "mdev",    "kvm",
        "kvm_amd",  "kvm_intel", "habanalabs", "gim",           NULL};
    return g_str_has_prefix(name, "vfio") || g_str_has_prefix(name, "nvidia") ||
           g_strv_contains(names, name);
}

/* "a,b," or "-" for none; "[permanent]" and "[unsafe]" may stand at the end. */
static char **
split_users(const char *text)
{
    g_autoptr(GPtrArray) users = g_ptr_array_new();
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part; part++)
        if (**part && **part != '[' && !g_str_equal(*part, "-"))
            g_ptr_array_add(users, *part);
    g_ptr_array_add(users, NULL);
    return g_strdupv((char **)users->pdata);
}

/* "nvidia_drm 77824 2 - Live 0x0000000000000000 (OE)". */
static VfgModule *
parse_module(const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 5);
    guint64 count = 0;
    if (g_strv_length(words) < 4 || !matters(words[0]))
        return NULL;
    VfgModule *module = g_new0(VfgModule, 1);
    module->name = g_strdup(words[0]);
    module->use_count = vfg_parse_uint(words[2], 10, G_MAXINT64, &count, NULL) ? (gint64)count : -1;
    module->users = split_users(words[3]);
    return module;
}

GPtrArray *
vfg_modules_parse(const char *text)
{
    GPtrArray *modules = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_module_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        VfgModule *module = parse_module(*line);
        if (module)
            g_ptr_array_add(modules, module);
    }
    return modules;
}

const VfgModule *
vfg_modules_find(GPtrArray *modules, const char *name)
{
    g_autofree char *wanted = g_strdelimit(g_strdup(name), "-", '_');
    for (guint i = 0; i < modules->len; i++) {
        const VfgModule *module = g_ptr_array_index(modules, i);
        if (g_str_equal(module->name, wanted))
            return module;
    }
    return NULL;
}
