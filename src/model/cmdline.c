/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's command line. */

#include "cmdline.h"

#include <string.h>

/* The kernel's isspace() (lib/ctype.c): also the no-break space of Latin 1. */
static gboolean
is_space(char c)
{
    return g_ascii_isspace(c) || c == '\v' || c == '\xa0';
}

static const char *
skip_spaces(const char *text)
{
    while (*text && is_space(*text))
        text++;
    return text;
}

/* The length of the argument that starts at `text`. */
static gsize
argument_length(const char *text, gboolean in_quote)
{
    gsize len = 0;
    for (; text[len] && (in_quote || !is_space(text[len])); len++)
        if (text[len] == '"')
            in_quote = !in_quote;
    return len;
}

static void
drop_last_quote(char *text)
{
    gsize len = strlen(text);
    if (len && text[len - 1] == '"')
        text[len - 1] = '\0';
}

/* An "=" in the first place belongs to the name, as next_arg() has it. */
static VfgKernelArgument *
split_argument(const char *text, gsize len, gboolean quoted)
{
    VfgKernelArgument *argument = g_new0(VfgKernelArgument, 1);
    g_autofree char *copy = g_strndup(text, len);
    char *equals = *copy ? strchr(copy + 1, '=') : NULL;
    if (!equals) {
        if (quoted)
            drop_last_quote(copy);
        argument->name = g_steal_pointer(&copy);
        return argument;
    }
    char *value = equals + 1;
    *equals = '\0';
    if (*value == '"' || quoted)
        drop_last_quote(value);
    argument->value = g_strdup(*value == '"' ? value + 1 : value);
    argument->name = g_steal_pointer(&copy);
    return argument;
}

void
vfg_kernel_argument_free(VfgKernelArgument *argument)
{
    if (!argument)
        return;
    g_free(argument->name);
    g_free(argument->value);
    g_free(argument);
}

GPtrArray *
vfg_cmdline_parse(const char *text)
{
    GPtrArray *arguments = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_kernel_argument_free);
    const char *rest = skip_spaces(text);
    while (*rest) {
        gboolean quoted = *rest == '"';
        rest += quoted;
        gsize len = argument_length(rest, quoted);
        g_autoptr(VfgKernelArgument) argument = split_argument(rest, len, quoted);
        if (!argument->value && g_str_equal(argument->name, "--"))
            break;
        g_ptr_array_add(arguments, g_steal_pointer(&argument));
        rest = skip_spaces(rest + len);
    }
    return arguments;
}

static gboolean
same_name(const char *a, const char *b, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        char left = a[i] == '-' ? '_' : a[i], right = b[i] == '-' ? '_' : b[i];
        if (left != right || !left)
            return FALSE;
    }
    return a[len] == '\0';
}

static gboolean
has_part(const char *value, const char *wanted)
{
    if (g_str_equal(value, wanted))
        return TRUE;
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    return g_strv_contains((const char *const *)parts, wanted);
}

gboolean
vfg_cmdline_has(const char *text, const char *word)
{
    if (!text)
        return FALSE;
    g_autoptr(GPtrArray) arguments = vfg_cmdline_parse(text);
    const char *equals = strchr(word, '=');
    gsize len = equals ? (gsize)(equals - word) : strlen(word);
    for (guint i = 0; i < arguments->len; i++) {
        const VfgKernelArgument *argument = g_ptr_array_index(arguments, i);
        if (!same_name(argument->name, word, len))
            continue;
        if (equals ? argument->value && has_part(argument->value, equals + 1) : !argument->value)
            return TRUE;
    }
    return FALSE;
}
