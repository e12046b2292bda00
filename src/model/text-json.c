/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Texts as JSON. */

#include "text-json.h"

#include <glib.h>

json_t *
vfg_text_to_json(const char *text)
{
    if (!text)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}
