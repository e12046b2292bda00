/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A piece of a file that holds kernel arguments. */

#include "kernel-value.h"

#include <string.h>

VfgKernelValue *
vfg_kernel_value_new(gsize start, guint line)
{
    VfgKernelValue *value = g_new0(VfgKernelValue, 1);
    value->cells = g_array_new(FALSE, FALSE, sizeof(VfgKernelCell));
    value->start = value->end = value->append_at = start;
    value->append_how = VFG_QUOTING_NONE;
    value->simple = TRUE;
    value->line = line;
    return value;
}

void
vfg_kernel_value_free(VfgKernelValue *value)
{
    if (!value)
        return;
    g_array_unref(value->cells);
    g_free(value);
}

void
vfg_kernel_value_add(VfgKernelValue *value, char c, gsize at, gsize end, VfgQuoting quoting)
{
    VfgKernelCell cell = {.at = at, .end = end, .c = c, .quoting = quoting};
    g_array_append_val(value->cells, cell);
}

VfgKernelValue *
vfg_kernel_value_new_plain(const char *text, gsize start, gsize end, guint line)
{
    VfgKernelValue *value = vfg_kernel_value_new(start, line);
    for (gsize i = start; i < end; i++)
        vfg_kernel_value_add(value, text[i], i, i + 1, VFG_QUOTING_PLAIN);
    value->end = value->append_at = end;
    value->append_how = VFG_QUOTING_PLAIN;
    value->simple = FALSE;
    return value;
}

static void
word_free(gpointer data)
{
    VfgKernelWord *word = data;
    g_free(word->text);
    g_free(word);
}

static const VfgKernelCell *
cell_at(const VfgKernelValue *value, guint i)
{
    return &g_array_index(value->cells, VfgKernelCell, i);
}

static gboolean
is_space(char c)
{
    return g_ascii_isspace(c) || c == '\v';
}

/* The cell behind the word that starts at `first`. */
static guint
end_of_word(const VfgKernelValue *value, guint first)
{
    gboolean quoted = FALSE;
    guint i = first;
    for (; i < value->cells->len; i++) {
        char c = cell_at(value, i)->c;
        if (c == '"')
            quoted = !quoted;
        if (!quoted && is_space(c))
            return i;
    }
    return i;
}

static VfgKernelWord *
word_new(const VfgKernelValue *value, guint first, guint end)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = first; i < end; i++)
        g_string_append_c(text, cell_at(value, i)->c ? cell_at(value, i)->c : '\1');
    if (text->len >= 2 && text->str[0] == '"' && text->str[text->len - 1] == '"') {
        g_string_truncate(text, text->len - 1);
        g_string_erase(text, 0, 1);
    }
    VfgKernelWord *word = g_new0(VfgKernelWord, 1);
    word->text = g_strdup(text->str);
    word->first = first;
    word->end = end;
    return word;
}

GPtrArray *
vfg_kernel_value_words(const VfgKernelValue *value)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(word_free);
    guint i = 0;
    while (i < value->cells->len) {
        char c = cell_at(value, i)->c;
        if (!c || is_space(c)) {
            i++;
            continue;
        }
        guint end = end_of_word(value, i);
        g_ptr_array_add(words, word_new(value, i, end));
        i = end;
    }
    return words;
}
