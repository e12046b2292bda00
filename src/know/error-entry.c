/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Entries of the error catalogue. */

#include "error-entry.h"

#include "error.h"

#include <string.h>

/* Shorter ones are everywhere, and slow the search (src/diagnose/literals.h). */
#define LITERAL_MIN 8
/* Not compiled to machine code: the literals leave few lines to match. */
#define EXPRESSION_FLAGS ((GRegexCompileFlags)(G_REGEX_RAW | G_REGEX_DUPNAMES))

#define HEX "[0-9A-Fa-f]"
#define BDF "(?<address>(?:" HEX "{4,8}:)?" HEX "{2}:" HEX "{2}\\.[0-7])"

/* What expressions may say in short. */
static const struct {
    const char *name;
    const char *text;
} macros[] = {
    /* 0000:01:00.0 or 01:00.0 */
    {"{bdf}", BDF},
    /* As dev_err() of the kernel starts a line: "nvidia 0000:01:00.0:" */
    {"{dev}", "(?:(?<driver>[A-Za-z][\\w.+-]*):? )?" BDF ":"},
    /* As NVIDIA's driver names a device: PCI:0000:01:00, 0000:01:00.0, with MIG's instance; 0001:00
       of old */
    {"{pci}",
     "(?:PCI:)?(?<address>" HEX "{4,8}:" HEX "{2}(?::" HEX "{2})?(?:\\.[0-7])?)(?: GPU-I:\\d+)?"},
    {"{gpuid}", "\\[GPU ID 0x(?<gpuid>" HEX "{1,8})\\]"},
};

typedef struct {
    const VfgIniGroup *group;
    const char *file;
    VfgErrorEntry *entry;
    gboolean has_severity;
} Parser;

static gboolean refuse(const Parser *parser, guint line, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static gboolean
refuse(const Parser *parser, guint line, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *why = g_strdup_vprintf(format, args);
    va_end(args);
    vfg_error_set(error, VFG_ERROR_PARSE, "docs/DIAGNOSE.md has the keys of an entry",
                  "%s:%u: [%s]: %s", parser->file, line, parser->group->name, why);
    return FALSE;
}

static GRegex *
compile(const Parser *parser, const VfgIniPair *pair, GError **error)
{
    g_autoptr(GString) text = g_string_new(pair->value);
    g_autoptr(GError) local = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(macros); i++)
        g_string_replace(text, macros[i].name, macros[i].text, 0);
    GRegex *regex = g_regex_new(text->str, EXPRESSION_FLAGS, 0, &local);
    if (!regex)
        refuse(parser, pair->line, error, "%s: %s", pair->key, local->message);
    return regex;
}

static gboolean
take_word(const Parser *parser, const VfgIniPair *pair, const char *const *words, int *ret,
          GError **error)
{
    for (int i = 0; words[i]; i++) {
        if (!g_str_equal(words[i], pair->value))
            continue;
        *ret = i;
        return TRUE;
    }
    g_autofree char *known = g_strjoinv(", ", (char **)words);
    return refuse(parser, pair->line, error, "%s is '%s', not one of: %s", pair->key, pair->value,
                  known);
}

static gboolean
take_kind(Parser *parser, const VfgIniPair *pair, GError **error)
{
    static const char *const words[] = {"error",   "context", "gpu", "other",
                                        "removed", "bridge",  NULL};
    int word = 0;
    if (!take_word(parser, pair, words, &word, error))
        return FALSE;
    parser->entry->kind = (VfgErrorKind)word;
    return TRUE;
}

static gboolean
take_device(Parser *parser, const VfgIniPair *pair, GError **error)
{
    static const char *const words[] = {"gpu", "any", "open", "guess", "only", NULL};
    int word = 0;
    if (!take_word(parser, pair, words, &word, error))
        return FALSE;
    parser->entry->device = (VfgErrorDevice)word;
    return TRUE;
}

static gboolean
take_scope(Parser *parser, const VfgIniPair *pair, GError **error)
{
    static const char *const words[] = {"both", "host", "guest", NULL};
    int word = 0;
    if (!take_word(parser, pair, words, &word, error))
        return FALSE;
    parser->entry->scope = (VfgErrorScope)word;
    return TRUE;
}

static gboolean
take_severity(Parser *parser, const VfgIniPair *pair, GError **error)
{
    parser->has_severity = TRUE;
    return vfg_severity_parse(pair->value, &parser->entry->severity) ||
           refuse(parser, pair->line, error,
                  "severity is '%s', not one of: none, info, warn, error, fatal", pair->value);
}

static gboolean
take_expression(Parser *parser, const VfgIniPair *pair, GError **error)
{
    if (parser->entry->expression)
        return refuse(parser, pair->line, error, "a second expression");
    parser->entry->expression = compile(parser, pair, error);
    return parser->entry->expression != NULL;
}

/* In quotation marks where blanks at its ends belong to it. */
static gboolean
take_literal(Parser *parser, const VfgIniPair *pair, GError **error)
{
    gsize len = strlen(pair->value);
    gboolean quoted = len >= 2 && pair->value[0] == '"' && pair->value[len - 1] == '"';
    g_autofree char *literal = quoted ? g_strndup(pair->value + 1, len - 2) : g_strdup(pair->value);
    if (strlen(literal) < LITERAL_MIN)
        return refuse(parser, pair->line, error, "a literal has at least %d characters",
                      LITERAL_MIN);
    g_ptr_array_add(parser->entry->literals, g_steal_pointer(&literal));
    return TRUE;
}

static gboolean
take_codes(Parser *parser, const VfgIniPair *pair, GError **error)
{
    g_auto(GStrv) words = g_strsplit(pair->value, " ", -1);
    if (!parser->entry->codes)
        parser->entry->codes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **word = words; *word; word++)
        if (**word && !g_hash_table_add(parser->entry->codes, g_strdup(*word)))
            return refuse(parser, pair->line, error, "code %s is there twice", *word);
    return TRUE;
}

static gboolean
take_example(Parser *parser, const VfgIniPair *pair, G_GNUC_UNUSED GError **error)
{
    g_ptr_array_add(parser->entry->examples, g_strdup(pair->value));
    return TRUE;
}

/* "warn-if" and its like. */
static gboolean
take_condition(Parser *parser, const VfgIniPair *pair, GError **error)
{
    VfgErrorCondition condition = {0};
    g_autofree char *name = g_strndup(pair->key, strlen(pair->key) - strlen("-if"));
    if (!vfg_severity_parse(name, &condition.severity))
        return refuse(parser, pair->line, error, "unknown key '%s'", pair->key);
    condition.expression = compile(parser, pair, error);
    if (!condition.expression)
        return FALSE;
    g_array_append_val(parser->entry->conditions, condition);
    return TRUE;
}

/* The keys that are only a text or a list of words. */
static gboolean
take_text(Parser *parser, const VfgIniPair *pair, GError **error)
{
    VfgErrorEntry *entry = parser->entry;
    const struct {
        const char *key;
        char **text;
        char ***words;
    } texts[] = {
        {"class", &entry->class_name, NULL},
        {"of", &entry->of, NULL},
        {"context", &entry->context, NULL},
        {"cause", &entry->cause, NULL},
        {"fix", &entry->fix, NULL},
        {"fix-host", &entry->fix_host, NULL},
        {"fix-guest", &entry->fix_guest, NULL},
        {"source", &entry->source, NULL},
        {"symptom-of", NULL, &entry->symptom_of},
        {"echo-of", NULL, &entry->echo_of},
        {"settles", NULL, &entry->settles},
        {"overlaps", NULL, &entry->overlaps},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (!g_str_equal(pair->key, texts[i].key))
            continue;
        if (texts[i].text ? *texts[i].text != NULL : *texts[i].words != NULL)
            return refuse(parser, pair->line, error, "a second %s", pair->key);
        if (texts[i].text)
            *texts[i].text = g_strdup(pair->value);
        else
            *texts[i].words = g_strsplit(pair->value, " ", -1);
        return TRUE;
    }
    return refuse(parser, pair->line, error, "unknown key '%s'", pair->key);
}

static gboolean
take_pair(Parser *parser, const VfgIniPair *pair, GError **error)
{
    static const struct {
        const char *key;
        gboolean (*take)(Parser *parser, const VfgIniPair *pair, GError **error);
    } takers[] = {
        {"kind", take_kind},         {"device", take_device},         {"scope", take_scope},
        {"severity", take_severity}, {"expression", take_expression}, {"literal", take_literal},
        {"codes", take_codes},       {"example", take_example},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(takers); i++)
        if (g_str_equal(pair->key, takers[i].key))
            return takers[i].take(parser, pair, error);
    return g_str_has_suffix(pair->key, "-if") ? take_condition(parser, pair, error)
                                              : take_text(parser, pair, error);
}

static gboolean
check_form(const Parser *parser, GError **error)
{
    const VfgErrorEntry *entry = parser->entry;
    guint line = parser->group->line;
    if (entry->of)
        return (entry->codes && !entry->expression && !entry->literals->len) ||
               refuse(parser, line, error, "with 'of' come codes, but no literal or expression");
    if (entry->codes)
        return refuse(parser, line, error, "codes without 'of'");
    if (!entry->expression)
        return refuse(parser, line, error, "no expression");
    return entry->literals->len || refuse(parser, line, error, "no literal");
}

static gboolean
has_group(const VfgErrorEntry *entry, const char *name)
{
    return g_regex_get_string_number(entry->expression, name) >= 0;
}

/* A kind that tells of a device must name it. */
static gboolean
check_groups(const Parser *parser, GError **error)
{
    const VfgErrorEntry *entry = parser->entry;
    gboolean address = has_group(entry, "address") || has_group(entry, "gpuid");
    gboolean buses = entry->kind != VFG_ERROR_KIND_BRIDGE || has_group(entry, "from");
    return (address && buses) ||
           refuse(parser, parser->group->line, error, "the expression has no group '%s'",
                  address ? "from" : "address");
}

static gboolean
check_complete(const Parser *parser, GError **error)
{
    const VfgErrorEntry *entry = parser->entry;
    guint line = parser->group->line;
    if (!check_form(parser, error))
        return FALSE;
    if (entry->kind != VFG_ERROR_KIND_ERROR)
        return check_groups(parser, error);
    if (!entry->class_name || !parser->has_severity)
        return refuse(parser, line, error, "no %s", entry->class_name ? "severity" : "class");
    if (!entry->cause)
        return refuse(parser, line, error, "no cause");
    return entry->source || refuse(parser, line, error, "no source");
}

static void
condition_clear(VfgErrorCondition *condition)
{
    g_regex_unref(condition->expression);
}

VfgErrorEntry *
vfg_error_entry_parse(const VfgIniGroup *group, const char *file, GError **error)
{
    g_autoptr(VfgErrorEntry) entry = g_new0(VfgErrorEntry, 1);
    Parser parser = {.group = group, .file = file, .entry = entry};
    entry->id = g_strdup(group->name);
    entry->file = g_strdup(file);
    entry->line = group->line;
    entry->literals = g_ptr_array_new_with_free_func(g_free);
    entry->examples = g_ptr_array_new_with_free_func(g_free);
    entry->conditions = g_array_new(FALSE, FALSE, sizeof(VfgErrorCondition));
    g_array_set_clear_func(entry->conditions, (GDestroyNotify)condition_clear);
    for (guint i = 0; i < group->pairs->len; i++)
        if (!take_pair(&parser, g_ptr_array_index(group->pairs, i), error))
            return NULL;
    if (!check_complete(&parser, error))
        return NULL;
    if (!entry->class_name)
        entry->class_name = g_strdup("");
    return g_steal_pointer(&entry);
}

void
vfg_error_entry_free(VfgErrorEntry *entry)
{
    if (!entry)
        return;
    char *const texts[] = {entry->id,        entry->file,  entry->class_name, entry->of,
                           entry->context,   entry->cause, entry->fix,        entry->fix_host,
                           entry->fix_guest, entry->source};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(entry->symptom_of);
    g_strfreev(entry->echo_of);
    g_strfreev(entry->settles);
    g_strfreev(entry->overlaps);
    g_array_unref(entry->conditions);
    g_ptr_array_unref(entry->literals);
    g_ptr_array_unref(entry->examples);
    g_clear_pointer(&entry->expression, g_regex_unref);
    g_clear_pointer(&entry->codes, g_hash_table_unref);
    g_free(entry);
}
