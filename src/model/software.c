/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a guest has for its GPU. */

#include "software.h"

#define TEXT_MAX 256

static const struct {
    const char *key;
    gsize offset; /* of a char * in VfgSoftware */
} fields_of[] = {
    {"driver_state", G_STRUCT_OFFSET(VfgSoftware, driver_state)},
    {"driver_version", G_STRUCT_OFFSET(VfgSoftware, driver_version)},
    {"toolkit_version", G_STRUCT_OFFSET(VfgSoftware, toolkit_version)},
};

void
vfg_software_free(VfgSoftware *software)
{
    if (!software)
        return;
    g_free(software->driver_state);
    g_free(software->driver_version);
    g_free(software->toolkit_version);
    g_free(software);
}

VfgSoftware *
vfg_software_from_fields(VfgFields fields, GError **error)
{
    g_autoptr(VfgSoftware) software = g_new0(VfgSoftware, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(fields_of); i++) {
        char **to = G_STRUCT_MEMBER_P(software, fields_of[i].offset);
        if (json_object_get(fields.json, fields_of[i].key) &&
            !vfg_field_copy_or_null(fields, fields_of[i].key, TEXT_MAX, "a text or null", to,
                                    error))
            return NULL;
    }
    return g_steal_pointer(&software);
}

void
vfg_software_add_to_json(const VfgSoftware *software, gboolean all, json_t *json)
{
    for (gsize i = 0; i < G_N_ELEMENTS(fields_of); i++) {
        const char *text = G_STRUCT_MEMBER(const char *, software, fields_of[i].offset);
        if (text)
            vfg_field_set_text(json, fields_of[i].key, text);
        else if (all)
            json_object_set_new(json, fields_of[i].key, json_null());
    }
}
