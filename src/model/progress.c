/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How far a guest is with what the host wants of it. */

#include "progress.h"

#define TEXT_MAX 256 /* bytes, as VFG_MESSAGE_MAX_TEXT */

static const char *const phases[] = {"running", "reboot", "failed", "done", NULL};

void
vfg_progress_free(VfgProgress *progress)
{
    if (!progress)
        return;
    g_free(progress->id);
    g_free(progress->title);
    g_free(progress->state);
    g_free(progress->package);
    g_free(progress->text);
    g_free(progress);
}

const char *
vfg_phase_name(VfgPhase phase)
{
    return phases[phase];
}

static gboolean
take_percent(VfgFields fields, int *ret, GError **error)
{
    guint64 percent = 0;
    if (json_is_null(json_object_get(fields.json, "percent"))) {
        *ret = -1;
        return TRUE;
    }
    if (!vfg_field_number(fields, "percent", 0, 100, &percent, error))
        return FALSE;
    *ret = (int)percent;
    return TRUE;
}

VfgProgress *
vfg_progress_from_fields(VfgFields fields, GError **error)
{
    g_autoptr(VfgProgress) progress = g_new0(VfgProgress, 1);
    guint phase = 0;
    guint64 step = 0, steps = 0;
    if (!vfg_field_choice(fields, "phase", phases, "'running', 'reboot', 'failed' or 'done'",
                          &phase, error) ||
        !vfg_field_number(fields, "steps", 0, VFG_PROGRESS_MAX_STEPS, &steps, error) ||
        !vfg_field_number(fields, "step", 0, steps, &step, error) ||
        !vfg_field_copy(fields, "id", TEXT_MAX, &progress->id, error) ||
        !vfg_field_copy(fields, "title", TEXT_MAX, &progress->title, error) ||
        !vfg_field_copy(fields, "state", TEXT_MAX, &progress->state, error) ||
        !vfg_field_copy_or_null(fields, "package", TEXT_MAX, "a text, or null", &progress->package,
                                error) ||
        !vfg_field_copy_or_null(fields, "text", TEXT_MAX, "a text, or null", &progress->text,
                                error) ||
        !take_percent(fields, &progress->percent, error))
        return NULL;
    progress->phase = (VfgPhase)phase;
    progress->step = (guint)step;
    progress->steps = (guint)steps;
    return g_steal_pointer(&progress);
}

void
vfg_progress_add_to_json(const VfgProgress *progress, json_t *json)
{
    vfg_field_set_text(json, "phase", vfg_phase_name(progress->phase));
    json_object_set_new(json, "step", json_integer(progress->step));
    json_object_set_new(json, "steps", json_integer(progress->steps));
    vfg_field_set_text(json, "id", progress->id);
    vfg_field_set_text(json, "title", progress->title);
    vfg_field_set_text(json, "state", progress->state);
    json_object_set_new(json, "package",
                        progress->package ? json_string(progress->package) : json_null());
    json_object_set_new(json, "percent",
                        progress->percent < 0 ? json_null() : json_integer(progress->percent));
    json_object_set_new(json, "text", progress->text ? json_string(progress->text) : json_null());
}
