/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Strict parsing of numbers. */

#include "parse.h"

#include "error.h"

#include <string.h>

gboolean
vfg_parse_uint(const char *text, guint base, guint64 max, guint64 *ret, GError **error)
{
    const char *digits = text;
    if (base == 16 && g_ascii_strncasecmp(text, "0x", 2) == 0)
        digits += 2;
    guint64 value = 0;
    g_autoptr(GError) local = NULL;
    if (!g_ascii_string_to_unsigned(digits, base, 0, max, &value, &local)) {
        if (!error)
            return FALSE;
        g_autofree char *shown = g_strescape(text, NULL);
        vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                      "'%.64s' is not a %s number of at most %" G_GUINT64_FORMAT, shown,
                      base == 16 ? "hexadecimal" : "decimal", max);
        return FALSE;
    }
    *ret = value;
    return TRUE;
}

static gboolean
unit_factor(const char *unit, guint64 *ret)
{
    static const struct {
        const char *name;
        guint64 factor;
    } units[] = {
        {"", 1},
        {"B", 1},
        {"bytes", 1},
        {"K", 1ULL << 10},
        {"KiB", 1ULL << 10},
        {"KB", 1000ULL},
        {"M", 1ULL << 20},
        {"MiB", 1ULL << 20},
        {"MB", 1000000ULL},
        {"G", 1ULL << 30},
        {"GiB", 1ULL << 30},
        {"GB", 1000000000ULL},
        {"T", 1ULL << 40},
        {"TiB", 1ULL << 40},
        {"TB", 1000000000000ULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(unit, units[i].name) == 0) {
            *ret = units[i].factor;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
vfg_parse_size(const char *text, guint64 *ret, GError **error)
{
    gsize n_digits = strspn(text, "0123456789");
    g_autofree char *digits = g_strndup(text, n_digits);
    const char *unit = text + n_digits;
    while (n_digits && *unit == ' ')
        unit++;
    guint64 number = 0, factor = 0, size = 0;
    if (!n_digits || !unit_factor(unit, &factor) ||
        !g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT64, &number, NULL) ||
        !g_uint64_checked_mul(&size, number, factor)) {
        g_autofree char *shown = g_strescape(text, NULL);
        vfg_error_set(error, VFG_ERROR_PARSE, "write a number and a unit, such as 512MiB or 64GiB",
                      "'%.64s' is not a size", shown);
        return FALSE;
    }
    *ret = size;
    return TRUE;
}

gboolean
vfg_parse_take_hex(const char **at, guint min, guint max, char end, guint64 *ret)
{
    guint n = 0;
    guint64 value = 0;
    for (; g_ascii_isxdigit((*at)[n]) && n < max; n++)
        value = value << 4 | (guint64)g_ascii_xdigit_value((*at)[n]);
    if (n < min || (*at)[n] != end)
        return FALSE;
    *at += n + (end != '\0');
    *ret = value;
    return TRUE;
}
