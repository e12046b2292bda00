/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host has to run a UEFI VM with. */

#include "firmware.h"

#include <jansson.h>
#include <sys/utsname.h>

static char *
find_emulator(VfgRoot *root, const char *arch)
{
    static const char *const folders[] = {"/usr/bin", "/usr/local/bin", "/usr/libexec"};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_strdup_printf("%s/qemu-system-%s", folders[i], arch);
        if (vfg_root_exists(root, path))
            return g_steal_pointer(&path);
    }
    return vfg_root_exists(root, "/usr/libexec/qemu-kvm") ? g_strdup("/usr/libexec/qemu-kvm")
                                                          : NULL;
}

static gboolean
array_has(const json_t *array, const char *word)
{
    gsize i = 0;
    const json_t *value = NULL;
    json_array_foreach(array, i, value)
    {
        if (g_strcmp0(json_string_value(value), word) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
targets_arch(const json_t *descriptor, const char *arch)
{
    gsize i = 0;
    const json_t *target = NULL;
    json_array_foreach(json_object_get(descriptor, "targets"), i, target)
    {
        if (g_strcmp0(json_string_value(json_object_get(target, "architecture")), arch) == 0)
            return TRUE;
    }
    return FALSE;
}

/* A usable descriptor is UEFI, for the architecture, and its image is there. */
static gboolean
is_usable(VfgRoot *root, const char *path, const char *arch)
{
    gsize len = 0;
    g_autofree char *text = vfg_root_read(root, path, 1 << 16, &len, NULL);
    json_t *descriptor = text ? json_loadb(text, len, 0, NULL) : NULL;
    const json_t *mapping = json_object_get(descriptor, "mapping");
    const json_t *image = json_object_get(json_object_get(mapping, "executable"), "filename");
    if (!image)
        image = json_object_get(mapping, "filename");
    const char *file = json_string_value(image);
    gboolean usable = file && array_has(json_object_get(descriptor, "interface-types"), "uefi") &&
                      targets_arch(descriptor, arch) && vfg_root_exists(root, file);
    json_decref(descriptor);
    return usable;
}

static char *
find_firmware(VfgRoot *root, const char *arch)
{
    static const char *const folders[] = {"/etc/qemu/firmware", "/usr/local/share/qemu/firmware",
                                          "/usr/share/qemu/firmware"};
    for (guint f = 0; f < G_N_ELEMENTS(folders); f++) {
        g_autoptr(GPtrArray) names = vfg_root_list(root, folders[f], NULL);
        for (guint i = 0; names && i < names->len; i++) {
            const char *name = g_ptr_array_index(names, i);
            g_autofree char *path = g_strdup_printf("%s/%s", folders[f], name);
            if (g_str_has_suffix(name, ".json") && is_usable(root, path, arch))
                return g_steal_pointer(&path);
        }
    }
    return NULL;
}

/* The file is there since Linux 6.1, and in every snapshot that was captured. */
static char *
find_arch(VfgRoot *root)
{
    struct utsname name;
    char *arch = vfg_root_read_text(root, "/proc/sys/kernel/arch", NULL);
    if (arch && *arch)
        return arch;
    g_free(arch);
    return g_strdup(uname(&name) == 0 ? name.machine : "x86_64");
}

void
vfg_probe_firmware(VfgRoot *root, VfgHost *host)
{
    host->arch = find_arch(root);
    host->emulator = find_emulator(root, host->arch);
    host->uefi_firmware = find_firmware(root, host->arch);
}
