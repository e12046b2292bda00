/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is wanted of a guest. */

#include "configure.h"

#define TEXT_MAX 256 /* bytes, as VFG_MESSAGE_MAX_TEXT */

static const char *const policies[] = {"always", "auto", "never", NULL};
static const char *const profiles[] = {"none", "cuda",        "container",  "apptainer",
                                       "rocm", "linuxulator", "linux-jail", NULL};
static const char *const sources[] = {"nvidia", "distribution", NULL};

const char *const *
vfg_configure_profiles(void)
{
    return profiles;
}

const char *const *
vfg_configure_sources(void)
{
    return sources;
}

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
    configure->profile = g_strdup("none");
    configure->kernel_args = g_ptr_array_new_with_free_func(arg_free);
    return configure;
}

void
vfg_configure_free(VfgConfigure *configure)
{
    if (!configure)
        return;
    g_ptr_array_unref(configure->kernel_args);
    g_free(configure->profile);
    g_free(configure->source);
    g_free(configure->mirror);
    g_free(configure->fingerprint);
    g_free(configure);
}

void
vfg_configure_add_arg(VfgConfigure *configure, const char *text, const char *policy)
{
    VfgConfigureArg *arg = g_new0(VfgConfigureArg, 1);
    arg->text = g_strdup(text);
    arg->policy = g_strdup(policy);
    g_ptr_array_add(configure->kernel_args, arg);
}

GPtrArray *
vfg_configure_args(const VfgConfigure *configure, const char *policy)
{
    GPtrArray *texts = g_ptr_array_new();
    for (guint i = 0; i < configure->kernel_args->len; i++) {
        const VfgConfigureArg *arg = g_ptr_array_index(configure->kernel_args, i);
        if (g_str_equal(arg->policy, policy))
            g_ptr_array_add(texts, arg->text);
    }
    return texts;
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

static gboolean
take_args(VfgConfigure *configure, VfgFields fields, GError **error)
{
    const json_t *args = json_object_get(fields.json, "kernel_args");
    if (!json_is_array(args) || json_array_size(args) > VFG_CONFIGURE_MAX_ARGS)
        return vfg_field_refuse(fields, "kernel_args", "an array of at most 32 arguments", error);
    for (gsize i = 0; i < json_array_size(args); i++) {
        VfgFields arg = {json_array_get(args, i), "configure: a kernel argument"};
        if (!take_arg(configure, arg, error))
            return FALSE;
    }
    return TRUE;
}

/* A text that may be missing. */
static gboolean
take_text(VfgFields fields, const char *key, char **ret, GError **error)
{
    return !json_object_get(fields.json, key) ||
           vfg_field_copy_or_null(fields, key, TEXT_MAX, "a text, or null", ret, error);
}

static gboolean
take_repository(VfgConfigure *configure, VfgFields body, GError **error)
{
    VfgFields fields = {json_object_get(body.json, "repository"), "configure: the repository"};
    if (!fields.json)
        return TRUE;
    if (!json_is_object(fields.json))
        return vfg_field_refuse(body, "repository", "an object", error);
    if (!take_text(fields, "source", &configure->source, error) ||
        !take_text(fields, "mirror", &configure->mirror, error) ||
        !take_text(fields, "fingerprint", &configure->fingerprint, error))
        return FALSE;
    return !configure->source || g_strv_contains(sources, configure->source) ||
           vfg_field_refuse(fields, "source", "'nvidia' or 'distribution'", error);
}

VfgConfigure *
vfg_configure_from_fields(VfgFields fields, GError **error)
{
    g_autoptr(VfgConfigure) configure = vfg_configure_new();
    guint profile = 0;
    const char *const *wanted = profiles + 1; /* of "none" nothing is asked */
    if (!vfg_field_choice(fields, "profile", wanted, "a profile that can be set up", &profile,
                          error) ||
        !take_args(configure, fields, error) || !take_repository(configure, fields, error))
        return NULL;
    g_free(configure->profile);
    configure->profile = g_strdup(wanted[profile]);
    return g_steal_pointer(&configure);
}

static json_t *
repository_to_json(const VfgConfigure *configure)
{
    return json_pack("{s:s*, s:s*, s:s*}", "source", configure->source, "mirror", configure->mirror,
                     "fingerprint", configure->fingerprint);
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
    if (configure->source || configure->mirror || configure->fingerprint)
        json_object_set_new(json, "repository", repository_to_json(configure));
}
