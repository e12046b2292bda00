/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A file that holds kernel arguments, taken apart. */

#include "kernel-text.h"

#include "error.h"
#include "kernel-shell.h"

#include <string.h>

static void
line_free(gpointer data)
{
    VfgKernelLine *line = data;
    g_ptr_array_unref(line->values);
    g_ptr_array_unref(line->others);
    g_free(line);
}

static VfgKernelLine *
add_line(VfgKernelText *text)
{
    VfgKernelLine *line = g_new0(VfgKernelLine, 1);
    line->values = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_kernel_value_free);
    line->others = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_kernel_value_free);
    g_ptr_array_add(text->lines, line);
    return line;
}

void
vfg_kernel_text_free(VfgKernelText *text)
{
    if (!text)
        return;
    g_ptr_array_unref(text->lines);
    g_free(text);
}

/* One line of a file: its bytes without the line's end. */
typedef struct {
    gsize start, end;
    guint number;
} Span;

static gboolean
next_line(const char *text, gsize len, gsize *at, Span *span)
{
    if (*at >= len)
        return FALSE;
    const char *newline = memchr(text + *at, '\n', len - *at);
    gsize end = newline ? (gsize)(newline - text) : len;
    span->start = *at;
    span->end = end > *at && text[end - 1] == '\r' ? end - 1 : end;
    span->number++;
    *at = newline ? end + 1 : len;
    return TRUE;
}

static gboolean
is_blank(const char *text, const Span *span)
{
    for (gsize i = span->start; i < span->end; i++)
        if (!g_ascii_isspace(text[i]))
            return FALSE;
    return TRUE;
}

static gboolean
complain(const VfgKernelForm *form, guint line, const char *what, GError **error)
{
    const char *fix = "put the argument in by hand, or mend the file";
    if (line)
        vfg_error_set(error, VFG_ERROR_PARSE, fix, "%s, line %u: %s", form->shown, line, what);
    else
        vfg_error_set(error, VFG_ERROR_PARSE, fix, "%s %s", form->shown, what);
    return FALSE;
}

/* kernel-install leaves out lines that begin with # (kernel-install(8)), of what else there is it
 * makes one line; the last one with text is where words are added. */
static gboolean
parse_line(VfgKernelText *ret, const VfgKernelForm *form, const char *text, gsize len,
           GError **error)
{
    VfgKernelLine *line = add_line(ret);
    Span span = {0};
    gsize at = 0;
    while (next_line(text, len, &at, &span))
        if (!is_blank(text, &span) && text[span.start] != '#')
            g_ptr_array_add(line->values,
                            vfg_kernel_value_new_plain(text, span.start, span.end, span.number));
    return line->values->len || complain(form, 0, "holds no command line", error);
}

/* The Raspberry Pi's firmware takes the first line (config.txt documentation, cmdline.txt). A stub
 * of Raspberry Pi OS 12 at the old place says where the file has gone. */
static gboolean
parse_first(VfgKernelText *ret, const VfgKernelForm *form, const char *text, gsize len,
            GError **error)
{
    Span span = {0};
    gsize at = 0;
    if (!next_line(text, len, &at, &span) || is_blank(text, &span))
        return complain(form, 1, "there is no command line in the first line", error);
    if (g_str_has_prefix(text, "DO NOT EDIT"))
        return complain(form, 1, "the file has moved to /boot/firmware/cmdline.txt", error);
    g_ptr_array_add(add_line(ret)->values,
                    vfg_kernel_value_new_plain(text, span.start, span.end, 1));
    return TRUE;
}

static gboolean
is_tab_or_space(char c)
{
    return c == ' ' || c == '\t';
}

static VfgKernelValue *
value_behind_key(const char *text, gsize start, const Span *span)
{
    VfgKernelValue *value = vfg_kernel_value_new_plain(text, start, span->end, span->number);
    value->glued = start == span->end && start > span->start && !is_tab_or_space(text[start - 1]);
    return value;
}

/* Where the value of "KEY value" starts, or 0 where the line has another key. */
static gsize
value_of_key(const char *text, const Span *span, const char *key)
{
    gsize at = span->start, n = strlen(key);
    while (at < span->end && is_tab_or_space(text[at]))
        at++;
    if (at + n > span->end || g_ascii_strncasecmp(text + at, key, n) != 0)
        return 0;
    at += n;
    if (at < span->end && !is_tab_or_space(text[at]))
        return 0;
    while (at < span->end && is_tab_or_space(text[at]))
        at++;
    return at;
}

static gboolean
has_word(const VfgKernelValue *value, const char *word)
{
    g_autoptr(GPtrArray) words = vfg_kernel_value_words(value);
    for (guint i = 0; i < words->len; i++)
        if (g_str_equal(((VfgKernelWord *)g_ptr_array_index(words, i))->text, word))
            return TRUE;
    return FALSE;
}

/* All "options" lines of an entry make one command line (the Boot Loader Specification, uapi-group,
 * "Type #1"). */
static gboolean
parse_entry(VfgKernelText *ret, const char *text, gsize len)
{
    VfgKernelLine *line = add_line(ret);
    gboolean linux_entry = FALSE;
    Span span = {0};
    gsize at = 0;
    while (next_line(text, len, &at, &span)) {
        gsize start = value_of_key(text, &span, "options");
        linux_entry = linux_entry || value_of_key(text, &span, "linux");
        if (!start)
            continue;
        VfgKernelValue *value = value_behind_key(text, start, &span);
        g_ptr_array_add(line->values, value);
        ret->elsewhere = ret->elsewhere || has_word(value, "$kernelopts");
    }
    if (line->values->len || !linux_entry)
        ret->missing = NULL;
    else
        ret->missing = "options ";
    if (!line->values->len && !linux_entry)
        g_ptr_array_set_size(ret->lines, 0); /* another system's, or a unified kernel image */
    return TRUE;
}

/* An "append -" switches the global one off and holds no words (syslinux, doc/syslinux.txt). */
static gboolean
parse_extlinux(VfgKernelText *ret, const VfgKernelForm *form, const char *text, gsize len,
               GError **error)
{
    Span span = {0};
    gsize at = 0;
    while (next_line(text, len, &at, &span)) {
        gsize start = value_of_key(text, &span, "append");
        if (!start)
            continue;
        g_autoptr(VfgKernelValue) value = value_behind_key(text, start, &span);
        if (!has_word(value, "-"))
            g_ptr_array_add(add_line(ret)->values, g_steal_pointer(&value));
    }
    return ret->lines->len || complain(form, 0, "has no append line", error);
}

/* The assignments that make up the value which `name` has in the end, last one first. */
static GPtrArray *
chain_of(GPtrArray *assignments, const char *name)
{
    GPtrArray *chain = g_ptr_array_new();
    for (guint i = assignments->len; i-- > 0;) {
        VfgShellAssignment *assignment = g_ptr_array_index(assignments, i);
        if (!g_str_equal(assignment->name, name))
            continue;
        g_ptr_array_add(chain, assignment);
        if (!assignment->append && !assignment->refers)
            break;
    }
    return chain;
}

static gboolean
take_chain(GPtrArray *chain, const VfgKernelForm *form, GPtrArray *values, GError **error)
{
    for (guint i = chain->len; i-- > 0;) {
        VfgShellAssignment *assignment = g_ptr_array_index(chain, i);
        if (assignment->conditional)
            return complain(form, assignment->value->line,
                            "the arguments are set only under a condition or in a subshell", error);
        g_ptr_array_add(values, g_steal_pointer(&assignment->value));
    }
    return TRUE;
}

static gboolean
parse_shell(VfgKernelText *ret, const VfgKernelForm *form, const char *text, gsize len,
            GError **error)
{
    g_autoptr(GPtrArray) assignments = vfg_shell_assignments(text, len, form->shown, error);
    if (!assignments)
        return FALSE;
    VfgKernelLine *line = add_line(ret);
    for (guint i = 0; form->variables[i]; i++) {
        g_autoptr(GPtrArray) chain = chain_of(assignments, form->variables[i]);
        GPtrArray *values = line->values->len ? line->others : line->values;
        if (!take_chain(chain, form, values, error))
            return FALSE;
    }
    if (!line->values->len)
        ret->missing = form->variables[0];
    return TRUE;
}

static gboolean
parse(VfgKernelText *ret, const VfgKernelForm *form, const char *text, gsize len, GError **error)
{
    if (memchr(text, '\0', len))
        return complain(form, 0, "holds a NUL byte and is no text", error);
    switch (form->format) {
    case VFG_KERNEL_SHELL:
        return parse_shell(ret, form, text, len, error);
    case VFG_KERNEL_LINE:
        return parse_line(ret, form, text, len, error);
    case VFG_KERNEL_FIRST:
        return parse_first(ret, form, text, len, error);
    case VFG_KERNEL_ENTRY:
        return parse_entry(ret, text, len);
    case VFG_KERNEL_EXTLINUX:
        return parse_extlinux(ret, form, text, len, error);
    }
    return FALSE;
}

VfgKernelText *
vfg_kernel_text_parse(const VfgKernelForm *form, const char *text, gsize len, GError **error)
{
    g_autoptr(VfgKernelText) ret = g_new0(VfgKernelText, 1);
    ret->lines = g_ptr_array_new_with_free_func(line_free);
    return parse(ret, form, text, len, error) ? g_steal_pointer(&ret) : NULL;
}
