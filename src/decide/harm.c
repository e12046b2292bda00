/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host would lose with a function. */

#include "harm.h"

#include "check.h"
#include "error.h"

#include <string.h>

#define CLASS_STORAGE 0x01

char *
vfg_harm_list_usages(const VfgHost *host, VfgPciAddress address)
{
    static const char *const words[] = {"%s is mounted from it", "%s is swap on it",
                                        "the default route goes through it (%s)"};
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < host->usages->len; i++) {
        const VfgUsage *usage = g_ptr_array_index(host->usages, i);
        if (!usage->known || vfg_pci_address_compare(usage->function, address) != 0)
            continue;
        g_auto(GStrv) parts = g_strsplit(words[usage->kind], "%s", 2);
        g_string_append_printf(out, "%s%s%s%s", out->len ? ", " : "", parts[0], usage->what,
                               parts[1]);
    }
    return g_string_free(out, FALSE);
}

/* The first use that could not be traced to its function and may go through one of that class. */
static const char *
find_untraced(const VfgHost *host, const VfgPciFunction *function)
{
    guint base = vfg_pci_function_class(function) >> 8;
    if (base != CLASS_STORAGE && base != VFG_PCI_CLASS_NETWORK)
        return NULL;
    gboolean storage = base == CLASS_STORAGE;
    if (storage ? !host->mounts_known || !host->swaps_known : !host->routes_known)
        return storage ? "the host's mounts" : "the host's routes";
    for (guint i = 0; i < host->usages->len; i++) {
        const VfgUsage *usage = g_ptr_array_index(host->usages, i);
        if (!usage->known && storage == (usage->kind != VFG_USAGE_DEFAULT_ROUTE))
            return usage->what;
    }
    return NULL;
}

gboolean
vfg_harm_refuse_used(const VfgHost *host, const VfgPciFunction *function, GError **error)
{
    g_autofree char *at = vfg_pci_address_dup(function->address);
    g_autofree char *usages = vfg_harm_list_usages(host, function->address);
    const char *driver = function->driver ? function->driver : "no driver";
    const char *untraced = *usages || !function->driver ? NULL : find_untraced(host, function);
    if (*usages)
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "no option allows this; move what uses it elsewhere, or put the GPU into "
                      "another slot, whose IOMMU group holds nothing else",
                      "the host needs %s (%s): %s", at, driver, usages);
    else if (untraced)
        vfg_error_set(
            error, VFG_ERROR_REFUSED,
            "no option allows this; put the GPU into another slot, whose IOMMU group holds "
            "nothing else",
            "the host may need %s (%s): what %s goes through could not be found out", at, driver,
            untraced);
    return !*usages && !untraced;
}

gboolean
vfg_harm_is_patient(const VfgHolder *holder)
{
    return g_str_has_prefix(holder->device, "/dev/snd/");
}

void
vfg_harm_append_holder(GString *out, const VfgHolder *holder)
{
    g_string_append_printf(out, "%sprocess %d (%s, user %" G_GINT64_FORMAT ") has %s open",
                           out->len ? "; " : "", holder->pid,
                           holder->command ? holder->command : "?", holder->uid, holder->device);
}

char *
vfg_harm_list_holders(const VfgHost *host, VfgPciAddress address)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < host->holders->len; i++) {
        const VfgHolder *holder = g_ptr_array_index(host->holders, i);
        if (holder->has_function && vfg_pci_address_compare(holder->function, address) == 0)
            vfg_harm_append_holder(out, holder);
    }
    return g_string_free(out, FALSE);
}

/* The services that hold every NVIDIA GPU open, by the names of their processes, cut to 15
 * characters as the kernel does (https://docs.nvidia.com/deploy/driver-persistence/, DCGM user
 * guide). */
static const struct {
    const char *process, *service;
} services[] = {{"nvidia-persiste", "nvidia-persistenced"},
                {"nv-hostengine", "nvidia-dcgm"},
                {"nv-fabricmanage", "nvidia-fabricmanager"}};

static char *
advise(const char *holders)
{
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(services); i++)
        if (strstr(holders, services[i].process))
            g_string_append_printf(out, "systemctl stop %s; ", services[i].service);
    g_string_append(out, "end those processes, or say --force-in-use to take it from them (an "
                         "NVIDIA driver then waits for them, and the command may time out)");
    return g_string_free(out, FALSE);
}

gboolean
vfg_harm_refuse_open(const VfgHost *host, const VfgGpu *gpu, const VfgConsent *consent,
                     GError **error)
{
    g_autofree char *holders = vfg_check_list_holders(host, gpu);
    if (!*holders || consent->force_in_use || g_strcmp0(gpu->function->driver, "vfio-pci") == 0)
        return TRUE;
    g_autofree char *at = vfg_pci_address_dup(gpu->function->address);
    g_autofree char *fix = advise(holders);
    vfg_error_set(error, VFG_ERROR_REFUSED, fix, "%s is in use: %s", at, holders);
    return FALSE;
}

static void
note_common_files(const VfgHost *host, GPtrArray *notes)
{
    for (guint i = 0; i < host->holders->len; i++) {
        const VfgHolder *holder = g_ptr_array_index(host->holders, i);
        if (!holder->has_function && g_str_has_prefix(holder->device, "/dev/nvidia"))
            g_ptr_array_add(
                notes, g_strdup_printf("process %d (%s, user %" G_GINT64_FORMAT ") has %s open",
                                       holder->pid, holder->command ? holder->command : "?",
                                       holder->uid, holder->device));
    }
}

static void
note_module(const VfgModule *module, GPtrArray *notes)
{
    gint64 others = module->use_count - (gint64)g_strv_length(module->users);
    g_autofree char *users = g_strjoinv(", ", module->users);
    if (others > 0)
        g_ptr_array_add(notes, g_strdup_printf("the module %s is in use %" G_GINT64_FORMAT
                                               " times by other than modules%s%s",
                                               module->name, others,
                                               *users ? "; modules that use it: " : "", users));
}

void
vfg_harm_note_modules(const VfgHost *host, const VfgGpu *gpu, GPtrArray *notes)
{
    static const char *const names[] = {"nvidia", "nvidia_drm", "nvidia_uvm", "nvidia_modeset"};
    if (g_strcmp0(gpu->function->driver, "nvidia") != 0)
        return;
    note_common_files(host, notes);
    for (gsize i = 0; host->modules && i < G_N_ELEMENTS(names); i++) {
        const VfgModule *module = vfg_modules_find(host->modules, names[i]);
        if (module)
            note_module(module, notes);
    }
    if (!host->holders_complete)
        g_ptr_array_add(notes, g_strdup("not every process could be looked at; root may"));
}
