/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The keys of a profile's function, and how their values are read. */

#include "profile-key.h"

#include "vgpu-error.h"

#include <errno.h>
#include <string.h>

typedef gboolean (*ParseFunc)(const VfgVgpuPlace *place, const char *value,
                              VfgVgpuFunction *function, GError **error);

void
vfg_vgpu_place_error(const VfgVgpuPlace *place, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    vfg_vgpu_error_set(error, EINVAL, "%s: [%s]%s%s: %s", place->path, place->group,
                       place->key ? " " : "", place->key ? place->key : "", message);
}

gboolean
vfg_vgpu_place_parse_hex(const VfgVgpuPlace *place, const char *text, guint64 max, guint64 *ret,
                         GError **error)
{
    const char *digits = g_str_has_prefix(text, "0x") ? text + 2 : text;
    if (!g_ascii_string_to_unsigned(digits, 16, 0, max, ret, NULL)) {
        vfg_vgpu_place_error(
            place, error, "'%s' is not a hexadecimal number of at most 0x%" G_GINT64_MODIFIER "x",
            text, max);
        return FALSE;
    }
    return TRUE;
}

static gboolean
parse_decimal(const VfgVgpuPlace *place, const char *text, guint64 max, guint64 *ret,
              GError **error)
{
    if (!g_ascii_string_to_unsigned(text, 10, 0, max, ret, NULL)) {
        vfg_vgpu_place_error(place, error, "'%s' is not a number of at most %" G_GUINT64_FORMAT,
                             text, max);
        return FALSE;
    }
    return TRUE;
}

/* A number with an optional K, M or G: powers of 1024, as lspci writes them. */
static gboolean
parse_size(const VfgVgpuPlace *place, const char *text, guint64 *ret, GError **error)
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
parse_pair(const VfgVgpuPlace *place, const char *text, guint64 max_first, guint64 max_second,
           guint64 *first, guint64 *second, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    if (g_strv_length(parts) != 2) {
        vfg_vgpu_place_error(place, error,
                             "'%s' is not two hexadecimal numbers with a colon between", text);
        return FALSE;
    }
    return vfg_vgpu_place_parse_hex(place, parts[0], max_first, first, error) &&
           vfg_vgpu_place_parse_hex(place, parts[1], max_second, second, error);
}

static gboolean
parse_id(const VfgVgpuPlace *place, const char *value, guint16 *vendor, guint16 *device,
         GError **error)
{
    guint64 first = 0, second = 0;
    if (!parse_pair(place, value, G_MAXUINT16, G_MAXUINT16, &first, &second, error))
        return FALSE;
    *vendor = (guint16)first;
    *device = (guint16)second;
    return TRUE;
}

static gboolean
set_id(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    return parse_id(place, value, &function->vendor, &function->device, error);
}

static gboolean
set_subsystem(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
              GError **error)
{
    return parse_id(place, value, &function->subsystem_vendor, &function->subsystem_device, error);
}

static gboolean
set_class(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    guint64 number = 0;
    if (!vfg_vgpu_place_parse_hex(place, value, 0xffffff, &number, error))
        return FALSE;
    function->class_code = (guint32)number;
    return TRUE;
}

static gboolean
set_revision(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
             GError **error)
{
    guint64 number = 0;
    if (!vfg_vgpu_place_parse_hex(place, value, 0xff, &number, error))
        return FALSE;
    function->revision = (guint8)number;
    return TRUE;
}

static gboolean
set_interrupt_pin(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
                  GError **error)
{
    static const char *const pins[] = {"none", "A", "B", "C", "D"};
    for (guint8 i = 0; i < G_N_ELEMENTS(pins); i++) {
        if (strcmp(value, pins[i]) == 0) {
            function->interrupt_pin = i;
            return TRUE;
        }
    }
    vfg_vgpu_place_error(place, error, "'%s' is none of A, B, C, D and none", value);
    return FALSE;
}

static gboolean
parse_bar_kind(const VfgVgpuPlace *place, char **words, VfgVgpuBar *bar, GError **error)
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
            vfg_vgpu_place_error(place, error,
                                 "the size '%s' is not a power of two from %" G_GUINT64_FORMAT
                                 " to %" G_GUINT64_FORMAT,
                                 words[0], kinds[i].min, kinds[i].max);
            return FALSE;
        }
        return TRUE;
    }
    vfg_vgpu_place_error(place, error, "the kind '%s' is none of io, mem32 and mem64",
                         words[1] ? words[1] : "");
    return FALSE;
}

/* SIZE KIND [prefetchable] */
static gboolean
set_bar(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    VfgVgpuBar *bar = &function->bars[place->key[3] - '0'];
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    guint count = g_strv_length(words);
    if (count == 0 || !parse_size(place, words[0], &bar->size, error)) {
        if (count == 0)
            vfg_vgpu_place_error(place, error, "SIZE KIND [prefetchable] is wanted");
        return FALSE;
    }
    if (!parse_bar_kind(place, words, bar, error))
        return FALSE;
    bar->prefetchable = count > 2;
    if (count > 3 ||
        (count == 3 && (strcmp(words[2], "prefetchable") != 0 || bar->kind == VFG_VGPU_BAR_IO))) {
        vfg_vgpu_place_error(place, error, "'%s': SIZE KIND [prefetchable] is wanted", value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_power_management(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
                     GError **error)
{
    function->has_pm = TRUE;
    function->no_soft_reset = strcmp(value, "no-soft-reset") == 0;
    if (!function->no_soft_reset && strcmp(value, "soft-reset") != 0) {
        vfg_vgpu_place_error(place, error, "'%s' is neither soft-reset nor no-soft-reset", value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_msi(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    guint64 vectors = 0;
    if (!parse_decimal(place, value, 32, &vectors, error))
        return FALSE;
    if (vectors == 0 || vectors & (vectors - 1)) {
        vfg_vgpu_place_error(place, error, "%s vectors: 1, 2, 4, 8, 16 or 32 are possible", value);
        return FALSE;
    }
    function->msi_vectors = (guint)vectors;
    return TRUE;
}

static gboolean
parse_bar_place(const VfgVgpuPlace *place, const char *text, guint *bar, guint32 *offset,
                GError **error)
{
    guint64 first = 0, second = 0;
    if (!parse_pair(place, text, VFG_VGPU_N_BARS - 1, G_MAXUINT32, &first, &second, error))
        return FALSE;
    if (second % 8) {
        vfg_vgpu_place_error(place, error, "the offset of '%s' is not a multiple of 8", text);
        return FALSE;
    }
    *bar = (guint)first;
    *offset = (guint32)second;
    return TRUE;
}

/* VECTORS table BAR:OFFSET pba BAR:OFFSET */
static gboolean
set_msix(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    VfgVgpuMsix *msix = &function->msix;
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    if (g_strv_length(words) != 5 || strcmp(words[1], "table") != 0 ||
        strcmp(words[3], "pba") != 0) {
        vfg_vgpu_place_error(place, error,
                             "'%s': VECTORS table BAR:OFFSET pba BAR:OFFSET is wanted", value);
        return FALSE;
    }
    guint64 vectors = 0;
    if (!parse_decimal(place, words[0], 2048, &vectors, error))
        return FALSE;
    if (vectors == 0) {
        vfg_vgpu_place_error(place, error, "no vectors: leave the key out for no MSI-X");
        return FALSE;
    }
    msix->vectors = (guint)vectors;
    return parse_bar_place(place, words[2], &msix->table_bar, &msix->table_offset, error) &&
           parse_bar_place(place, words[4], &msix->pba_bar, &msix->pba_offset, error);
}

static gboolean
set_pcie(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
{
    function->has_pcie = TRUE;
    function->has_flr = strcmp(value, "flr") == 0;
    if (!function->has_flr && strcmp(value, "no-flr") != 0) {
        vfg_vgpu_place_error(place, error, "'%s' is neither flr nor no-flr", value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_resizable_bar(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
                  GError **error)
{
    guint64 number = 0;
    if (!parse_decimal(place, value, VFG_VGPU_N_BARS - 1, &number, error))
        return FALSE;
    function->resizable_bar = (int)number;
    return TRUE;
}

static gboolean
set_serial_number(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
                  GError **error)
{
    function->has_serial_number = TRUE;
    return vfg_vgpu_place_parse_hex(place, value, G_MAXUINT64, &function->serial_number, error);
}

static gboolean
set_name(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function, GError **error)
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

gboolean
vfg_vgpu_profile_key_set(const VfgVgpuPlace *place, const char *value, VfgVgpuFunction *function,
                         GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(function_keys); i++) {
        if (strcmp(place->key, function_keys[i].key) == 0)
            return function_keys[i].set(place, value, function, error);
    }
    vfg_vgpu_place_error(place, error, "no such key");
    return FALSE;
}

const char *
vfg_vgpu_profile_key_required(guint index)
{
    guint found = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(function_keys); i++) {
        if (function_keys[i].required && found++ == index)
            return function_keys[i].key;
    }
    return NULL;
}
