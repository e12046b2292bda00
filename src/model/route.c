/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The interfaces of the default routes. */

#include "route.h"

#include "parse.h"

#include <string.h>

/* include/uapi/linux/route.h */
#define ROUTE_UP 0x0001
#define ROUTE_REJECT 0x0200

/* The columns of a line that say what is needed. */
typedef struct {
    guint interface, flags;
    guint destination, mask; /* all zeros in a default route */
    guint columns;           /* at least as many */
} Layout;

static gboolean
is_zero(const char *word)
{
    return *word && strspn(word, "0") == strlen(word);
}

/* The interface that a line's default route goes through, or NULL. It belongs to `words`. */
static const char *
default_interface(const Layout *layout, GPtrArray *words)
{
    guint64 flags = 0;
    if (words->len < layout->columns ||
        !vfg_parse_uint(words->pdata[layout->flags], 16, G_MAXUINT32, &flags, NULL))
        return NULL;
    const char *name = words->pdata[layout->interface];
    if (!is_zero(words->pdata[layout->destination]) || !is_zero(words->pdata[layout->mask]) ||
        !(flags & ROUTE_UP) || flags & ROUTE_REJECT || g_str_equal(name, "lo"))
        return NULL;
    return name;
}

static GPtrArray *
parse_routes(const char *text, const Layout *layout)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        char *rest = NULL;
        for (char *word = strtok_r(*line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
            g_ptr_array_add(words, word);
        const char *name = default_interface(layout, words);
        if (name && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

GPtrArray *
vfg_routes_parse_ipv4(const char *text)
{
    static const Layout layout = {
        .interface = 0, .destination = 1, .flags = 3, .mask = 7, .columns = 8};
    return parse_routes(text, &layout);
}

GPtrArray *
vfg_routes_parse_ipv6(const char *text)
{
    static const Layout layout = {
        .interface = 9, .destination = 0, .flags = 8, .mask = 1, .columns = 10};
    return parse_routes(text, &layout);
}
