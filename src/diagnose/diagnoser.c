/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading a log. */

#include "diagnoser.h"

#include "explain.h"
#include "fold.h"

#include <string.h>

#define CONTEXT_LINES 32            /* how far an address reaches */
#define TAIL_MAX (VFG_LINE_MAX * 2) /* of a line that has not ended yet */

typedef struct {
    const VfgErrorEntry *entry;
    VfgPciAddress address;
    guint64 line;
} Context;

struct VfgDiagnoser {
    const VfgMatcher *matcher;
    VfgSide side;
    VfgDevices *devices;
    VfgFold *fold;
    GArray *contexts; /* of Context: the last address of each entry */
    GString *tail;    /* the beginning of a line that has not ended */
    gboolean skips;   /* the line is longer than the tail may be: up to its end nothing counts */
    guint64 lines;
};

VfgDiagnoser *
vfg_diagnoser_new(const VfgMatcher *matcher, VfgSide side)
{
    VfgDiagnoser *diagnoser = g_new0(VfgDiagnoser, 1);
    diagnoser->matcher = matcher;
    diagnoser->side = side;
    diagnoser->devices = vfg_devices_new();
    diagnoser->fold = vfg_fold_new();
    diagnoser->contexts = g_array_new(FALSE, FALSE, sizeof(Context));
    diagnoser->tail = g_string_new(NULL);
    return diagnoser;
}

void
vfg_diagnoser_free(VfgDiagnoser *diagnoser)
{
    if (!diagnoser)
        return;
    vfg_devices_free(diagnoser->devices);
    vfg_fold_free(diagnoser->fold);
    g_array_unref(diagnoser->contexts);
    g_string_free(diagnoser->tail, TRUE);
    g_free(diagnoser);
}

void
vfg_diagnoser_add_device(VfgDiagnoser *diagnoser, VfgPciAddress address)
{
    vfg_devices_add_own(diagnoser->devices, address);
}

static void
remember_context(VfgDiagnoser *diagnoser, const VfgMatch *match)
{
    Context fresh = {match->entry, match->address, diagnoser->lines};
    for (guint i = 0; i < diagnoser->contexts->len; i++) {
        Context *context = &g_array_index(diagnoser->contexts, Context, i);
        if (context->entry != match->entry)
            continue;
        *context = fresh;
        return;
    }
    g_array_append_val(diagnoser->contexts, fresh);
}

/* The address of a message that names its device some lines above. */
static void
apply_context(const VfgDiagnoser *diagnoser, VfgMatch *match)
{
    for (guint i = 0; match->entry->context && i < diagnoser->contexts->len; i++) {
        const Context *context = &g_array_index(diagnoser->contexts, Context, i);
        if (!g_str_equal(context->entry->id, match->entry->context) ||
            diagnoser->lines - context->line > CONTEXT_LINES)
            continue;
        match->has_address = TRUE;
        match->address = context->address;
    }
}

guint
vfg_diagnoser_take_line(VfgDiagnoser *diagnoser, const char *line, gsize len,
                        VfgMatch ret[VFG_MATCHES_MAX])
{
    VfgLogLine parsed;
    guint n = vfg_matcher_match(diagnoser->matcher, line, len, ret, &parsed), errors = 0;
    diagnoser->lines++;
    for (guint i = 0; i < n; i++) {
        VfgMatch *match = &ret[i];
        if (!match->has_address)
            apply_context(diagnoser, match);
        vfg_devices_learn(diagnoser->devices, match);
        if (match->has_address)
            remember_context(diagnoser, match);
        if (match->entry->kind != VFG_ERROR_KIND_ERROR)
            continue;
        vfg_fold_add(diagnoser->fold, match, &parsed, diagnoser->lines);
        if (errors != i)
            ret[errors] = *match;
        errors++;
    }
    return errors;
}

VfgOwner
vfg_diagnoser_owner(const VfgDiagnoser *diagnoser, const VfgMatch *match)
{
    return vfg_devices_owner(diagnoser->devices, match->entry, match->driver,
                             match->has_address ? &match->address : NULL);
}

static guint64
count_lines(const char *text, gsize len)
{
    const char *end = text + len;
    guint64 n = 0;
    for (const char *at = memchr(text, '\n', len); at; at = memchr(at, '\n', (gsize)(end - at))) {
        at++;
        n++;
    }
    return n;
}

static void
take(VfgDiagnoser *diagnoser, const char *line, gsize len)
{
    VfgMatch matches[VFG_MATCHES_MAX];
    vfg_diagnoser_take_line(diagnoser, line, len, matches);
}

/* Goes from literal to literal through text that starts and ends with whole lines. */
static void
take_lines(VfgDiagnoser *diagnoser, const char *text, gsize len)
{
    for (gsize from = 0; from < len;) {
        gsize hit = vfg_matcher_next(diagnoser->matcher, text, len, from);
        if (hit >= len) {
            diagnoser->lines += count_lines(text + from, len - from);
            return;
        }
        const char *before = memrchr(text + from, '\n', hit - from);
        gsize start = before ? (gsize)(before + 1 - text) : from;
        const char *after = memchr(text + hit, '\n', len - hit);
        gsize end = after ? (gsize)(after - text) : len;
        diagnoser->lines += count_lines(text + from, start - from);
        /* Of a very long line, what is around the literal. */
        gsize window = hit - start > VFG_LINE_MAX / 2 ? hit - VFG_LINE_MAX / 4 : start;
        take(diagnoser, text + window, MIN(end - window, (gsize)VFG_LINE_MAX));
        from = end + 1;
    }
}

/* Ends the line that the tail began, with the bytes up to and without its line feed. */
static void
end_tail(VfgDiagnoser *diagnoser, const char *bytes, gsize len)
{
    GString *tail = diagnoser->tail;
    if (diagnoser->skips) {
        diagnoser->skips = FALSE;
        return;
    }
    g_string_append_len(tail, bytes, (gssize)MIN(len, TAIL_MAX - MIN(tail->len, TAIL_MAX)));
    g_string_append_c(tail, '\n');
    take_lines(diagnoser, tail->str, tail->len);
    g_string_truncate(tail, 0);
}

/* Keeps the beginning of a line; of one that is too long what there is of it is taken now. */
static void
keep_tail(VfgDiagnoser *diagnoser, const char *bytes, gsize len)
{
    if (diagnoser->skips || !len)
        return;
    if (diagnoser->tail->len + len > TAIL_MAX) {
        end_tail(diagnoser, bytes, len);
        diagnoser->skips = TRUE;
        return;
    }
    g_string_append_len(diagnoser->tail, bytes, (gssize)len);
}

void
vfg_diagnoser_feed(VfgDiagnoser *diagnoser, const char *bytes, gsize len)
{
    const char *last = len ? memrchr(bytes, '\n', len) : NULL;
    if (!last) {
        keep_tail(diagnoser, bytes, len);
        return;
    }
    gsize whole = (gsize)(last + 1 - bytes);
    gsize from = 0;
    if (diagnoser->tail->len || diagnoser->skips) {
        const char *end = memchr(bytes, '\n', len);
        end_tail(diagnoser, bytes, (gsize)(end - bytes));
        from = (gsize)(end + 1 - bytes);
    }
    take_lines(diagnoser, bytes + from, whole - from);
    keep_tail(diagnoser, bytes + whole, len - whole);
}

VfgDiagnosis *
vfg_diagnoser_finish(VfgDiagnoser *diagnoser)
{
    if (diagnoser->tail->len)
        end_tail(diagnoser, "", 0);
    VfgDiagnosis *diagnosis = vfg_explain(diagnoser->fold, diagnoser->devices, diagnoser->side);
    diagnosis->lines = diagnoser->lines;
    return diagnosis;
}
