/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads device profiles. */

#include "profile.h"

#include "profile-key.h"
#include "vgpu-error.h"

#include <errno.h>
#include <string.h>

static gboolean
read_function_key(GKeyFile *file, const VfgVgpuPlace *place, VfgVgpuFunction *function,
                  GError **error)
{
    g_autofree char *value = g_key_file_get_value(file, place->group, place->key, error);
    return value && vfg_vgpu_profile_key_set(place, g_strstrip(value), function, error);
}

static gboolean
check_required(GKeyFile *file, const VfgVgpuPlace *place, GError **error)
{
    const char *key;
    for (guint i = 0; (key = vfg_vgpu_profile_key_required(i)); i++) {
        if (!g_key_file_has_key(file, place->group, key, NULL)) {
            vfg_vgpu_place_error(place, error, "the key %s is missing", key);
            return FALSE;
        }
    }
    return TRUE;
}

/* A 64-bit BAR takes the register behind its own too. */
static gboolean
check_bars(const VfgVgpuPlace *place, const VfgVgpuFunction *function, GError **error)
{
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++) {
        if (function->bars[i].kind != VFG_VGPU_BAR_MEM64)
            continue;
        if (i + 1 == VFG_VGPU_N_BARS || function->bars[i + 1].kind != VFG_VGPU_BAR_NONE) {
            vfg_vgpu_place_error(place, error,
                                 "bar%u is 64 bits wide, but bar%u is not free for its upper half",
                                 i, i + 1);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
is_memory(const VfgVgpuBar *bar)
{
    return bar->kind == VFG_VGPU_BAR_MEM32 || bar->kind == VFG_VGPU_BAR_MEM64;
}

static gboolean
check_msix_part(const VfgVgpuPlace *place, const VfgVgpuFunction *function, const char *what,
                guint index, guint64 end, GError **error)
{
    const VfgVgpuBar *bar = &function->bars[index];
    if (is_memory(bar) && end <= bar->size)
        return TRUE;
    vfg_vgpu_place_error(place, error,
                         "msi-x: the %s ends at 0x%" G_GINT64_MODIFIER
                         "x, which is not in a memory "
                         "BAR %u",
                         what, end, index);
    return FALSE;
}

static gboolean
check_msix(const VfgVgpuPlace *place, const VfgVgpuFunction *function, GError **error)
{
    const VfgVgpuMsix *msix = &function->msix;
    if (msix->vectors == 0)
        return TRUE;
    guint64 table_end = msix->table_offset + 16ULL * msix->vectors;
    guint64 pba_end = msix->pba_offset + 8ULL * ((msix->vectors + 63) / 64);
    if (msix->table_bar == msix->pba_bar && msix->table_offset < pba_end &&
        msix->pba_offset < table_end) {
        vfg_vgpu_place_error(place, error, "msi-x: table and pba overlap");
        return FALSE;
    }
    return check_msix_part(place, function, "table", msix->table_bar, table_end, error) &&
           check_msix_part(place, function, "pba", msix->pba_bar, pba_end, error);
}

static gboolean
check_resizable_bar(const VfgVgpuPlace *place, const VfgVgpuFunction *function, GError **error)
{
    if (function->resizable_bar < 0)
        return TRUE;
    const VfgVgpuBar *bar = &function->bars[function->resizable_bar];
    if (is_memory(bar) && bar->size >= 64 << 20 && function->has_pcie)
        return TRUE;
    vfg_vgpu_place_error(place, error,
                         "resizable-bar: bar%d of at least 64M memory, and pcie, are wanted",
                         function->resizable_bar);
    return FALSE;
}

static gboolean
read_function(GKeyFile *file, VfgVgpuPlace place, guint number, VfgVgpuProfile *profile,
              GError **error)
{
    VfgVgpuFunction *function = &profile->functions[number];
    g_auto(GStrv) keys = g_key_file_get_keys(file, place.group, NULL, error);
    if (!keys || !check_required(file, &place, error))
        return FALSE;
    function->present = TRUE;
    function->interrupt_pin = 1;
    function->resizable_bar = -1;
    function->registers = g_array_new(FALSE, FALSE, sizeof(VfgVgpuRegister));
    profile->n_functions++;
    for (guint i = 0; keys[i]; i++) {
        VfgVgpuPlace key_place = {place.path, place.group, keys[i]};
        if (!read_function_key(file, &key_place, function, error))
            return FALSE;
    }
    if (function->has_serial_number && !function->has_pcie) {
        vfg_vgpu_place_error(
            &place, error, "serial-number: it is in the extended config space, so pcie is wanted");
        return FALSE;
    }
    return check_bars(&place, function, error) && check_msix(&place, function, error) &&
           check_resizable_bar(&place, function, error);
}

static gboolean
read_register(GKeyFile *file, const VfgVgpuPlace *place, VfgVgpuFunction *function, GError **error)
{
    const VfgVgpuBar *bar = &function->bars[0];
    g_autofree char *text = g_key_file_get_value(file, place->group, place->key, error);
    guint64 offset = 0, value = 0;
    if (!text || !vfg_vgpu_place_parse_hex(place, place->key, G_MAXUINT32, &offset, error) ||
        !vfg_vgpu_place_parse_hex(place, g_strstrip(text), G_MAXUINT32, &value, error))
        return FALSE;
    if (offset % 4 || !is_memory(bar) || offset >= bar->size) {
        vfg_vgpu_place_error(place, error, "no place of a 32-bit register in the memory of bar0");
        return FALSE;
    }
    VfgVgpuRegister entry = {offset, (guint32)value};
    g_array_append_val(function->registers, entry);
    return TRUE;
}

static gboolean
read_registers(GKeyFile *file, VfgVgpuPlace place, VfgVgpuFunction *function, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, place.group, NULL, error);
    if (!keys)
        return FALSE;
    if (!function->present) {
        vfg_vgpu_place_error(&place, error, "there is no such function");
        return FALSE;
    }
    for (guint i = 0; keys[i]; i++) {
        VfgVgpuPlace key_place = {place.path, place.group, keys[i]};
        if (!read_register(file, &key_place, function, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_slot(GKeyFile *file, VfgVgpuPlace place, VfgVgpuProfile *profile, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, place.group, NULL, error);
    if (!keys)
        return FALSE;
    for (guint i = 0; keys[i]; i++) {
        VfgVgpuPlace key_place = {place.path, place.group, keys[i]};
        if (strcmp(keys[i], "name") != 0) {
            vfg_vgpu_place_error(&key_place, error, "no such key");
            return FALSE;
        }
        profile->name = g_key_file_get_string(file, place.group, keys[i], error);
        if (!profile->name)
            return FALSE;
    }
    return TRUE;
}

/* The N of [function N] and [function N registers]; FALSE if the group is neither. */
static gboolean
parse_group(const char *group, guint *number, gboolean *registers)
{
    const char *prefix = "function ";
    if (!g_str_has_prefix(group, prefix))
        return FALSE;
    const char *rest = group + strlen(prefix);
    if (*rest < '0' || *rest >= '0' + VFG_VGPU_N_FUNCTIONS)
        return FALSE;
    *number = (guint)(*rest - '0');
    *registers = strcmp(rest + 1, " registers") == 0;
    return *registers || rest[1] == '\0';
}

static gboolean
read_group(GKeyFile *file, VfgVgpuPlace place, VfgVgpuProfile *profile, GError **error)
{
    guint number = 0;
    gboolean registers = FALSE;
    if (strcmp(place.group, "slot") == 0)
        return read_slot(file, place, profile, error);
    if (!parse_group(place.group, &number, &registers)) {
        vfg_vgpu_place_error(&place, error,
                             "no such group: [slot], [function 0] to [function 7] and [function 0 "
                             "registers] are possible");
        return FALSE;
    }
    return registers ? read_registers(file, place, &profile->functions[number], error)
                     : read_function(file, place, number, profile, error);
}

VfgVgpuProfile *
vfg_vgpu_profile_load(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(VfgVgpuProfile) profile = g_new0(VfgVgpuProfile, 1);
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (guint i = 0; groups[i]; i++) {
        VfgVgpuPlace place = {path, groups[i], NULL};
        if (!read_group(file, place, profile, error))
            return NULL;
    }
    if (!profile->functions[0].present) {
        vfg_vgpu_error_set(error, EINVAL, "%s: there is no [function 0], which every slot has",
                           path);
        return NULL;
    }
    return g_steal_pointer(&profile);
}

const VfgVgpuFunction *
vfg_vgpu_profile_function(const VfgVgpuProfile *profile, guint number, GError **error)
{
    if (number >= VFG_VGPU_N_FUNCTIONS || !profile->functions[number].present) {
        vfg_vgpu_error_set(error, EINVAL, "the profile '%s' has no function %u: it has %u",
                           profile->name ? profile->name : "", number, profile->n_functions);
        return NULL;
    }
    return &profile->functions[number];
}

void
vfg_vgpu_profile_free(VfgVgpuProfile *profile)
{
    if (!profile)
        return;
    for (guint i = 0; i < VFG_VGPU_N_FUNCTIONS; i++)
        g_clear_pointer(&profile->functions[i].registers, g_array_unref);
    g_free(profile->name);
    g_free(profile);
}
