/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Adding and removing kernel arguments in the bytes of a file. */

#include "kernel-edit.h"

#include "error.h"

#include <string.h>

/* One place of the file to change. */
typedef struct {
    gsize at, cut; /* where, and how many bytes go */
    char *text;    /* what comes */
} Patch;

typedef struct {
    const VfgKernelForm *form;
    const char *text;
    gsize len;
    GArray *patches; /* of Patch */
} Edit;

static void
patch_clear(gpointer data)
{
    g_free(((Patch *)data)->text);
}

static void
add_patch(Edit *edit, gsize at, gsize cut, const char *text)
{
    Patch patch = {.at = at, .cut = cut, .text = g_strdup(text)};
    g_array_append_val(edit->patches, patch);
}

/* By place; at one place what was added first comes first. */
static int
compare_patches(gconstpointer a, gconstpointer b)
{
    const Patch *left = a, *right = b;
    return left->at < right->at ? -1 : left->at > right->at;
}

static GBytes *
apply(Edit *edit)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    gsize at = 0;
    g_array_sort(edit->patches, compare_patches);
    for (guint i = 0; i < edit->patches->len; i++) {
        const Patch *patch = &g_array_index(edit->patches, Patch, i);
        gsize from = MAX(at, patch->at);
        g_byte_array_append(out, (const guint8 *)edit->text + at, (guint)(from - at));
        g_byte_array_append(out, (const guint8 *)patch->text, (guint)strlen(patch->text));
        at = MAX(from, patch->at + patch->cut);
    }
    g_byte_array_append(out, (const guint8 *)edit->text + at, (guint)(edit->len - at));
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

gboolean
vfg_kernel_arg_check(const char *arg, GError **error)
{
    guint quotes = 0;
    const char *bad = *arg ? NULL : arg;
    for (const char *at = arg; *at && !bad; at++) {
        quotes += *at == '"';
        if (g_ascii_iscntrl(*at) || strchr("'\\$`|&;<>()", *at) || (*at == ' ' && quotes % 2 == 0))
            bad = at;
    }
    if (!bad && quotes % 2 == 0 && arg[0] != '#' && !g_str_equal(arg, "--"))
        return TRUE;
    g_autofree char *shown = g_strescape(arg, NULL);
    vfg_error_set(error, VFG_ERROR_USAGE, NULL,
                  "'%.200s' is no kernel argument that can be written to every boot loader's file",
                  shown);
    return FALSE;
}

/* "realloc" and "realloc=on" are the same (drivers/pci/pci.c, pci_setup()). */
static gboolean
same_part(const char *a, const char *b)
{
    if (g_str_equal(a, "realloc=on"))
        a = "realloc";
    return g_str_equal(a, g_str_equal(b, "realloc=on") ? "realloc" : b);
}

static gboolean
same_key(const char *a, const char *b)
{
    gsize n = strcspn(a, "=");
    return n == strcspn(b, "=") && strncmp(a, b, n) == 0;
}

typedef enum { PART_ABSENT, PART_THERE, PART_CONTRADICTS } PartState;

/* What the words of pci= say about one part; `foe` gets the part that contradicts. */
static PartState
look_for_part(const char *word, const char *part, char **foe)
{
    PartState state = PART_ABSENT;
    if (!g_str_has_prefix(word, "pci="))
        return state;
    g_auto(GStrv) parts = g_strsplit(word + strlen("pci="), ",", -1);
    for (guint i = 0; parts[i]; i++) {
        if (same_part(parts[i], part)) {
            state = PART_THERE;
        } else if (same_key(parts[i], part)) {
            g_free(*foe);
            *foe = g_strdup(parts[i]);
            return PART_CONTRADICTS;
        }
    }
    return state;
}

/* The byte behind the last character of a word that is not a closing quote of the kernel's. */
static gsize
end_in_file(const VfgKernelValue *value, const VfgKernelWord *word)
{
    const VfgKernelCell *cell = &g_array_index(value->cells, VfgKernelCell, word->end - 1);
    return cell->c == '"' ? cell->at : cell->end;
}

static void
cut_cells(Edit *edit, const VfgKernelValue *value, guint first, guint end)
{
    for (guint i = first; i < end; i++) {
        const VfgKernelCell *cell = &g_array_index(value->cells, VfgKernelCell, i);
        add_patch(edit, cell->at, cell->end - cell->at, "");
    }
}

/* Cuts a word and a blank beside it: the one before, or behind the first word the one after. */
static void
cut_word(Edit *edit, const VfgKernelValue *value, const VfgKernelWord *word)
{
    const VfgKernelCell *cells = (const VfgKernelCell *)(void *)value->cells->data;
    guint first = word->first, end = word->end;
    if (first > 0 && cells[first - 1].c && g_ascii_isspace(cells[first - 1].c))
        first--;
    else if (end < value->cells->len && cells[end].c && g_ascii_isspace(cells[end].c))
        end++;
    cut_cells(edit, value, first, end);
}

/* Takes the cells from `first` to `end` out, or puts `replacement` there; with them goes a comma
 * beside them. */
static void
cut_part(Edit *edit, const VfgKernelValue *value, guint first, guint end, gboolean is_first,
         gboolean is_last, const char *replacement)
{
    const VfgKernelCell *cells = (const VfgKernelCell *)(void *)value->cells->data;
    if (replacement)
        add_patch(edit, cells[first].at, 0, replacement);
    else if (!is_first)
        first--;
    else if (!is_last)
        end++;
    cut_cells(edit, value, first, end);
}

/* Puts a part of a pci= word out, or another in its place; a word with nothing left goes. */
static void
change_part(Edit *edit, const VfgKernelValue *value, const VfgKernelWord *word, const char *part,
            const char *replacement)
{
    const VfgKernelCell *cells = (const VfgKernelCell *)(void *)value->cells->data;
    g_auto(GStrv) parts = g_strsplit(word->text + strlen("pci="), ",", -1);
    guint at = word->first + (cells[word->first].c == '"') + (guint)strlen("pci=");
    gboolean only = TRUE;
    for (guint i = 0; parts[i]; i++)
        only = only && same_part(parts[i], part);
    if (only && !replacement) {
        cut_word(edit, value, word);
        return;
    }
    gboolean kept = FALSE; /* what was cut at the front took the comma behind it */
    for (guint i = 0; parts[i]; i++) {
        guint end = at + (guint)strlen(parts[i]);
        if (same_part(parts[i], part))
            cut_part(edit, value, at, end, !kept, !parts[i + 1], replacement);
        else
            kept = TRUE;
        at = end + 1;
    }
}

/* The text as it is written at the end of a value. */
static char *
quote_for(VfgQuoting how, const char *text)
{
    if (how != VFG_QUOTING_DOUBLE && how != VFG_QUOTING_NONE)
        return g_strdup(text);
    GString *out = g_string_new(NULL);
    for (; *text; text++)
        g_string_append_printf(out, "%s%c", *text == '"' ? "\\" : "", *text);
    return g_string_free(out, FALSE);
}

/* Whether a blank is needed before a word at the end of the value. */
static gboolean
needs_blank(const VfgKernelValue *value)
{
    if (!value->cells->len)
        return value->glued;
    char c = g_array_index(value->cells, VfgKernelCell, value->cells->len - 1).c;
    return !c || !g_ascii_isspace(c);
}

/* What stands behind a lone "--" is init's, so the word goes before it. */
static gboolean
put_before_dashes(Edit *edit, const VfgKernelValue *value, const char *quoted)
{
    g_autoptr(GPtrArray) words = vfg_kernel_value_words(value);
    for (guint i = 0; i < words->len; i++) {
        const VfgKernelWord *word = g_ptr_array_index(words, i);
        if (!g_str_equal(word->text, "--"))
            continue;
        const VfgKernelCell *cell = &g_array_index(value->cells, VfgKernelCell, word->first);
        if (cell->quoting == VFG_QUOTING_NONE)
            return FALSE;
        g_autofree char *text = g_strconcat(quoted, " ", NULL);
        add_patch(edit, cell->at, 0, text);
        return TRUE;
    }
    return FALSE;
}

static void
append_word(Edit *edit, const VfgKernelValue *value, const char *word)
{
    g_autofree char *quoted = quote_for(value->append_how, word);
    const char *blank = needs_blank(value) ? " " : "";
    if (put_before_dashes(edit, value, quoted))
        return;
    g_autofree char *text = g_strconcat(blank, quoted, NULL);
    if (value->append_how != VFG_QUOTING_NONE) {
        add_patch(edit, value->append_at, 0, text);
        return;
    }
    g_autofree char *closed = g_strconcat(value->simple ? "" : "\"", text, "\"", NULL);
    if (value->simple)
        add_patch(edit, value->start, 0, "\"");
    add_patch(edit, value->append_at, 0, closed);
}

/* A line of its own, in the file's kind of line ends; a file without a last one stays so. */
static void
append_line(Edit *edit, const char *head, const char *arg)
{
    const char *newline = memmem(edit->text, edit->len, "\r\n", 2) ? "\r\n" : "\n";
    gboolean open = edit->len && edit->text[edit->len - 1] != '\n';
    gboolean shell = edit->form->format == VFG_KERNEL_SHELL;
    g_autofree char *quoted = quote_for(shell ? VFG_QUOTING_DOUBLE : VFG_QUOTING_PLAIN, arg);
    g_autofree char *line = g_strconcat(open ? newline : "", head, shell ? "=\"" : "", quoted,
                                        shell ? "\"" : "", open ? "" : newline, NULL);
    add_patch(edit, edit->len, 0, line);
}

typedef void (*WordFunc)(VfgKernelValue *value, const VfgKernelWord *word, gpointer data);

static void
each_word(GPtrArray *values, WordFunc func, gpointer data)
{
    for (guint i = 0; i < values->len; i++) {
        VfgKernelValue *value = g_ptr_array_index(values, i);
        g_autoptr(GPtrArray) words = vfg_kernel_value_words(value);
        for (guint j = 0; j < words->len; j++)
            func(value, g_ptr_array_index(words, j), data);
    }
}

/* What the search over a command line finds. */
typedef struct {
    Edit *edit;
    const char *arg; /* the word, or one part of a pci= word */
    gboolean is_part;
    gboolean there;
    char *foe;           /* a part that contradicts */
    VfgKernelValue *pci; /* where the last pci= word is */
    gsize pci_end;       /* its end in the file */
} Search;

static void
on_look(VfgKernelValue *value, const VfgKernelWord *word, gpointer data)
{
    Search *search = data;
    if (!search->is_part) {
        search->there = search->there || g_str_equal(word->text, search->arg);
        return;
    }
    search->there =
        look_for_part(word->text, search->arg, &search->foe) == PART_THERE || search->there;
    if (value && g_str_has_prefix(word->text, "pci=") && !strchr(word->text, '"')) {
        search->pci = value;
        search->pci_end = end_in_file(value, word);
    }
}

static void
on_replace(VfgKernelValue *value, const VfgKernelWord *word, gpointer data)
{
    Search *search = data;
    g_autofree char *foe = NULL;
    if (look_for_part(word->text, search->arg, &foe) != PART_CONTRADICTS)
        return;
    change_part(search->edit, value, word, foe, search->there ? NULL : search->arg);
    search->there = TRUE;
}

static void
look_at_context(Search *search, GPtrArray *context)
{
    for (guint i = 0; context && i < context->len; i++) {
        VfgKernelWord word = {.text = g_ptr_array_index(context, i)};
        on_look(NULL, &word, search);
    }
}

static gboolean
refuse_contradiction(const Edit *edit, const VfgKernelLine *line, const Search *search,
                     GError **error)
{
    const VfgKernelValue *value =
        line->values->len ? g_ptr_array_index(line->values, line->values->len - 1) : NULL;
    vfg_error_set(error, VFG_ERROR_REFUSED,
                  "find out why it was set (on some servers realloc takes BARs away), then use "
                  "--force to replace it",
                  "%s, line %u: pci=%s was set on purpose and contradicts pci=%s",
                  edit->form->shown, value ? value->line : 1, search->foe, search->arg);
    return FALSE;
}

/* Behind a double quote of the kernel's that is not closed a word would be a part of another. */
static gboolean
check_quotes(const Edit *edit, const VfgKernelLine *line, GError **error)
{
    const VfgKernelValue *value = g_ptr_array_index(line->values, line->values->len - 1);
    guint quotes = 0;
    for (guint i = 0; i < value->cells->len; i++)
        quotes += g_array_index(value->cells, VfgKernelCell, i).c == '"';
    if (quotes % 2 == 0)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_PARSE, "close it",
                  "%s, line %u: a double quote among the arguments is not closed",
                  edit->form->shown, value->line);
    return FALSE;
}

/* Adds one word to one command line; `is_part` says that it is a part of a pci= word. */
static gboolean
add_to_line(Edit *edit, const VfgKernelText *parsed, const VfgKernelLine *line, const char *arg,
            gboolean is_part, GPtrArray *context, gboolean force, GError **error)
{
    Search search = {.edit = edit, .arg = arg, .is_part = is_part};
    each_word(line->others, on_look, &search);
    look_at_context(&search, context);
    search.pci = NULL;
    each_word(line->values, on_look, &search);
    g_autofree char *foe = search.foe;
    if (foe && !force)
        return refuse_contradiction(edit, line, &search, error);
    if (foe) {
        each_word(line->others, on_replace, &search);
        each_word(line->values, on_replace, &search);
    }
    if (search.there)
        return TRUE;
    if (line->values->len && !check_quotes(edit, line, error))
        return FALSE;
    g_autofree char *word = g_strconcat(is_part ? "pci=" : "", arg, NULL);
    g_autofree char *part = g_strconcat(",", arg, NULL);
    if (search.pci)
        add_patch(edit, search.pci_end, 0, part);
    else if (line->values->len)
        append_word(edit, g_ptr_array_index(line->values, line->values->len - 1), word);
    else
        append_line(edit, parsed->missing, word);
    return TRUE;
}

typedef struct {
    const char *arg;
    gboolean is_part;
    GPtrArray *context;
    gboolean force;
    gboolean remove;
} Change;

static void
on_remove(VfgKernelValue *value, const VfgKernelWord *word, gpointer data)
{
    Search *search = data;
    g_autofree char *foe = NULL;
    if (search->is_part && look_for_part(word->text, search->arg, &foe) == PART_THERE)
        change_part(search->edit, value, word, search->arg, NULL);
    else if (!search->is_part && g_str_equal(word->text, search->arg))
        cut_word(search->edit, value, word);
}

static gboolean
change_line(Edit *edit, const VfgKernelText *parsed, const VfgKernelLine *line,
            const Change *change, GError **error)
{
    if (!change->remove)
        return add_to_line(edit, parsed, line, change->arg, change->is_part, change->context,
                           change->force, error);
    Search search = {.edit = edit, .arg = change->arg, .is_part = change->is_part};
    each_word(line->values, on_remove, &search);
    each_word(line->others, on_remove, &search);
    return TRUE;
}

static GBytes *
change_file(const VfgKernelForm *form, GBytes *in, const Change *change, GError **error)
{
    g_autoptr(GArray) patches = g_array_new(FALSE, FALSE, sizeof(Patch));
    Edit edit = {.form = form, .patches = patches};
    edit.text = g_bytes_get_data(in, &edit.len);
    edit.text = edit.text ? edit.text : "";
    g_array_set_clear_func(patches, patch_clear);
    g_autoptr(VfgKernelText) parsed = vfg_kernel_text_parse(form, edit.text, edit.len, error);
    if (!parsed)
        return NULL;
    for (guint i = 0; !parsed->elsewhere && i < parsed->lines->len; i++)
        if (!change_line(&edit, parsed, g_ptr_array_index(parsed->lines, i), change, error))
            return NULL;
    return patches->len ? apply(&edit) : g_bytes_ref(in);
}

/* A pci= argument part by part, each into what the one before it gave. */
static GBytes *
change_all(const VfgKernelForm *form, GBytes *in, Change change, GError **error)
{
    if (!vfg_kernel_arg_check(change.arg, error))
        return NULL;
    change.is_part = g_str_has_prefix(change.arg, "pci=") && change.arg[4] && change.arg[4] != '"';
    if (!change.is_part)
        return change_file(form, in, &change, error);
    g_auto(GStrv) parts = g_strsplit(change.arg + strlen("pci="), ",", -1);
    g_autoptr(GBytes) now = g_bytes_ref(in);
    for (guint i = 0; parts[i]; i++) {
        if (!*parts[i])
            continue;
        change.arg = parts[i];
        GBytes *next = change_file(form, now, &change, error);
        if (!next)
            return NULL;
        g_bytes_unref(now);
        now = next;
    }
    return g_steal_pointer(&now);
}

GBytes *
vfg_kernel_edit_add(const VfgKernelForm *form, GBytes *in, const char *arg, GPtrArray *context,
                    gboolean force, GError **error)
{
    Change change = {.arg = arg, .context = context, .force = force};
    return change_all(form, in, change, error);
}

GBytes *
vfg_kernel_edit_remove(const VfgKernelForm *form, GBytes *in, const char *arg, GError **error)
{
    Change change = {.arg = arg, .remove = TRUE};
    return change_all(form, in, change, error);
}

static void
on_show(G_GNUC_UNUSED VfgKernelValue *value, const VfgKernelWord *word, gpointer data)
{
    GString *out = data;
    g_string_append_printf(out, "%s%s", out->len ? " " : "", word->text);
}

GPtrArray *
vfg_kernel_edit_show(const VfgKernelForm *form, GBytes *in, GError **error)
{
    gsize len = 0;
    const char *text = g_bytes_get_data(in, &len);
    g_autoptr(VfgKernelText) parsed = vfg_kernel_text_parse(form, text ? text : "", len, error);
    if (!parsed)
        return NULL;
    GPtrArray *shown = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < parsed->lines->len; i++) {
        const VfgKernelLine *line = g_ptr_array_index(parsed->lines, i);
        g_autoptr(GString) out = g_string_new(NULL);
        each_word(line->others, on_show, out);
        each_word(line->values, on_show, out);
        g_ptr_array_add(shown, g_strdup(out->str));
    }
    return shown;
}
