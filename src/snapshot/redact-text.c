/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stand-ins in text. */

#include "redact-text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* Appends the stand-in for a match, or says that it is to stay. */
typedef gboolean (*ReplaceFunc)(VfgRedactText *redact, const char *match, gsize len, GString *out);

typedef struct {
    VfgTextRule rule;
    VfgRedactedKind kind;
    const char *pattern; /* what is matched, or its group 1 where it has one, is replaced */
    ReplaceFunc replace;
} Rule;

struct VfgRedactText {
    VfgStandIns *stand_ins;
    GPtrArray *regexes; /* of GRegex, one for each rule */
    GHashTable *names;  /* lower case, to 1 + VfgRedactedKind */
    GRegex *name_regex; /* made when first needed; NULL where there are no names */
    guint found;        /* kinds found in this run, as bits */
};

static gboolean
replace_mac(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    guint8 bytes[20];
    gsize n = (len + 1) / 3;
    for (gsize i = 0; i < n; i++)
        bytes[i] = (guint8)(g_ascii_xdigit_value(match[3 * i]) << 4 |
                            g_ascii_xdigit_value(match[3 * i + 1]));
    /* BOOTIF= puts the hardware type before the address. */
    gsize skip = n == 7 && match[2] == '-' ? 1 : 0;
    if (!vfg_stand_in_mac(redact->stand_ins, bytes + skip, n - skip))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        g_string_append_printf(out, "%.*s%02x", i ? 1 : 0, &match[2], bytes[i]);
    return TRUE;
}

static gboolean
replace_mac_name(VfgRedactText *redact, const char *match, gsize len G_GNUC_UNUSED, GString *out)
{
    guint8 bytes[6];
    for (gsize i = 0; i < 6; i++)
        bytes[i] = (guint8)(g_ascii_xdigit_value(match[2 * i]) << 4 |
                            g_ascii_xdigit_value(match[2 * i + 1]));
    if (!vfg_stand_in_mac(redact->stand_ins, bytes, 6))
        return FALSE;
    for (gsize i = 0; i < 6; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
    return TRUE;
}

static gboolean
replace_ip4(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    guint8 bytes[4];
    char shown[INET_ADDRSTRLEN];
    g_autofree char *text = g_strndup(match, len);
    if (inet_pton(AF_INET, text, bytes) != 1 || !vfg_stand_in_ip4(redact->stand_ins, bytes))
        return FALSE;
    g_string_append(out, inet_ntop(AF_INET, bytes, shown, sizeof shown));
    return TRUE;
}

static gboolean
replace_ip6(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    guint8 bytes[16];
    char shown[INET6_ADDRSTRLEN];
    g_autofree char *text = g_strndup(match, len);
    if (inet_pton(AF_INET6, text, bytes) != 1 || !vfg_stand_in_ip6(redact->stand_ins, bytes))
        return FALSE;
    g_string_append(out, inet_ntop(AF_INET6, bytes, shown, sizeof shown));
    return TRUE;
}

static gboolean
replace_hex_ip6(VfgRedactText *redact, const char *match, gsize len G_GNUC_UNUSED, GString *out)
{
    guint8 bytes[16];
    for (gsize i = 0; i < 16; i++)
        bytes[i] = (guint8)(g_ascii_xdigit_value(match[2 * i]) << 4 |
                            g_ascii_xdigit_value(match[2 * i + 1]));
    if (!vfg_stand_in_ip6(redact->stand_ins, bytes))
        return FALSE;
    for (gsize i = 0; i < 16; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
    return TRUE;
}

static gboolean
append_name(VfgRedactText *redact, const char *prefix, const char *match, gsize len, GString *out)
{
    g_autofree char *name = g_ascii_strdown(match, (gssize)len);
    g_string_append(out, vfg_stand_in_name(redact->stand_ins, prefix, name));
    return TRUE;
}

static gboolean
replace_home(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    return append_name(redact, "user", match, len, out);
}

static gboolean
replace_server(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    return append_name(redact, "host", match, len, out);
}

static gboolean
replace_serial(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    return append_name(redact, "redacted-", match, len, out);
}

static gboolean
replace_uuid(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    g_autofree char *uuid = g_ascii_strdown(match, (gssize)len);
    const char *number = vfg_stand_in_name(redact->stand_ins, "", uuid);
    g_string_append_printf(out, "00000000-0000-0000-0000-%012d", atoi(number));
    return TRUE;
}

static gboolean
replace_name(VfgRedactText *redact, const char *match, gsize len, GString *out)
{
    g_autofree char *name = g_ascii_strdown(match, (gssize)len);
    guint kind = GPOINTER_TO_UINT(g_hash_table_lookup(redact->names, name)) - 1;
    redact->found |= 1u << kind;
    return append_name(redact, kind == VFG_REDACTED_USER ? "user" : "host", match, len, out);
}

#define HEX "[0-9a-f]"
#define UUID HEX "{8}-" HEX "{4}-" HEX "{4}-" HEX "{4}-" HEX "{12}"

/* PCI addresses (0000:01:00.0), times (12:34:56) and versions (6.1.0-13) look a little like these:
 * a match must not be a part of a longer word. */
static const Rule rules[] = {
    {VFG_TEXT_MACS, VFG_REDACTED_MAC,
     "(?<![0-9a-z:_])" HEX "{2}(?:(?::" HEX "{2}){5,19}|(?:-" HEX "{2}){5,6})(?![0-9a-z:_]|-" HEX
     ")",
     replace_mac},
    {VFG_TEXT_MAC_NAMES, VFG_REDACTED_MAC, "(?<![0-9a-z])enx(" HEX "{12})(?![0-9a-z])",
     replace_mac_name},
    {VFG_TEXT_IPS, VFG_REDACTED_IP,
     "(?<![0-9a-z_.])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![0-9a-z_]|\\.[0-9a-z]|-[a-z])", replace_ip4},
    {VFG_TEXT_IPS, VFG_REDACTED_IP, "(?<![0-9a-z:._])[0-9a-f:]*:[0-9a-f:]+(?![0-9a-z_]|\\.[0-9])",
     replace_ip6},
    {VFG_TEXT_HEX_IP6, VFG_REDACTED_IP, "(?<![0-9a-z])" HEX "{32}(?![0-9a-z])", replace_hex_ip6},
    {VFG_TEXT_SERIALS, VFG_REDACTED_SERIAL, "(?<![0-9a-z])GPU-(" UUID ")(?![0-9a-z])",
     replace_uuid},
    {VFG_TEXT_SERIALS, VFG_REDACTED_SERIAL,
     "(?<![a-z])serial[ _-]?(?:number|num|no)\\.?[ \t]*[:=][ \t]*([^\\s,;]+)", replace_serial},
    {VFG_TEXT_HOMES, VFG_REDACTED_USER, "/(?:home|run/media)/([^/\\s\\\\:,;\"')\\x00]+)",
     replace_home},
    {VFG_TEXT_HOMES, VFG_REDACTED_USER, "(?<!/run)/media/([^/\\s\\\\:,;\"')\\x00]+)/",
     replace_home},
    {VFG_TEXT_SERVERS, VFG_REDACTED_HOST, " (?:[^@\\s/]+@)?([a-z0-9][a-z0-9._-]*):/",
     replace_server},
    {VFG_TEXT_SERVERS, VFG_REDACTED_HOST, " //([a-z0-9][a-z0-9._-]*)/", replace_server},
    {VFG_TEXT_SERVERS, VFG_REDACTED_USER, "[ ,]user(?:name)?=([^,\\s]+)", replace_home},
    {VFG_TEXT_SERVERS, VFG_REDACTED_USER, " ([^@\\s/]+)@[a-z0-9][a-z0-9._-]*:/", replace_home},
};

#define FLAGS (G_REGEX_CASELESS | G_REGEX_RAW)

VfgRedactText *
vfg_redact_text_new(VfgStandIns *stand_ins)
{
    VfgRedactText *redact = g_new0(VfgRedactText, 1);
    redact->stand_ins = stand_ins;
    redact->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    redact->regexes = g_ptr_array_new_with_free_func((GDestroyNotify)g_regex_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
        GRegex *regex = g_regex_new(rules[i].pattern, FLAGS, 0, NULL);
        g_assert(regex);
        g_ptr_array_add(redact->regexes, regex);
    }
    return redact;
}

void
vfg_redact_text_free(VfgRedactText *redact)
{
    if (!redact)
        return;
    g_hash_table_unref(redact->names);
    g_ptr_array_unref(redact->regexes);
    g_clear_pointer(&redact->name_regex, g_regex_unref);
    g_free(redact);
}

void
vfg_redact_text_add_name(VfgRedactText *redact, VfgRedactedKind kind, const char *name)
{
    /* "host1" and "user1" may be stand-ins of an earlier redaction; to replace them is harmless. */
    g_hash_table_replace(redact->names, g_ascii_strdown(name, -1), GUINT_TO_POINTER(1u + kind));
    g_clear_pointer(&redact->name_regex, g_regex_unref);
}

/* Longer names first, so that "box.example.org" is not taken for "box". */
static int
compare_lengths(gconstpointer a, gconstpointer b)
{
    gsize one = strlen(a), other = strlen(b);
    return one == other ? strcmp(a, b) : one < other ? 1 : -1;
}

static const GRegex *
make_name_regex(VfgRedactText *redact)
{
    if (redact->name_regex || !g_hash_table_size(redact->names))
        return redact->name_regex;
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(redact->names), compare_lengths);
    g_autoptr(GString) pattern = g_string_new("(?<![0-9a-z_])(?:");
    for (const GList *at = names; at; at = at->next) {
        g_autofree char *escaped = g_regex_escape_string(at->data, -1);
        g_string_append_printf(pattern, "%s%s", at == names ? "" : "|", escaped);
    }
    /* What is followed by "=" is a kernel argument, which may be called as a host is. */
    g_string_append(pattern, ")(?![0-9a-z_=])");
    redact->name_regex = g_regex_new(pattern->str, FLAGS, 0, NULL);
    return redact->name_regex;
}

/* Not g_regex_replace_eval: that loses what follows a NUL (/proc/PID/cmdline has them). */
static gboolean
replace_all(VfgRedactText *redact, const GRegex *regex, ReplaceFunc replace, GString *text)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GString) out = NULL;
    gint copied = 0;
    g_regex_match_full(regex, text->str, (gssize)text->len, 0, 0, &match, NULL);
    for (; match && g_match_info_matches(match); g_match_info_next(match, NULL)) {
        gint start = 0, end = 0;
        if (!g_match_info_fetch_pos(match, 1, &start, &end) || start < 0)
            g_match_info_fetch_pos(match, 0, &start, &end);
        g_autoptr(GString) stand_in = g_string_new(NULL);
        if (end <= start || !replace(redact, text->str + start, (gsize)(end - start), stand_in))
            continue;
        out = out ? out : g_string_new(NULL);
        g_string_append_len(out, text->str + copied, start - copied);
        g_string_append_len(out, stand_in->str, (gssize)stand_in->len);
        copied = end;
    }
    if (!out)
        return FALSE;
    g_string_append_len(out, text->str + copied, (gssize)text->len - copied);
    g_string_truncate(text, 0);
    g_string_append_len(text, out->str, (gssize)out->len);
    return TRUE;
}

guint
vfg_redact_text_run(VfgRedactText *redact, GString *text, guint which)
{
    redact->found = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
        if (which & rules[i].rule &&
            replace_all(redact, redact->regexes->pdata[i], rules[i].replace, text))
            redact->found |= 1u << rules[i].kind;
    /* Last: no rule may take a stand-in for a name. */
    const GRegex *regex = which & VFG_TEXT_NAMES ? make_name_regex(redact) : NULL;
    if (regex)
        replace_all(redact, regex, replace_name, text);
    return redact->found;
}
