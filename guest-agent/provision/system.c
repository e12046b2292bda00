/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The system that is provisioned. */

#include "system.h"

#include "error.h"
#include "facts.h"
#include "os-release.h"
#include "parse.h"

#include <string.h>
#include <sys/utsname.h>

#define SECURE_BOOT_VARIABLE \
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

VfgSecureBoot
vfg_secure_boot_read(VfgRoot *root)
{
    gsize len = 0;
    g_autofree char *bytes = vfg_root_read(root, SECURE_BOOT_VARIABLE, 4096, &len, NULL);
    if (!bytes || len < 5)
        return VFG_SECURE_BOOT_UNKNOWN;
    return bytes[4] == 1 ? VFG_SECURE_BOOT_ON : VFG_SECURE_BOOT_OFF;
}

static char *
get_or(const char *os, const char *key, const char *otherwise)
{
    char *text = vfg_os_release_get(os, key);
    return text ? text : g_strdup(otherwise);
}

/* FreeBSD says amd64 and arm64. */
static char *
common_arch(const char *arch)
{
    if (g_str_equal(arch, "amd64"))
        return g_strdup("x86_64");
    return g_strdup(g_str_equal(arch, "arm64") ? "aarch64" : arch);
}

static void
read_names(VfgSystem *system, gboolean live, const char *arch, const char *kernel)
{
    struct utsname names = {0};
    uname(&names);
    system->arch = common_arch(arch ? arch : live ? names.machine : "x86_64");
    system->kernel = g_strdup(kernel ? kernel : live ? names.release : "$KERNEL");
}

VfgSystem *
vfg_system_read(VfgRoot *root, gboolean live, const char *os_release, const char *arch,
                const char *kernel)
{
    g_autofree char *os = os_release ? g_strdup(os_release) : vfg_os_release_read(root);
    VfgSystem *system = g_new0(VfgSystem, 1);
    system->os_id = get_or(os, "ID", "linux");
    system->os_version = get_or(os, "VERSION_ID", "");
    system->os_variant = get_or(os, "VARIANT_ID", "");
    system->os_codename = get_or(os, "VERSION_CODENAME", "");
    system->os_name = get_or(os, "PRETTY_NAME", system->os_id);
    read_names(system, live, arch, kernel);
    gboolean of_root = !os_release;
    system->secure_boot = of_root ? vfg_secure_boot_read(root) : VFG_SECURE_BOOT_UNKNOWN;
    system->nouveau = of_root && vfg_root_exists(root, "/sys/module/nouveau");
    system->cmdline = of_root ? vfg_root_read_text(root, "/proc/cmdline", NULL) : NULL;
    system->gpus = of_root ? vfg_facts_gpus(root)
                           : g_ptr_array_new_with_free_func((GDestroyNotify)vfg_pci_function_free);
    return system;
}

void
vfg_system_free(VfgSystem *system)
{
    if (!system)
        return;
    g_free(system->os_id);
    g_free(system->os_version);
    g_free(system->os_variant);
    g_free(system->os_codename);
    g_free(system->os_name);
    g_free(system->arch);
    g_free(system->kernel);
    g_free(system->cmdline);
    g_ptr_array_unref(system->gpus);
    g_free(system);
}

gboolean
vfg_system_add_gpu(VfgSystem *system, const char *ids, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(ids, ":", 2);
    guint64 vendor = 0, device = 0;
    if (g_strv_length(parts) != 2 || !vfg_parse_uint(parts[0], 16, 0xffff, &vendor, NULL) ||
        !vfg_parse_uint(parts[1], 16, 0xffff, &device, NULL)) {
        vfg_error_set(error, VFG_ERROR_USAGE, "write vendor and device id: 10de:1e37",
                      "'%s' is no GPU", ids);
        return FALSE;
    }
    VfgPciFunction *gpu = vfg_pci_function_new((VfgPciAddress){0});
    gpu->vendor = (guint16)vendor;
    gpu->device = (guint16)device;
    g_ptr_array_add(system->gpus, gpu);
    return TRUE;
}
