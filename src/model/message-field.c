/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fields of a JSON object that came from a peer. */

#include "message-field.h"

#include "error.h"

#define MAX_NAME 64

gboolean
vfg_field_refuse(VfgFields fields, const char *key, const char *wanted, GError **error)
{
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s: '%s' must be %s", fields.shown, key, wanted);
    return FALSE;
}

const char *
vfg_field_text(VfgFields fields, const char *key, gsize max, GError **error)
{
    const json_t *value = json_object_get(fields.json, key);
    if (json_is_string(value) && json_string_length(value) <= max)
        return json_string_value(value);
    g_autofree char *wanted = g_strdup_printf("a text of at most %" G_GSIZE_FORMAT " bytes", max);
    vfg_field_refuse(fields, key, wanted, error);
    return NULL;
}

gboolean
vfg_field_copy(VfgFields fields, const char *key, gsize max, char **ret, GError **error)
{
    const char *text = vfg_field_text(fields, key, max, error);
    if (!text)
        return FALSE;
    *ret = g_strdup(text);
    return TRUE;
}

gboolean
vfg_field_copy_or_null(VfgFields fields, const char *key, gsize max, const char *wanted, char **ret,
                       GError **error)
{
    const json_t *value = json_object_get(fields.json, key);
    if (json_is_null(value))
        return TRUE;
    if (json_is_string(value) && json_string_length(value) > 0)
        return vfg_field_copy(fields, key, max, ret, error);
    return vfg_field_refuse(fields, key, wanted, error);
}

gboolean
vfg_field_name(VfgFields fields, const char *key, char **ret, GError **error)
{
    const char *text = vfg_field_text(fields, key, MAX_NAME, error);
    if (!text)
        return FALSE;
    gsize good = 0;
    while (g_ascii_isalnum(text[good]) || text[good] == '-')
        good++;
    if (!good || text[good])
        return vfg_field_refuse(fields, key, "letters, digits and '-'", error);
    *ret = g_strdup(text);
    return TRUE;
}

gboolean
vfg_field_number(VfgFields fields, const char *key, guint64 min, guint64 max, guint64 *ret,
                 GError **error)
{
    const json_t *value = json_object_get(fields.json, key);
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= 0 && (guint64)number >= min && (guint64)number <= max) {
        *ret = (guint64)number;
        return TRUE;
    }
    g_autofree char *wanted = g_strdup_printf(
        "a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, min, max);
    return vfg_field_refuse(fields, key, wanted, error);
}

gboolean
vfg_field_flag(VfgFields fields, const char *key, gboolean *ret, GError **error)
{
    const json_t *value = json_object_get(fields.json, key);
    if (!json_is_boolean(value))
        return vfg_field_refuse(fields, key, "true or false", error);
    *ret = json_is_true(value);
    return TRUE;
}

gboolean
vfg_field_hex4(VfgFields fields, const char *key, guint16 *ret, GError **error)
{
    const char *text = json_string_value(json_object_get(fields.json, key));
    guint value = 0, n = 0;
    for (; text && n < 4 && g_ascii_isxdigit(text[n]); n++)
        value = value << 4 | (guint)g_ascii_xdigit_value(text[n]);
    if (!text || n != 4 || text[n])
        return vfg_field_refuse(fields, key, "four hexadecimal digits", error);
    *ret = (guint16)value;
    return TRUE;
}

gboolean
vfg_field_choice(VfgFields fields, const char *key, const char *const *names, const char *wanted,
                 guint *ret, GError **error)
{
    const char *text = json_string_value(json_object_get(fields.json, key));
    for (guint i = 0; names[i]; i++) {
        if (g_strcmp0(text, names[i]) == 0) {
            *ret = i;
            return TRUE;
        }
    }
    return vfg_field_refuse(fields, key, wanted, error);
}

gboolean
vfg_field_address(VfgFields fields, const char *key, VfgPciAddress *ret, GError **error)
{
    const char *text = vfg_field_text(fields, key, VFG_PCI_ADDRESS_SIZE, error);
    if (!text)
        return FALSE;
    if (vfg_pci_address_parse(text, ret, error))
        return TRUE;
    g_prefix_error(error, "%s: '%s': ", fields.shown, key);
    return FALSE;
}

void
vfg_field_set_text(json_t *json, const char *key, const char *text)
{
    json_object_set_new(json, key, json_string(text ? text : ""));
}
