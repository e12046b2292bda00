/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host wants of a guest, and how far the guest is with it. */

#include "progress.h"

#define TEXT_MAX 256 /* bytes, as VFG_MESSAGE_MAX_TEXT */

static const char *const phases[] = {"running", "reboot", "failed", "done", NULL};
static const char *const policies[] = {"always", "auto", "never", NULL};
static const char *const profiles[] = {"cuda",        "container",  "apptainer", "rocm",
                                       "linuxulator", "linux-jail", NULL};

static void
arg_free(gpointer data)
{
    VfgConfigureArg *arg = data;
    g_free(arg->text);
    g_free(arg->policy);
    g_free(arg);
}

VfgConfigure *
vfg_configure_new(void)
{
    VfgConfigure *configure = g_new0(VfgConfigure, 1);
    configure->kernel_args = g_ptr_array_new_with_free_func(arg_free);
    return configure;
}

void
vfg_configure_add_arg(VfgConfigure *configure, const char *text, const char *policy)
{
    VfgConfigureArg *arg = g_new0(VfgConfigureArg, 1);
    arg->text = g_strdup(text);
    arg->policy = g_strdup(policy);
    g_ptr_array_add(configure->kernel_args, arg);
}

void
vfg_configure_free(VfgConfigure *configure)
{
    if (!configure)
        return;
    g_ptr_array_unref(configure->kernel_args);
    g_free(configure->profile);
    g_free(configure);
}

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
take_arg(VfgConfigure *configure, VfgFields fields, GError **error)
{
    guint policy = 0;
    if (!json_is_object(fields.json))
        return vfg_field_refuse(fields, "kernel_args", "an array of objects", error);
    const char *text = vfg_field_text(fields, "text", TEXT_MAX, error);
    if (!text || !vfg_field_choice(fields, "policy", policies, "'always', 'auto' or 'never'",
                                   &policy, error))
        return FALSE;
    vfg_configure_add_arg(configure, text, policies[policy]);
    return TRUE;
}

VfgConfigure *
vfg_configure_from_fields(VfgFields fields, GError **error)
{
    g_autoptr(VfgConfigure) configure = vfg_configure_new();
    const json_t *args = json_object_get(fields.json, "kernel_args");
    guint profile = 0;
    if (!vfg_field_choice(fields, "profile", profiles, "a profile that can be set up", &profile,
                          error))
        return NULL;
    configure->profile = g_strdup(profiles[profile]);
    if (!json_is_array(args) || json_array_size(args) > VFG_CONFIGURE_MAX_ARGS) {
        vfg_field_refuse(fields, "kernel_args", "an array of at most 32 arguments", error);
        return NULL;
    }
    for (gsize i = 0; i < json_array_size(args); i++) {
        VfgFields arg = {json_array_get(args, i), "configure: a kernel argument"};
        if (!take_arg(configure, arg, error))
            return NULL;
    }
    return g_steal_pointer(&configure);
}

void
vfg_configure_add_to_json(const VfgConfigure *configure, json_t *json)
{
    json_t *args = json_array();
    vfg_field_set_text(json, "profile", configure->profile);
    for (guint i = 0; i < configure->kernel_args->len; i++) {
        const VfgConfigureArg *arg = g_ptr_array_index(configure->kernel_args, i);
        json_t *object = json_object();
        vfg_field_set_text(object, "text", arg->text);
        vfg_field_set_text(object, "policy", arg->policy);
        json_array_append_new(args, object);
    }
    json_object_set_new(json, "kernel_args", args);
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
