/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Mounts and swap areas. */

#include "mount.h"

#include "parse.h"

#include <string.h>

/* The next word of a line: its start in *word, its length as the result, *line behind it. */
static gsize
next_word(const char **line, const char **word)
{
    *word = *line + strspn(*line, " \t");
    gsize len = strcspn(*word, " \t\n");
    *line = *word + len;
    return len;
}

static const char *
next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

static gboolean
is_octal(char c, char max)
{
    return c >= '0' && c <= max;
}

char *
vfg_octal_unescape(const char *text, gsize len)
{
    GString *out = g_string_sized_new(len);
    for (gsize i = 0; i < len; i++) {
        if (len - i > 3 && text[i] == '\\' && is_octal(text[i + 1], '3') &&
            is_octal(text[i + 2], '7') && is_octal(text[i + 3], '7') &&
            strncmp(text + i + 1, "000", 3) != 0) {
            int byte = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0';
            g_string_append_c(out, (char)byte);
            i += 3;
        } else {
            g_string_append_c(out, text[i]);
        }
    }
    return g_string_free(out, FALSE);
}

static char *
take_text(const char **line)
{
    const char *word = NULL;
    gsize len = next_word(line, &word);
    return len ? vfg_octal_unescape(word, len) : NULL;
}

static gboolean
take_uint(const char **line, guint *ret)
{
    const char *word = NULL;
    gsize len = next_word(line, &word);
    g_autofree char *copy = g_strndup(word, len);
    guint64 value = 0;
    if (!vfg_parse_uint(copy, 10, G_MAXINT, &value, NULL))
        return FALSE;
    *ret = (guint)value;
    return TRUE;
}

static gboolean
take_device(const char **line, VfgMount *mount)
{
    const char *word = NULL;
    gsize len = next_word(line, &word);
    g_autofree char *copy = g_strndup(word, len);
    char *colon = strchr(copy, ':');
    guint64 major = 0, minor = 0;
    if (!colon)
        return FALSE;
    *colon = '\0';
    if (!vfg_parse_uint(copy, 10, G_MAXINT, &major, NULL) ||
        !vfg_parse_uint(colon + 1, 10, G_MAXINT, &minor, NULL))
        return FALSE;
    mount->major = (guint)major;
    mount->minor = (guint)minor;
    return TRUE;
}

/* The optional fields end with a single hyphen. */
static gboolean
skip_optional(const char **line)
{
    for (;;) {
        const char *word = NULL;
        gsize len = next_word(line, &word);
        if (len == 0)
            return FALSE;
        if (len == 1 && *word == '-')
            return TRUE;
    }
}

static VfgMount *
parse_mount(const char *line)
{
    g_autoptr(VfgMount) mount = g_new0(VfgMount, 1);
    guint id = 0, parent = 0;
    if (!take_uint(&line, &id) || !take_uint(&line, &parent) || !take_device(&line, mount))
        return NULL;
    mount->id = (int)id;
    mount->root = take_text(&line);
    mount->point = take_text(&line);
    if (!mount->point || !skip_optional(&line))
        return NULL;
    mount->type = take_text(&line);
    mount->source = take_text(&line);
    return mount->source ? g_steal_pointer(&mount) : NULL;
}

void
vfg_mount_free(VfgMount *mount)
{
    if (!mount)
        return;
    g_free(mount->root);
    g_free(mount->point);
    g_free(mount->type);
    g_free(mount->source);
    g_free(mount);
}

void
vfg_swap_free(VfgSwap *swap)
{
    if (!swap)
        return;
    g_free(swap->path);
    g_free(swap);
}

GPtrArray *
vfg_mounts_parse(const char *text)
{
    GPtrArray *mounts = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_mount_free);
    for (const char *line = text; *line; line = next_line(line)) {
        VfgMount *mount = parse_mount(line);
        if (mount)
            g_ptr_array_add(mounts, mount);
    }
    return mounts;
}

GPtrArray *
vfg_swaps_parse(const char *text)
{
    GPtrArray *swaps = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_swap_free);
    for (const char *line = text; *line; line = next_line(line)) {
        const char *rest = line;
        g_autofree char *path = take_text(&rest);
        g_autofree char *type = take_text(&rest);
        if (!path || *path != '/' || !type)
            continue;
        VfgSwap *swap = g_new0(VfgSwap, 1);
        swap->is_file = g_str_equal(type, "file");
        swap->path = g_steal_pointer(&path);
        g_ptr_array_add(swaps, swap);
    }
    return swaps;
}

gboolean
vfg_path_is_below(const char *path, const char *folder)
{
    gsize len = strlen(folder);
    while (len && folder[len - 1] == '/')
        len--;
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

const VfgMount *
vfg_mounts_find_holding(GPtrArray *mounts, const char *path)
{
    const VfgMount *best = NULL;
    gsize longest = 0;
    for (guint i = 0; i < mounts->len; i++) {
        const VfgMount *mount = g_ptr_array_index(mounts, i);
        gsize len = strlen(mount->point);
        if (len >= longest && vfg_path_is_below(path, mount->point)) {
            best = mount;
            longest = len;
        }
    }
    return best;
}
