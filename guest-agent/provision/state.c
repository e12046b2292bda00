/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What provisioning has done so far. */

#include "state.h"

#include "error.h"
#include "io.h"

#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME "state.json"
#define MAX_FILE (1024 * 1024)

static const char *const phase_names[] = {"none", "running", "reboot", "failed", "done"};
static const char *const state_names[] = {"pending", "running", "done", "failed"};

const char *
vfg_provision_phase_name(VfgProvisionPhase phase)
{
    return phase_names[phase];
}

const char *
vfg_step_state_name(VfgStepState state)
{
    return state_names[state];
}

static void
step_record_free(VfgStepRecord *record)
{
    g_free(record->id);
    g_free(record->title);
    g_free(record->error);
    g_free(record);
}

VfgProvisionState *
vfg_provision_state_new(void)
{
    VfgProvisionState *state = g_new0(VfgProvisionState, 1);
    state->steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_record_free);
    return state;
}

void
vfg_provision_state_free(VfgProvisionState *state)
{
    if (!state)
        return;
    g_free(state->profile);
    g_free(state->plan);
    g_free(state->boot_id);
    g_free(state->driver_state);
    g_free(state->driver_detail);
    g_free(state->driver_version);
    g_free(state->toolkit_version);
    g_ptr_array_unref(state->steps);
    g_strfreev(state->command);
    g_free(state);
}

static char *
get_text(const json_t *object, const char *key)
{
    return g_strdup(json_string_value(json_object_get(object, key)));
}

/* The index of a name, or -1. */
static int
find_name(const char *const *names, guint n, const char *name)
{
    for (guint i = 0; i < n; i++)
        if (g_strcmp0(names[i], name) == 0)
            return (int)i;
    return -1;
}

static gboolean
read_steps(VfgProvisionState *state, const json_t *array)
{
    gsize i = 0;
    json_t *item = NULL;
    json_array_foreach(array, i, item)
    {
        g_autofree char *name = get_text(item, "state");
        int found = find_name(state_names, G_N_ELEMENTS(state_names), name);
        const char *id = json_string_value(json_object_get(item, "id"));
        if (found < 0 || !id)
            return FALSE;
        VfgStepRecord *record = g_new0(VfgStepRecord, 1);
        record->id = g_strdup(id);
        record->title = get_text(item, "title");
        record->state = (VfgStepState)found;
        record->attempts = (guint)json_integer_value(json_object_get(item, "attempts"));
        record->error = get_text(item, "error");
        g_ptr_array_add(state->steps, record);
    }
    return json_is_array(array);
}

static char **
read_words(const json_t *array)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    gsize i = 0;
    json_t *item = NULL;
    json_array_foreach(array, i, item)
        g_strv_builder_add(words, json_string_value(item) ? json_string_value(item) : "");
    return g_strv_builder_end(words);
}

static VfgProvisionState *
parse(const char *text)
{
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    g_autoptr(VfgProvisionState) state = vfg_provision_state_new();
    g_autofree char *phase = get_text(object, "phase");
    int found = find_name(phase_names, G_N_ELEMENTS(phase_names), phase);
    state->profile = get_text(object, "profile");
    state->plan = get_text(object, "plan");
    state->boot_id = get_text(object, "boot_id");
    state->driver_state = get_text(object, "driver_state");
    state->driver_detail = get_text(object, "driver_detail");
    state->driver_version = get_text(object, "driver_version");
    state->toolkit_version = get_text(object, "toolkit_version");
    state->command = read_words(json_object_get(object, "command"));
    gboolean good = found >= 0 && read_steps(state, json_object_get(object, "steps"));
    if (good)
        state->phase = (VfgProvisionPhase)found;
    json_decref(object);
    return good ? g_steal_pointer(&state) : NULL;
}

VfgProvisionState *
vfg_provision_state_load(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, FILE_NAME, NULL);
    g_autofree char *broken = g_strconcat(path, ".broken", NULL);
    g_autofree char *text = vfg_io_read_file(path, MAX_FILE, NULL, NULL);
    VfgProvisionState *state = text ? parse(text) : NULL;
    if (!state && text)
        (void)!g_rename(path, broken);
    return state ? state : vfg_provision_state_new();
}

static json_t *
text_or_null(const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    return valid ? json_string(valid) : json_null();
}

static json_t *
steps_to_json(const VfgProvisionState *state)
{
    json_t *array = json_array();
    for (guint i = 0; i < state->steps->len; i++) {
        const VfgStepRecord *record = g_ptr_array_index(state->steps, i);
        json_array_append_new(array, json_pack("{s:s, s:o, s:s, s:i, s:o}", "id", record->id,
                                               "title", text_or_null(record->title), "state",
                                               state_names[record->state], "attempts",
                                               (int)record->attempts, "error",
                                               text_or_null(record->error)));
    }
    return array;
}

json_t *
vfg_provision_state_json(const VfgProvisionState *state)
{
    json_t *command = json_array();
    for (guint i = 0; state->command && state->command[i]; i++)
        json_array_append_new(command, text_or_null(state->command[i]));
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "phase", phase_names[state->phase],
        "profile", text_or_null(state->profile), "plan", text_or_null(state->plan), "boot_id",
        text_or_null(state->boot_id), "driver_state", text_or_null(state->driver_state),
        "driver_detail", text_or_null(state->driver_detail), "driver_version",
        text_or_null(state->driver_version), "toolkit_version",
        text_or_null(state->toolkit_version), "command", command, "steps", steps_to_json(state));
}

static char *
make_text(const VfgProvisionState *state)
{
    json_t *object = vfg_provision_state_json(state);
    g_autofree char *text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    return g_strconcat(text, "\n", NULL);
}

gboolean
vfg_provision_state_save(const VfgProvisionState *state, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, FILE_NAME, NULL);
    g_autofree char *text = make_text(state);
    return vfg_io_make_dir(dir, error) &&
           g_file_set_contents_full(path, text, (gssize)strlen(text),
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0600, error) &&
           vfg_io_sync_dir(dir, error);
}

VfgStepRecord *
vfg_provision_state_find(const VfgProvisionState *state, const char *id)
{
    for (guint i = 0; i < state->steps->len; i++) {
        VfgStepRecord *record = g_ptr_array_index(state->steps, i);
        if (g_str_equal(record->id, id))
            return record;
    }
    return NULL;
}

static void
add_words(GChecksum *sum, char **words)
{
    for (guint i = 0; words && words[i]; i++)
        g_checksum_update(sum, (const guchar *)words[i], (gssize)strlen(words[i]) + 1);
}

static char *
sum_plan(const VfgProvisionPlan *plan)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgProvisionStep *step = g_ptr_array_index(plan->steps, i);
        g_checksum_update(sum, (const guchar *)step->id, (gssize)strlen(step->id) + 1);
        for (guint j = 0; j < step->acts->len; j++) {
            const VfgAct *act = g_ptr_array_index(step->acts, j);
            char *words[] = {act->text ? act->text : (char *)"", act->path, NULL};
            add_words(sum, act->argv);
            add_words(sum, words);
        }
    }
    return g_strdup(g_checksum_get_string(sum));
}

void
vfg_provision_state_adopt(VfgProvisionState *state, const VfgProvisionPlan *plan)
{
    g_autofree char *sum = sum_plan(plan);
    if (g_strcmp0(sum, state->plan) == 0)
        return;
    g_ptr_array_set_size(state->steps, 0);
    g_free(state->plan);
    state->plan = g_steal_pointer(&sum);
    g_free(state->profile);
    state->profile = g_strdup(plan->profile);
    g_clear_pointer(&state->boot_id, g_free);
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgProvisionStep *step = g_ptr_array_index(plan->steps, i);
        VfgStepRecord *record = g_new0(VfgStepRecord, 1);
        record->id = g_strdup(step->id);
        record->title = g_strdup(step->title);
        g_ptr_array_add(state->steps, record);
    }
}
