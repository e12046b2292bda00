/* SPDX-License-Identifier: GPL-2.0-or-later */

/* os-release(5): assignments in a shell's syntax, without expansion. */

#include "os-release.h"

#include <string.h>

#define MAX_FILE 65536

/* A value with broken quotes is shown as it stands: better than nothing. */
static char *
unquote(const char *value)
{
    if (!*value)
        return g_strdup("");
    char *plain = g_shell_unquote(value, NULL);
    return plain ? plain : g_strdup(value);
}

char *
vfg_os_release_get(const char *text, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gsize len = strlen(key);
    const char *found = NULL;
    for (char **line = lines; *line; line++) {
        char *at = g_strstrip(*line);
        if (strncmp(at, key, len) == 0 && at[len] == '=')
            found = at + len + 1;
    }
    return found ? unquote(found) : NULL;
}

char *
vfg_os_release_read(VfgRoot *root)
{
    static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        char *text = vfg_root_read(root, paths[i], MAX_FILE, NULL, NULL);
        if (text)
            return text;
    }
    return g_strdup("");
}
