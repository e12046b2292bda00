/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Matching lines: literals first, then the expressions of the entries whose literal is there. */

#include "matcher.h"

#include "device-name.h"
#include "parse.h"

#include <string.h>

struct VfgMatcher {
    const VfgErrorCatalogue *catalogue;
    VfgLiterals *literals;
    GArray *owners; /* of guint: index of the entry of each literal */
    gsize set_size; /* bytes of a bit set of all entries */
};

VfgMatcher *
vfg_matcher_new(const VfgErrorCatalogue *catalogue)
{
    VfgMatcher *matcher = g_new0(VfgMatcher, 1);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    guint n = vfg_error_catalogue_len(catalogue);
    matcher->catalogue = catalogue;
    matcher->owners = g_array_new(FALSE, FALSE, sizeof(guint));
    matcher->set_size = n / 8 + 1;
    for (guint i = 0; i < n; i++) {
        const VfgErrorEntry *entry = vfg_error_catalogue_get(catalogue, i);
        for (guint j = 0; j < entry->literals->len; j++) {
            g_ptr_array_add(texts, g_ptr_array_index(entry->literals, j));
            g_array_append_val(matcher->owners, i);
        }
    }
    matcher->literals = vfg_literals_new(texts);
    return matcher;
}

void
vfg_matcher_free(VfgMatcher *matcher)
{
    if (!matcher)
        return;
    vfg_literals_free(matcher->literals);
    g_array_unref(matcher->owners);
    g_free(matcher);
}

gsize
vfg_matcher_next(const VfgMatcher *matcher, const char *text, gsize len, gsize from)
{
    return vfg_literals_next(matcher->literals, text, len, from);
}

typedef struct {
    const VfgMatcher *matcher;
    guint8 *set;
} Candidates;

static void
mark(guint index, gpointer data)
{
    Candidates *candidates = data;
    guint entry = g_array_index(candidates->matcher->owners, guint, index);
    candidates->set[entry / 8] |= (guint8)(1u << entry % 8);
}

/* Copies a group of the expression, cut to the buffer. */
static gboolean
fetch(const GMatchInfo *info, const char *name, char *buffer, gsize size)
{
    g_autofree char *text = g_match_info_fetch_named(info, name);
    if (!text || !*text)
        return FALSE;
    g_strlcpy(buffer, text, size);
    return TRUE;
}

static void
fetch_address(const GMatchInfo *info, VfgMatch *match)
{
    char text[32];
    if (fetch(info, "address", text, sizeof text))
        match->has_address = vfg_device_name_parse(text, &match->address);
    else if (fetch(info, "gpuid", text, sizeof text))
        match->has_address = vfg_device_name_parse_gpu_id(text, &match->address);
}

static void
fetch_buses(const GMatchInfo *info, VfgMatch *match)
{
    char text[8];
    guint64 from = 0, to = 0;
    if (!fetch(info, "from", text, sizeof text) || !vfg_parse_uint(text, 16, 0xff, &from, NULL))
        return;
    if (!fetch(info, "to", text, sizeof text) || !vfg_parse_uint(text, 16, 0xff, &to, NULL))
        to = from;
    match->has_buses = TRUE;
    match->from = (guint8)from;
    match->to = (guint8)to;
}

static VfgSeverity
severity_of(const VfgErrorEntry *entry, const char *text, gsize len)
{
    for (guint i = 0; i < entry->conditions->len; i++) {
        const VfgErrorCondition *condition =
            &g_array_index(entry->conditions, VfgErrorCondition, i);
        if (g_regex_match_full(condition->expression, text, (gssize)len, 0, 0, NULL, NULL))
            return condition->severity;
    }
    return entry->severity;
}

static gboolean
match_entry(const VfgMatcher *matcher, const VfgErrorEntry *entry, const char *text, gsize len,
            VfgMatch *ret)
{
    g_autoptr(GMatchInfo) info = NULL;
    if (!g_regex_match_full(entry->expression, text, (gssize)len, 0, 0, &info, NULL))
        return FALSE;
    memset(ret, 0, sizeof *ret);
    fetch_address(info, ret);
    fetch_buses(info, ret);
    fetch(info, "driver", ret->driver, sizeof ret->driver);
    fetch(info, "process", ret->process, sizeof ret->process);
    fetch(info, "counters", ret->counters, sizeof ret->counters);
    ret->entry = fetch(info, "code", ret->code, sizeof ret->code)
                     ? vfg_error_catalogue_refine(matcher->catalogue, entry, ret->code)
                     : entry;
    ret->severity = severity_of(ret->entry, text, len);
    return TRUE;
}

/* A line says a thing once, though several entries know words of it. */
static gboolean
is_said(const VfgMatch *match, const VfgMatch *earlier, guint n)
{
    for (guint i = 0; i < n && match->entry->kind == VFG_ERROR_KIND_ERROR; i++)
        if (g_str_equal(earlier[i].entry->class_name, match->entry->class_name))
            return TRUE;
    return FALSE;
}

guint
vfg_matcher_match(const VfgMatcher *matcher, const char *line, gsize len,
                  VfgMatch ret[VFG_MATCHES_MAX], VfgLogLine *ret_line)
{
    VfgLogLine parsed;
    vfg_log_line_parse(line, MIN(len, VFG_LINE_MAX), &parsed);
    if (ret_line)
        *ret_line = parsed;
    g_autofree guint8 *set = g_malloc0(matcher->set_size);
    Candidates candidates = {matcher, set};
    vfg_literals_each(matcher->literals, parsed.message, parsed.len, mark, &candidates);
    guint n = 0, n_entries = vfg_error_catalogue_len(matcher->catalogue);
    for (guint i = 0; i < n_entries && n < VFG_MATCHES_MAX; i++) {
        if (!set[i / 8])
            i |= 7;
        else if (set[i / 8] & 1u << i % 8 &&
                 match_entry(matcher, vfg_error_catalogue_get(matcher->catalogue, i),
                             parsed.message, parsed.len, &ret[n]) &&
                 !is_said(&ret[n], ret, n))
            n++;
    }
    return n;
}
