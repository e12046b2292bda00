/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a guest's line is by the host's own catalogue. */

#include "judge.h"

#include "diagnose.h"

#include <string.h>

#define MARK "guest:"

struct VfgJudge {
    VfgErrorCatalogue *catalogue;
    VfgMatcher *matcher;
};

VfgJudge *
vfg_judge_new(const VfgApp *app, GError **error)
{
    VfgErrorCatalogue *catalogue = vfg_app_load_errors(app, error);
    if (!catalogue)
        return NULL;
    VfgJudge *judge = g_new0(VfgJudge, 1);
    judge->catalogue = catalogue;
    judge->matcher = vfg_matcher_new(catalogue);
    return judge;
}

void
vfg_judge_free(VfgJudge *judge)
{
    if (!judge)
        return;
    vfg_matcher_free(judge->matcher);
    vfg_error_catalogue_free(judge->catalogue);
    g_free(judge);
}

/* A line may be several errors, of which the agent knows by the lines before which one is the
 * GPU's: where it names one of them it is that one, else the worst. */
static const VfgMatch *
choose(const VfgMatch *matches, guint n, const char *id)
{
    const VfgMatch *best = NULL;
    for (guint i = 0; i < n; i++) {
        const VfgMatch *match = &matches[i];
        if (match->entry->kind != VFG_ERROR_KIND_ERROR || match->severity == VFG_SEVERITY_NONE)
            continue;
        if (g_str_equal(match->entry->id, id))
            return match;
        if (!best || match->severity > best->severity)
            best = match;
    }
    return best;
}

static void
replace(char **text, char *with)
{
    g_free(*text);
    *text = with;
}

static void
take_match(VfgEvent *event, const VfgMatch *match)
{
    replace(&event->id, g_strdup(match->entry->id));
    replace(&event->class_name, g_strdup(match->entry->class_name));
    replace(&event->code, *match->code ? g_utf8_make_valid(match->code, -1) : NULL);
    event->severity = match->severity;
}

void
vfg_judge_event(const VfgJudge *judge, VfgEvent *event)
{
    VfgMatch matches[VFG_MATCHES_MAX];
    if (event->source != VFG_EVENT_KERNEL && event->source != VFG_EVENT_USER) {
        g_clear_pointer(&event->code, g_free);
        return;
    }
    guint n =
        judge ? vfg_matcher_match(judge->matcher, event->line, strlen(event->line), matches, NULL)
              : 0;
    const VfgMatch *match = choose(matches, n, event->id);
    if (match) {
        take_match(event, match);
        return;
    }
    replace(&event->id, g_strconcat(MARK, event->id, NULL));
    replace(&event->class_name, g_strconcat(MARK, event->class_name, NULL));
}
