/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What of the kernel's log is an event. */

#include "recognise.h"

#include "diagnoser.h"
#include "knowledge.h"

struct VfgRecogniser {
    VfgErrorCatalogue *catalogue;
    VfgMatcher *matcher;
    VfgDiagnoser *diagnoser;
};

static gboolean
add_errors(gpointer catalogue, const char *shown, const char *bytes, gsize len, GError **error)
{
    return vfg_error_catalogue_add(catalogue, shown, bytes, len, error);
}

VfgRecogniser *
vfg_recogniser_new(VfgRoot *root, GError **error)
{
    g_autoptr(VfgRecogniser) recogniser = g_new0(VfgRecogniser, 1);
    recogniser->catalogue = vfg_error_catalogue_new();
    if (!vfg_knowledge_load("errors.d", root, add_errors, recogniser->catalogue, error) ||
        !vfg_error_catalogue_check(recogniser->catalogue, error))
        return NULL;
    recogniser->matcher = vfg_matcher_new(recogniser->catalogue);
    recogniser->diagnoser = vfg_diagnoser_new(recogniser->matcher, VFG_SIDE_GUEST);
    return g_steal_pointer(&recogniser);
}

void
vfg_recogniser_free(VfgRecogniser *recogniser)
{
    if (!recogniser)
        return;
    vfg_diagnoser_free(recogniser->diagnoser);
    vfg_matcher_free(recogniser->matcher);
    vfg_error_catalogue_free(recogniser->catalogue);
    g_free(recogniser);
}

gboolean
vfg_recognise(const char *line, gsize len, VfgEvent *event, gpointer data)
{
    VfgRecogniser *recogniser = data;
    VfgMatch matches[VFG_MATCHES_MAX];
    const VfgMatch *worst = NULL;
    guint n = vfg_diagnoser_take_line(recogniser->diagnoser, line, len, matches);
    for (guint i = 0; i < n; i++)
        if (vfg_diagnoser_owner(recogniser->diagnoser, &matches[i]) == VFG_OWNER_GPU &&
            matches[i].severity > (worst ? worst->severity : VFG_SEVERITY_NONE))
            worst = &matches[i];
    if (!worst)
        return FALSE;
    event->id = g_strdup(worst->entry->id);
    event->class_name = g_strdup(worst->entry->class_name);
    event->severity = worst->severity;
    event->has_address = worst->has_address;
    event->address = worst->address;
    event->code = *worst->code ? g_utf8_make_valid(worst->code, -1) : NULL;
    return TRUE;
}
