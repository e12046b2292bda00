/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host has to run a UEFI VM with. */

#include "firmware.h"

#include "ovmf-image.h"

#include <jansson.h>
#include <sys/utsname.h>

/* So many images are looked at, no more: each takes some milliseconds. */
#define IMAGES_MAX 8

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
has_prefix(const json_t *array, const char *prefix)
{
    gsize i = 0;
    const json_t *value = NULL;
    json_array_foreach(array, i, value)
    {
        if (json_is_string(value) && g_str_has_prefix(json_string_value(value), prefix))
            return TRUE;
    }
    return FALSE;
}

/* Where `machine` is not NULL, for that machine ("pc-q35") too, which stands there as "pc-q35-*".
 */
static gboolean
targets(const json_t *descriptor, const char *arch, const char *machine)
{
    gsize i = 0;
    const json_t *target = NULL;
    json_array_foreach(json_object_get(descriptor, "targets"), i, target)
    {
        if (g_strcmp0(json_string_value(json_object_get(target, "architecture")), arch) == 0 &&
            (!machine || has_prefix(json_object_get(target, "machines"), machine)))
            return TRUE;
    }
    return FALSE;
}

/* The image of a descriptor that is usable: UEFI, for the architecture (and the machine), and the
 * image is there. Else NULL. The caller frees it. */
static char *
find_image(VfgRoot *root, const char *path, const char *arch, const char *machine)
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
                      targets(descriptor, arch, machine) && vfg_root_exists(root, file);
    char *found = usable ? g_strdup(file) : NULL;
    json_decref(descriptor);
    return found;
}

/* Of const char *: the paths of all descriptors, in libvirt's order of folders. */
static GPtrArray *
list_descriptors(VfgRoot *root)
{
    static const char *const folders[] = {"/etc/qemu/firmware", "/usr/local/share/qemu/firmware",
                                          "/usr/share/qemu/firmware"};
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (guint f = 0; f < G_N_ELEMENTS(folders); f++) {
        g_autoptr(GPtrArray) names = vfg_root_list(root, folders[f], NULL);
        for (guint i = 0; names && i < names->len; i++) {
            const char *name = g_ptr_array_index(names, i);
            if (g_str_has_suffix(name, ".json"))
                g_ptr_array_add(paths, g_strdup_printf("%s/%s", folders[f], name));
        }
    }
    return paths;
}

static char *
find_firmware(VfgRoot *root, const char *arch)
{
    g_autoptr(GPtrArray) paths = list_descriptors(root);
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *image = find_image(root, g_ptr_array_index(paths, i), arch, NULL);
        if (image)
            return g_strdup(g_ptr_array_index(paths, i));
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

static VfgOvmfRule
recognise(VfgRoot *root, const char *image)
{
    gsize len = 0;
    g_autofree char *bytes = vfg_root_read(root, image, VFG_OVMF_IMAGE_MAX, &len, NULL);
    return bytes ? vfg_ovmf_image_recognise((const guint8 *)bytes, len) : VFG_OVMF_UNKNOWN;
}

VfgOvmfRule
vfg_probe_ovmf_rule(VfgRoot *root, const char *arch)
{
    if (g_strcmp0(arch, "x86_64") != 0 || vfg_root_is_recording(root))
        return VFG_OVMF_UNKNOWN;
    g_autoptr(GPtrArray) paths = list_descriptors(root);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *image = find_image(root, g_ptr_array_index(paths, i), arch, "pc-q35");
        if (!image || g_hash_table_contains(seen, image))
            continue;
        if (g_hash_table_size(seen) == IMAGES_MAX || recognise(root, image) != VFG_OVMF_FRACTION)
            return VFG_OVMF_UNKNOWN;
        g_hash_table_add(seen, g_steal_pointer(&image));
    }
    return g_hash_table_size(seen) ? VFG_OVMF_FRACTION : VFG_OVMF_UNKNOWN;
}
