/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One process of the host. */

#include "process.h"

#include "escape.h"
#include "parse.h"

#include <string.h>

void
vfg_process_free(VfgProcess *process)
{
    if (!process)
        return;
    g_free(process->command);
    g_free(process);
}

/* "812 (name) D 1 …": the name may hold blanks and brackets; the start is field 22. */
VfgProcess *
vfg_process_look(VfgRoot *root, int pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
    g_autofree char *text = vfg_root_read_text(root, path, NULL);
    const char *open = text ? strchr(text, '(') : NULL;
    const char *close = open ? strrchr(open, ')') : NULL;
    guint64 start = 0;
    if (!close || close[1] != ' ')
        return NULL;
    g_auto(GStrv) words = g_strsplit(close + 2, " ", -1);
    if (g_strv_length(words) < 20 || !vfg_parse_uint(words[19], 10, G_MAXUINT64, &start, NULL))
        return NULL;
    VfgProcess *process = g_new0(VfgProcess, 1);
    process->command = g_strndup(open + 1, (gsize)(close - open - 1));
    process->state = *words[0];
    process->start = start;
    return process;
}

/* Lines "[<0>] schedule_timeout+0x91/0x120 [module]". */
char *
vfg_process_stack(VfgRoot *root, int pid, guint max)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stack", pid);
    g_autofree char *text = vfg_root_read(root, path, 1 << 16, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autoptr(GString) out = g_string_new(NULL);
    guint n = 0;
    for (char **line = lines; *line && n < max; line++) {
        const char *name = strstr(*line, "] ");
        name = name ? name + 2 : *line;
        g_autofree char *shown = vfg_escape_text(name, (gssize)strcspn(name, "+ "), 80);
        if (!*shown)
            continue;
        g_string_append_printf(out, "%s%s", n++ ? " < " : "", shown);
    }
    return out->len ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}
