/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a snapshot may hold. */

#include "bounds.h"

#include <string.h>

static gboolean
is_clean(const char *text, gsize max)
{
    gsize len = strlen(text);
    if (!len || len > max || !g_utf8_validate(text, (gssize)len, NULL))
        return FALSE;
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return FALSE;
    return TRUE;
}

gboolean
vfg_snapshot_name_is_clean(const char *name)
{
    return is_clean(name, VFG_SNAPSHOT_NAME_MAX) && !strchr(name, '/') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

gboolean
vfg_snapshot_target_is_clean(const char *target)
{
    return is_clean(target, VFG_SNAPSHOT_PATH_MAX);
}
