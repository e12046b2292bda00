/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Assignments in a file that a shell sources. */

#include "kernel-shell.h"

#include "error.h"

#include <string.h>

#define FIX "make it a plain NAME=\"value\" line, or add the argument by hand"

typedef struct {
    const char *text;
    gsize len;
    gsize at;
    const char *shown;
    guint blocks, parens;  /* open if, for, case, { … and ( … */
    gboolean after_and;    /* behind && || | or & */
    gboolean command_seen; /* in this simple command */
    gboolean in_comment;   /* the last line with something in it ends in one */
    gboolean keeps;        /* the command is export or the like: words behind it may assign */
    GPtrArray *pending;    /* assignments of this simple command */
    GPtrArray *found;
} Lexer;

static char
peek(const Lexer *lexer, gsize ahead)
{
    return lexer->at + ahead < lexer->len ? lexer->text[lexer->at + ahead] : '\0';
}

static guint
line_of(const Lexer *lexer, gsize at)
{
    guint line = 1;
    for (gsize i = 0; i < at && i < lexer->len; i++)
        line += lexer->text[i] == '\n';
    return line;
}

static gboolean
complain(const Lexer *lexer, gsize at, const char *what, GError **error)
{
    vfg_error_set(error, VFG_ERROR_PARSE, FIX, "%s, line %u: %s", lexer->shown, line_of(lexer, at),
                  what);
    return FALSE;
}

/* A carriage return at the end of a line is the line's, not the value's. */
static gboolean
at_line_end(const Lexer *lexer)
{
    return peek(lexer, 0) == '\n' ||
           (peek(lexer, 0) == '\r' && (peek(lexer, 1) == '\n' || lexer->at + 1 == lexer->len));
}

/* The bytes of a backslash and the line's end behind it, or 0. */
static gsize
continuation(const Lexer *lexer)
{
    if (peek(lexer, 0) != '\\')
        return 0;
    if (peek(lexer, 1) == '\n')
        return 2;
    return peek(lexer, 1) == '\r' && peek(lexer, 2) == '\n' ? 3 : 0;
}

/* Skips what is nested: up to `close`, over quotes, escapes and further `open`s. It starts behind
 * the first `open`. */
static gboolean
skip_nested(Lexer *lexer, char open, char close, gsize start, GError **error)
{
    guint depth = 1;
    char quote = 0;
    for (; lexer->at < lexer->len; lexer->at++) {
        char c = peek(lexer, 0);
        if (c == '\\' && quote != '\'') {
            lexer->at++;
        } else if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == open) {
            depth++;
        } else if (c == close && --depth == 0) {
            lexer->at++;
            return TRUE;
        }
    }
    return complain(lexer, start, "an expansion that does not end", error);
}

static gboolean
skip_backquotes(Lexer *lexer, gsize start, GError **error)
{
    for (; lexer->at < lexer->len; lexer->at++) {
        if (peek(lexer, 0) == '\\') {
            lexer->at++;
        } else if (peek(lexer, 0) == '`') {
            lexer->at++;
            return TRUE;
        }
    }
    return complain(lexer, start, "a backquote that is not closed", error);
}

static gboolean
is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* At a '$' or a backquote; the expansion becomes one cell. A '$' that starts none is itself. */
static gboolean
read_expansion(Lexer *lexer, VfgKernelValue *value, VfgQuoting quoting, GError **error)
{
    gsize start = lexer->at;
    char next = peek(lexer, 1);
    gboolean good = TRUE;
    if (peek(lexer, 0) == '`') {
        lexer->at++;
        good = skip_backquotes(lexer, start, error);
    } else if (next == '{' || next == '(') {
        lexer->at += 2;
        good = skip_nested(lexer, next, next == '{' ? '}' : ')', start, error);
    } else if (is_name_char(next)) {
        lexer->at += 2;
        while (!g_ascii_isdigit(next) && is_name_char(peek(lexer, 0)))
            lexer->at++;
    } else if (next && strchr("?#@*!$-", next)) {
        lexer->at += 2;
    } else {
        if (quoting == VFG_QUOTING_NONE)
            return complain(lexer, start,
                            "a $ outside quotes that starts no expansion: shells differ on it",
                            error);
        lexer->at++;
        vfg_kernel_value_add(value, '$', start, lexer->at, quoting);
        return TRUE;
    }
    if (good)
        vfg_kernel_value_add(value, '\0', start, lexer->at, quoting);
    return good;
}

static gboolean
read_single(Lexer *lexer, VfgKernelValue *value, GError **error)
{
    gsize start = lexer->at++;
    for (; lexer->at < lexer->len; lexer->at++) {
        if (peek(lexer, 0) == '\'') {
            value->append_at = lexer->at++;
            value->append_how = VFG_QUOTING_SINGLE;
            return TRUE;
        }
        vfg_kernel_value_add(value, peek(lexer, 0), lexer->at, lexer->at + 1, VFG_QUOTING_SINGLE);
    }
    return complain(lexer, start, "a single quote that is not closed", error);
}

/* In double quotes a backslash escapes $ ` " \ and the line's end, and is itself before others. */
static gboolean
read_double(Lexer *lexer, VfgKernelValue *value, GError **error)
{
    gsize start = lexer->at++;
    while (lexer->at < lexer->len) {
        char c = peek(lexer, 0);
        gsize skip = continuation(lexer);
        if (c == '"') {
            value->append_at = lexer->at++;
            value->append_how = VFG_QUOTING_DOUBLE;
            return TRUE;
        }
        if (skip) {
            lexer->at += skip;
        } else if (c == '$' || c == '`') {
            if (!read_expansion(lexer, value, VFG_QUOTING_DOUBLE, error))
                return FALSE;
        } else {
            gsize n = c == '\\' && peek(lexer, 1) && strchr("$`\"\\", peek(lexer, 1)) ? 2 : 1;
            vfg_kernel_value_add(value, peek(lexer, n - 1), lexer->at, lexer->at + n,
                                 VFG_QUOTING_DOUBLE);
            lexer->at += n;
        }
    }
    return complain(lexer, start, "a double quote that is not closed", error);
}

static void
read_bare(Lexer *lexer, VfgKernelValue *value)
{
    gsize n = peek(lexer, 0) == '\\' && lexer->at + 1 < lexer->len ? 2 : 1;
    vfg_kernel_value_add(value, peek(lexer, n - 1), lexer->at, lexer->at + n, VFG_QUOTING_NONE);
    value->simple = value->simple && n == 1;
    lexer->at += n;
}

/* One word, or what is left of it behind "NAME=". */
static gboolean
read_word(Lexer *lexer, VfgKernelValue *value, GError **error)
{
    gboolean good = TRUE;
    while (good && lexer->at < lexer->len && !at_line_end(lexer) &&
           (!peek(lexer, 0) || !strchr(" \t;&|<>()", peek(lexer, 0)))) {
        gsize skip = continuation(lexer);
        char c = peek(lexer, 0);
        if (skip) {
            lexer->at += skip;
            continue;
        }
        if (c == '\'' || c == '"') {
            value->simple = FALSE;
            good = c == '\'' ? read_single(lexer, value, error) : read_double(lexer, value, error);
            continue;
        }
        if (c == '$' || c == '`')
            good = read_expansion(lexer, value, VFG_QUOTING_NONE, error);
        else
            read_bare(lexer, value);
        value->append_at = lexer->at;
        value->append_how = VFG_QUOTING_NONE;
    }
    value->end = lexer->at;
    return good;
}

static void
assignment_free(gpointer data)
{
    VfgShellAssignment *assignment = data;
    vfg_kernel_value_free(assignment->value);
    g_free(assignment->name);
    g_free(assignment);
}

/* Whether an expansion of the value names the variable. */
static gboolean
refers_to(const Lexer *lexer, const VfgKernelValue *value, const char *name)
{
    gsize len = strlen(name);
    for (guint i = 0; i < value->cells->len; i++) {
        const VfgKernelCell *cell = &g_array_index(value->cells, VfgKernelCell, i);
        for (gsize at = cell->at + 1; !cell->c && at + len <= cell->end; at++)
            if (memcmp(lexer->text + at, name, len) == 0 && !is_name_char(lexer->text[at - 1]) &&
                !is_name_char(at + len < lexer->len ? lexer->text[at + len] : '\0'))
                return TRUE;
    }
    return FALSE;
}

/* The length of "NAME=" or "NAME+=" here, or 0. */
static gsize
assignment_head(const Lexer *lexer)
{
    gsize n = 0;
    if (g_ascii_isdigit(peek(lexer, 0)))
        return 0;
    while (is_name_char(peek(lexer, n)))
        n++;
    if (n && peek(lexer, n) == '+' && peek(lexer, n + 1) == '=')
        return n + 2;
    return n && peek(lexer, n) == '=' ? n + 1 : 0;
}

static gboolean
read_assignment(Lexer *lexer, gsize head, GError **error)
{
    VfgShellAssignment *assignment = g_new0(VfgShellAssignment, 1);
    gsize start = lexer->at;
    assignment->append = lexer->text[start + head - 2] == '+';
    assignment->name = g_strndup(lexer->text + start, head - (assignment->append ? 2 : 1));
    assignment->conditional = lexer->blocks || lexer->parens || lexer->after_and;
    lexer->at += head;
    assignment->value = vfg_kernel_value_new(lexer->at, line_of(lexer, start));
    g_ptr_array_add(lexer->pending, assignment);
    if (peek(lexer, 0) == '(')
        return complain(lexer, start, "an array is assigned, which sh does not know", error);
    if (!read_word(lexer, assignment->value, error))
        return FALSE;
    assignment->refers = refers_to(lexer, assignment->value, assignment->name);
    return TRUE;
}

/* A name in a list that is NULL-terminated. */
static gboolean
is_one_of(const char *text, const char *const *names)
{
    return g_strv_contains(names, text);
}

/* A word that is no assignment: a reserved word, or a command's name or argument. */
static gboolean
take_word(Lexer *lexer, const char *word, GError **error)
{
    static const char *const openers[] = {"if",     "for",      "while", "until", "case",
                                          "select", "function", "{",     NULL};
    static const char *const closers[] = {"fi", "done", "esac", "}", NULL};
    static const char *const middle[] = {"then", "else", "elif", "do", "!", NULL};
    static const char *const keepers[] = {"export", "readonly", "declare", "typeset", NULL};
    if (lexer->command_seen)
        return TRUE;
    if (is_one_of(word, middle))
        return TRUE;
    if (is_one_of(word, openers)) {
        lexer->blocks++;
        lexer->command_seen = !g_str_equal(word, "if") && !g_str_equal(word, "{") &&
                              !g_str_equal(word, "while") && !g_str_equal(word, "until");
        return TRUE;
    }
    if (is_one_of(word, closers)) {
        if (lexer->blocks-- == 0)
            return complain(lexer, lexer->at - 1, "an end of a block that was not begun", error);
        return TRUE;
    }
    lexer->command_seen = TRUE;
    lexer->keeps = is_one_of(word, keepers);
    if (!lexer->keeps)
        g_ptr_array_set_size(lexer->pending, 0);
    return TRUE;
}

static gboolean
read_any_word(Lexer *lexer, GError **error)
{
    gsize head = !lexer->command_seen || lexer->keeps ? assignment_head(lexer) : 0;
    if (head)
        return read_assignment(lexer, head, error);
    gsize start = lexer->at;
    g_autoptr(VfgKernelValue) value = vfg_kernel_value_new(start, 0);
    if (!read_word(lexer, value, error))
        return FALSE;
    g_autofree char *word = g_strndup(lexer->text + start, lexer->at - start);
    return take_word(lexer, word, error);
}

/* The simple command is over: its assignments stand. */
static void
end_command(Lexer *lexer)
{
    while (lexer->pending->len)
        g_ptr_array_add(lexer->found, g_ptr_array_steal_index(lexer->pending, 0));
    lexer->command_seen = lexer->keeps = lexer->after_and = FALSE;
}

/* In a case the pattern's ")" closes nothing. */
static gboolean
read_paren(Lexer *lexer, GError **error)
{
    gsize start = lexer->at;
    gboolean open = peek(lexer, 0) == '(';
    lexer->at++;
    if (open)
        lexer->parens++;
    else if (lexer->parens)
        lexer->parens--;
    else if (!lexer->blocks)
        return complain(lexer, start, "a \")\" that closes nothing", error);
    end_command(lexer);
    return TRUE;
}

static gboolean
read_operator(Lexer *lexer, GError **error)
{
    char c = peek(lexer, 0);
    if (c == '(' || c == ')')
        return read_paren(lexer, error);
    if (c == '<' || c == '>') {
        if (c == '<' && peek(lexer, 1) == '<')
            return complain(lexer, lexer->at, "a here-document", error);
        lexer->at++;
        return TRUE;
    }
    gboolean joins = c == '|' || c == '&';
    if (joins) /* a pipe's or a background command's assignments are those of a subshell */
        for (guint i = 0; i < lexer->pending->len; i++)
            ((VfgShellAssignment *)g_ptr_array_index(lexer->pending, i))->conditional |=
                peek(lexer, 1) != c;
    end_command(lexer);
    lexer->after_and = joins;
    lexer->at += joins && peek(lexer, 1) == c ? 2 : 1;
    return TRUE;
}

static gboolean
step(Lexer *lexer, GError **error)
{
    char c = peek(lexer, 0);
    gsize skip = continuation(lexer);
    if (skip || c == ' ' || c == '\t') {
        lexer->at += skip ? skip : 1;
        return TRUE;
    }
    if (at_line_end(lexer)) {
        gboolean after_and = lexer->after_and && !lexer->command_seen && !lexer->pending->len;
        end_command(lexer);
        lexer->after_and = after_and;
        lexer->at++;
        return TRUE;
    }
    if (c == '#') {
        const char *end = memchr(lexer->text + lexer->at, '\n', lexer->len - lexer->at);
        lexer->at = end ? (gsize)(end - lexer->text) : lexer->len;
        lexer->in_comment = TRUE;
        return TRUE;
    }
    lexer->in_comment = FALSE;
    if (!c)
        return complain(lexer, lexer->at, "a NUL byte", error);
    if (strchr(";&|<>()", c))
        return read_operator(lexer, error);
    return read_any_word(lexer, error);
}

/* What would make a line added at the end a part of something else, or NULL. */
static const char *
unfinished(const Lexer *lexer)
{
    if (lexer->blocks || lexer->parens)
        return "the file ends inside a block";
    if (lexer->after_and && !lexer->command_seen && !lexer->pending->len)
        return "the file ends behind a |, & or &&";
    gsize len = lexer->len;
    while (len && (lexer->text[len - 1] == '\n' || lexer->text[len - 1] == '\r'))
        len--;
    return len && !lexer->in_comment && lexer->text[len - 1] == '\\'
               ? "the file ends in a backslash"
               : NULL;
}

GPtrArray *
vfg_shell_assignments(const char *text, gsize len, const char *shown, GError **error)
{
    g_autoptr(GPtrArray) pending = g_ptr_array_new_with_free_func(assignment_free);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(assignment_free);
    Lexer lexer = {.text = text, .len = len, .shown = shown, .pending = pending, .found = found};
    while (lexer.at < len)
        if (!step(&lexer, error))
            return NULL;
    const char *open = unfinished(&lexer);
    if (open) {
        complain(&lexer, len, open, error);
        return NULL;
    }
    end_command(&lexer);
    return g_steal_pointer(&found);
}
