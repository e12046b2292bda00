/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads device profiles. */

#include "profile.h"

#include "vgpu-error.h"

#include <errno.h>
#include <string.h>

/* Where a value comes from, for errors. */
typedef struct {
    const char *path;
    const char *group;
    const char *key;
} Place;

typedef gboolean (*ParseFunc)(const Place *place, const char *value, VfgVgpuFunction *function,
                              GError **error);

static void bad(const Place *place, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
bad(const Place *place, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    vfg_vgpu_error_set(error, EINVAL, "%s: [%s]%s%s: %s", place->path, place->group,
                       place->key ? " " : "", place->key ? place->key : "", message);
}

static gboolean
parse_hex(const Place *place, const char *text, guint64 max, guint64 *ret, GError **error)
{
    const char *digits = g_str_has_prefix(text, "0x") ? text + 2 : text;
    if (!g_ascii_string_to_unsigned(digits, 16, 0, max, ret, NULL)) {
        bad(place, error, "'%s' is not a hexadecimal number of at most 0x%" G_GINT64_MODIFIER "x",
            text, max);
        return FALSE;
    }
    return TRUE;
}

static gboolean
parse_decimal(const Place *place, const char *text, guint64 max, guint64 *ret, GError **error)
{
    if (!g_ascii_string_to_unsigned(text, 10, 0, max, ret, NULL)) {
        bad(place, error, "'%s' is not a number of at most %" G_GUINT64_FORMAT, text, max);
        return FALSE;
    }
    return TRUE;
}

/* A number with an optional K, M or G: powers of 1024, as lspci writes them. */
static gboolean
parse_size(const Place *place, const char *text, guint64 *ret, GError **error)
{
    gsize length = strlen(text);
    const char *units = "KMG";
    const char *unit = length ? strchr(units, text[length - 1]) : NULL;
    g_autofree char *digits = g_strndup(text, unit && *unit ? length - 1 : length);
    guint64 value = 0;
    if (!parse_decimal(place, digits, 1 << 20, &value, error))
        return FALSE;
    *ret = unit && *unit ? value << (10 * (unit - units + 1)) : value;
    return TRUE;
}

/* Two hexadecimal numbers with a colon between, such as an id of PCI. */
static gboolean
parse_pair(const Place *place, const char *text, guint64 max_first, guint64 max_second,
           guint64 *first, guint64 *second, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    if (g_strv_length(parts) != 2) {
        bad(place, error, "'%s' is not two hexadecimal numbers with a colon between", text);
        return FALSE;
    }
    return parse_hex(place, parts[0], max_first, first, error) &&
           parse_hex(place, parts[1], max_second, second, error);
}

static gboolean
parse_id(const Place *place, const char *value, guint16 *vendor, guint16 *device, GError **error)
{
    guint64 first = 0, second = 0;
    if (!parse_pair(place, value, G_MAXUINT16, G_MAXUINT16, &first, &second, error))
        return FALSE;
    *vendor = (guint16)first;
    *device = (guint16)second;
    return TRUE;
}

static gboolean
set_id(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    return parse_id(place, value, &function->vendor, &function->device, error);
}

static gboolean
set_subsystem(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    return parse_id(place, value, &function->subsystem_vendor, &function->subsystem_device, error);
}

static gboolean
set_class(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    guint64 number = 0;
    if (!parse_hex(place, value, 0xffffff, &number, error))
        return FALSE;
    function->class_code = (guint32)number;
    return TRUE;
}

static gboolean
set_revision(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    guint64 number = 0;
    if (!parse_hex(place, value, 0xff, &number, error))
        return FALSE;
    function->revision = (guint8)number;
    return TRUE;
}

static gboolean
set_interrupt_pin(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    static const char *const pins[] = {"none", "A", "B", "C", "D"};
    for (guint8 i = 0; i < G_N_ELEMENTS(pins); i++) {
        if (strcmp(value, pins[i]) == 0) {
            function->interrupt_pin = i;
            return TRUE;
        }
    }
    bad(place, error, "'%s' is none of A, B, C, D and none", value);
    return FALSE;
}

static gboolean
parse_bar_kind(const Place *place, char **words, VfgVgpuBar *bar, GError **error)
{
    static const struct {
        const char *name;
        VfgVgpuBarKind kind;
        guint64 min, max;
    } kinds[] = {
        {"io", VFG_VGPU_BAR_IO, 4, 256},
        {"mem32", VFG_VGPU_BAR_MEM32, 16, 1ULL << 31},
        {"mem64", VFG_VGPU_BAR_MEM64, 16, 1ULL << 40},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(words[1], kinds[i].name) != 0)
            continue;
        bar->kind = kinds[i].kind;
        if (bar->size & (bar->size - 1) || bar->size < kinds[i].min || bar->size > kinds[i].max) {
            bad(place, error,
                "the size '%s' is not a power of two from %" G_GUINT64_FORMAT
                " to %" G_GUINT64_FORMAT,
                words[0], kinds[i].min, kinds[i].max);
            return FALSE;
        }
        return TRUE;
    }
    bad(place, error, "the kind '%s' is none of io, mem32 and mem64", words[1] ? words[1] : "");
    return FALSE;
}

/* SIZE KIND [prefetchable] */
static gboolean
set_bar(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    VfgVgpuBar *bar = &function->bars[place->key[3] - '0'];
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    guint count = g_strv_length(words);
    if (count == 0 || !parse_size(place, words[0], &bar->size, error)) {
        if (count == 0)
            bad(place, error, "SIZE KIND [prefetchable] is wanted");
        return FALSE;
    }
    if (!parse_bar_kind(place, words, bar, error))
        return FALSE;
    bar->prefetchable = count > 2;
    if (count > 3 ||
        (count == 3 && (strcmp(words[2], "prefetchable") != 0 || bar->kind == VFG_VGPU_BAR_IO))) {
        bad(place, error, "'%s': SIZE KIND [prefetchable] is wanted", value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_power_management(const Place *place, const char *value, VfgVgpuFunction *function,
                     GError **error)
{
    function->has_pm = TRUE;
    function->no_soft_reset = strcmp(value, "no-soft-reset") == 0;
    if (!function->no_soft_reset && strcmp(value, "soft-reset") != 0) {
        bad(place, error, "'%s' is neither soft-reset nor no-soft-reset", value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_msi(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    guint64 vectors = 0;
    if (!parse_decimal(place, value, 32, &vectors, error))
        return FALSE;
    if (vectors == 0 || vectors & (vectors - 1)) {
        bad(place, error, "%s vectors: 1, 2, 4, 8, 16 or 32 are possible", value);
        return FALSE;
    }
    function->msi_vectors = (guint)vectors;
    return TRUE;
}

static gboolean
parse_bar_place(const Place *place, const char *text, guint *bar, guint32 *offset, GError **error)
{
    guint64 first = 0, second = 0;
    if (!parse_pair(place, text, VFG_VGPU_N_BARS - 1, G_MAXUINT32, &first, &second, error))
        return FALSE;
    if (second % 8) {
        bad(place, error, "the offset of '%s' is not a multiple of 8", text);
        return FALSE;
    }
    *bar = (guint)first;
    *offset = (guint32)second;
    return TRUE;
}

/* VECTORS table BAR:OFFSET pba BAR:OFFSET */
static gboolean
set_msix(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    VfgVgpuMsix *msix = &function->msix;
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    if (g_strv_length(words) != 5 || strcmp(words[1], "table") != 0 ||
        strcmp(words[3], "pba") != 0) {
        bad(place, error, "'%s': VECTORS table BAR:OFFSET pba BAR:OFFSET is wanted", value);
        return FALSE;
    }
    guint64 vectors = 0;
    if (!parse_decimal(place, words[0], 2048, &vectors, error))
        return FALSE;
    if (vectors == 0) {
        bad(place, error, "no vectors: leave the key out for no MSI-X");
        return FALSE;
    }
    msix->vectors = (guint)vectors;
    return parse_bar_place(place, words[2], &msix->table_bar, &msix->table_offset, error) &&
           parse_bar_place(place, words[4], &msix->pba_bar, &msix->pba_offset, error);
}

static gboolean
set_pcie(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    function->has_pcie = TRUE;
    function->has_flr = strcmp(value, "flr") == 0;
    if (!function->has_flr && strcmp(value, "no-flr") != 0) {
        bad(place, error, "'%s' is neither flr nor no-flr", value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_resizable_bar(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    guint64 number = 0;
    if (!parse_decimal(place, value, VFG_VGPU_N_BARS - 1, &number, error))
        return FALSE;
    function->resizable_bar = (int)number;
    return TRUE;
}

static gboolean
set_serial_number(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    function->has_serial_number = TRUE;
    return parse_hex(place, value, G_MAXUINT64, &function->serial_number, error);
}

static gboolean
set_name(const Place *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    (void)place;
    (void)value;
    (void)function;
    (void)error;
    return TRUE;
}

static const struct {
    const char *key;
    gboolean required;
    ParseFunc set;
} function_keys[] = {
    {"name", FALSE, set_name},
    {"id", TRUE, set_id},
    {"subsystem", TRUE, set_subsystem},
    {"class", TRUE, set_class},
    {"revision", TRUE, set_revision},
    {"interrupt-pin", FALSE, set_interrupt_pin},
    {"bar0", FALSE, set_bar},
    {"bar1", FALSE, set_bar},
    {"bar2", FALSE, set_bar},
    {"bar3", FALSE, set_bar},
    {"bar4", FALSE, set_bar},
    {"bar5", FALSE, set_bar},
    {"power-management", FALSE, set_power_management},
    {"msi", FALSE, set_msi},
    {"msi-x", FALSE, set_msix},
    {"pcie", FALSE, set_pcie},
    {"resizable-bar", FALSE, set_resizable_bar},
    {"serial-number", FALSE, set_serial_number},
};

static gboolean
read_function_key(GKeyFile *file, const Place *place, VfgVgpuFunction *function, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(function_keys); i++) {
        if (strcmp(place->key, function_keys[i].key) == 0) {
            g_autofree char *value = g_key_file_get_value(file, place->group, place->key, error);
            return value && function_keys[i].set(place, g_strstrip(value), function, error);
        }
    }
    bad(place, error, "no such key");
    return FALSE;
}

static gboolean
check_required(GKeyFile *file, const Place *place, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(function_keys); i++) {
        if (function_keys[i].required &&
            !g_key_file_has_key(file, place->group, function_keys[i].key, NULL)) {
            bad(place, error, "the key %s is missing", function_keys[i].key);
            return FALSE;
        }
    }
    return TRUE;
}

/* A 64-bit BAR takes the register behind its own too. */
static gboolean
check_bars(const Place *place, const VfgVgpuFunction *function, GError **error)
{
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++) {
        if (function->bars[i].kind != VFG_VGPU_BAR_MEM64)
            continue;
        if (i + 1 == VFG_VGPU_N_BARS || function->bars[i + 1].kind != VFG_VGPU_BAR_NONE) {
            bad(place, error, "bar%u is 64 bits wide, but bar%u is not free for its upper half", i,
                i + 1);
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
check_msix_part(const Place *place, const VfgVgpuFunction *function, const char *what, guint index,
                guint64 end, GError **error)
{
    const VfgVgpuBar *bar = &function->bars[index];
    if (is_memory(bar) && end <= bar->size)
        return TRUE;
    bad(place, error,
        "msi-x: the %s ends at 0x%" G_GINT64_MODIFIER "x, which is not in a memory "
        "BAR %u",
        what, end, index);
    return FALSE;
}

static gboolean
check_msix(const Place *place, const VfgVgpuFunction *function, GError **error)
{
    const VfgVgpuMsix *msix = &function->msix;
    if (msix->vectors == 0)
        return TRUE;
    guint64 table_end = msix->table_offset + 16ULL * msix->vectors;
    guint64 pba_end = msix->pba_offset + 8ULL * ((msix->vectors + 63) / 64);
    if (msix->table_bar == msix->pba_bar && msix->table_offset < pba_end &&
        msix->pba_offset < table_end) {
        bad(place, error, "msi-x: table and pba overlap");
        return FALSE;
    }
    return check_msix_part(place, function, "table", msix->table_bar, table_end, error) &&
           check_msix_part(place, function, "pba", msix->pba_bar, pba_end, error);
}

static gboolean
check_resizable_bar(const Place *place, const VfgVgpuFunction *function, GError **error)
{
    if (function->resizable_bar < 0)
        return TRUE;
    const VfgVgpuBar *bar = &function->bars[function->resizable_bar];
    if (is_memory(bar) && bar->size >= 64 << 20 && function->has_pcie)
        return TRUE;
    bad(place, error, "resizable-bar: bar%d of at least 64M memory, and pcie, are wanted",
        function->resizable_bar);
    return FALSE;
}

static gboolean
read_function(GKeyFile *file, Place place, guint number, VfgVgpuProfile *profile, GError **error)
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
        Place key_place = {place.path, place.group, keys[i]};
        if (!read_function_key(file, &key_place, function, error))
            return FALSE;
    }
    if (function->has_serial_number && !function->has_pcie) {
        bad(&place, error, "serial-number: it is in the extended config space, so pcie is wanted");
        return FALSE;
    }
    return check_bars(&place, function, error) && check_msix(&place, function, error) &&
           check_resizable_bar(&place, function, error);
}

static gboolean
read_register(GKeyFile *file, const Place *place, VfgVgpuFunction *function, GError **error)
{
    const VfgVgpuBar *bar = &function->bars[0];
    g_autofree char *text = g_key_file_get_value(file, place->group, place->key, error);
    guint64 offset = 0, value = 0;
    if (!text || !parse_hex(place, place->key, G_MAXUINT32, &offset, error) ||
        !parse_hex(place, g_strstrip(text), G_MAXUINT32, &value, error))
        return FALSE;
    if (offset % 4 || !is_memory(bar) || offset >= bar->size) {
        bad(place, error, "no place of a 32-bit register in the memory of bar0");
        return FALSE;
    }
    VfgVgpuRegister entry = {offset, (guint32)value};
    g_array_append_val(function->registers, entry);
    return TRUE;
}

static gboolean
read_registers(GKeyFile *file, Place place, VfgVgpuFunction *function, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, place.group, NULL, error);
    if (!keys)
        return FALSE;
    if (!function->present) {
        bad(&place, error, "there is no such function");
        return FALSE;
    }
    for (guint i = 0; keys[i]; i++) {
        Place key_place = {place.path, place.group, keys[i]};
        if (!read_register(file, &key_place, function, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_slot(GKeyFile *file, Place place, VfgVgpuProfile *profile, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, place.group, NULL, error);
    if (!keys)
        return FALSE;
    for (guint i = 0; keys[i]; i++) {
        Place key_place = {place.path, place.group, keys[i]};
        if (strcmp(keys[i], "name") != 0) {
            bad(&key_place, error, "no such key");
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
read_group(GKeyFile *file, Place place, VfgVgpuProfile *profile, GError **error)
{
    guint number = 0;
    gboolean registers = FALSE;
    if (strcmp(place.group, "slot") == 0)
        return read_slot(file, place, profile, error);
    if (!parse_group(place.group, &number, &registers)) {
        bad(&place, error,
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
        Place place = {path, groups[i], NULL};
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
