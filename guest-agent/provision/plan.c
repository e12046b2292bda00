/* SPDX-License-Identifier: GPL-2.0-or-later */

/* From a system, its recipe and a profile to the steps of provisioning. */

#include "plan-private.h"

#include "configure.h"
#include "error.h"
#include "kernel-policy.h"

#include <string.h>

#define NVIDIA 0x10de
#define AMD 0x1002
#define CONTAINER_TOOLKIT_VERSION "1.17.8-1"

void
vfg_provision_request_free(VfgProvisionRequest *request)
{
    if (!request)
        return;
    g_free(request->profile);
    g_free(request->source);
    g_free(request->mirror);
    g_free(request->key);
    g_strfreev(request->fingerprints);
    g_free(request->container_mirror);
    g_free(request->container_version);
    g_free(request->modules);
    g_free(request->runtime);
    g_free(request->engine);
    g_free(request->user);
    g_strfreev(request->kernel_args);
    g_strfreev(request->kernel_args_auto);
    g_free(request->without_gpu);
    g_free(request);
}

static void
put(GHashTable *values, const char *name, const char *text)
{
    g_hash_table_replace(values, g_strdup(name), g_strdup(text));
}

/* "6.8.0-45-generic" → "6.8.0-45" and "generic": what packages of Ubuntu and SUSE are named after.
 */
static void
put_flavour(GHashTable *values, const char *kernel, const char *otherwise)
{
    const char *dash = strrchr(kernel, '-');
    gboolean found = dash && g_ascii_isalpha(dash[1]);
    g_autofree char *version = found ? g_strndup(kernel, (gsize)(dash - kernel)) : g_strdup(kernel);
    put(values, "flavour", found ? dash + 1 : otherwise);
    put(values, "kernel-version", version);
}

/* The directory is sbsa where dpkg says arm64 and rpm aarch64 (NVIDIA's CUDA Installation Guide).
 */
static GHashTable *
make_values(const VfgProvisionRequest *request, const VfgProvisionFacts *facts)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const VfgSystem *system = facts->system;
    gboolean arm = g_str_equal(system->arch, "aarch64");
    g_auto(GStrv) version = g_strsplit(system->os_version, ".", 2);
    put(values, "version", system->os_version);
    put(values, "major", version[0] ? version[0] : "");
    put(values, "codename", system->os_codename);
    put(values, "kernel", system->kernel);
    gboolean suse = g_strcmp0(vfg_recipe_get(facts->recipe, "manager"), "zypper") == 0;
    put_flavour(values, system->kernel, suse ? "default" : "generic");
    put(values, "uname", system->arch);
    put(values, "arch", arm ? "sbsa" : system->arch);
    put(values, "debarch", arm ? "arm64" : "amd64");
    put(values, "toolkit-version",
        request->container_version ? request->container_version : CONTAINER_TOOLKIT_VERSION);
    g_autofree char *slug = vfg_recipe_fill(facts->recipe, "slug", values);
    if (slug)
        put(values, "slug", slug);
    return values;
}

static char **
wanted_args(const VfgProvisionRequest *request, const VfgSystem *system)
{
    g_autoptr(GStrvBuilder) args = g_strv_builder_new();
    char **maybe = request->kernel_args_auto;
    if (request->kernel_args)
        g_strv_builder_addv(args, (const char **)request->kernel_args);
    for (guint i = 0; maybe && maybe[i]; i++)
        if (vfg_kernel_arg_auto(system->gpus, system->cmdline, maybe[i]))
            g_strv_builder_add(args, maybe[i]);
    return g_strv_builder_end(args);
}

static void
planning_clear(VfgPlanning *planning)
{
    g_clear_pointer(&planning->values, g_hash_table_unref);
    g_clear_pointer(&planning->kernel_args, g_strfreev);
    vfg_driver_choice_clear(&planning->driver);
    vfg_provision_plan_free(g_steal_pointer(&planning->plan));
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgPlanning, planning_clear)

static gboolean
check_word(const char *what, const char *word, const char *const *known, GError **error)
{
    if (!word || g_strv_contains(known, word))
        return TRUE;
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    g_autofree char *fix = g_strdup_printf("one of %s", all);
    vfg_error_set(error, VFG_ERROR_USAGE, fix, "there is no %s '%s'", what, word);
    return FALSE;
}

static gboolean
check_request(const VfgProvisionRequest *request, GError **error)
{
    static const char *const modules[] = {"open", "proprietary", NULL};
    static const char *const runtimes[] = {"docker", "containerd", "cdi", NULL};
    static const char *const engines[] = {"docker", "containerd", NULL};
    const char *profile = request->profile ? request->profile : "";
    if (!check_word("profile", profile, vfg_configure_profiles(), error) ||
        !check_word("source", request->source, vfg_configure_sources(), error) ||
        !check_word("kind of kernel modules", request->modules, modules, error) ||
        !check_word("container runtime", request->runtime, runtimes, error) ||
        !check_word("container engine", request->engine, engines, error))
        return FALSE;
    if (!request->mirror || g_str_has_prefix(request->mirror, "https://") ||
        g_str_has_prefix(request->mirror, "http://") ||
        g_str_has_prefix(request->mirror, "file:///"))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_USAGE, "write https://…, http://… or file:///…",
                  "the mirror '%s' is no URL", request->mirror);
    return FALSE;
}

static gboolean
check_gpu(const VfgProvisionRequest *request, const VfgSystem *system, guint16 vendor,
          const char *maker, GError **error)
{
    if (vfg_system_count_gpus(system, vendor) || request->without_gpu || request->assume_gpu)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_REFUSED,
                  "give this machine the GPU first; --without-gpu=REASON installs all the same",
                  "there is no GPU of %s here, so its driver could not be verified", maker);
    return FALSE;
}

static gboolean
plan_nvidia_profile(VfgPlanning *planning, const char *profile, GError **error)
{
    if (!check_gpu(planning->request, planning->facts->system, NVIDIA, "NVIDIA", error) ||
        !vfg_plan_nvidia_driver(planning, error))
        return FALSE;
    if (g_str_equal(profile, "cuda"))
        return vfg_plan_toolkit(planning, error);
    if (g_str_equal(profile, "container"))
        return vfg_plan_container(planning, error);
    return vfg_plan_apptainer(planning, error);
}

static gboolean
plan_profile(VfgPlanning *planning, GError **error)
{
    const char *profile = planning->request->profile;
    gboolean freebsd = g_str_equal(planning->facts->system->os_id, "freebsd");
    gboolean for_freebsd =
        g_str_equal(profile, "linuxulator") || g_str_equal(profile, "linux-jail");
    if (freebsd != for_freebsd && !g_str_equal(profile, "none")) {
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      freebsd ? "use the profile linuxulator or linux-jail"
                              : "use the profile cuda, container, apptainer or rocm",
                      "the profile %s is not for %s", profile,
                      vfg_recipe_get(planning->facts->recipe, "name"));
        return FALSE;
    }
    if (for_freebsd)
        return vfg_plan_freebsd(planning, g_str_equal(profile, "linux-jail"), error);
    if (g_str_equal(profile, "rocm"))
        return check_gpu(planning->request, planning->facts->system, AMD, "AMD", error) &&
               vfg_plan_rocm(planning, error);
    return g_str_equal(profile, "none") || plan_nvidia_profile(planning, profile, error);
}

/* A module that DKMS builds is signed with a key of this machine, which its firmware must be told
 * by somebody at the console (dkms, README.md, "Secure Boot"; mokutil(1)). */
static char *
describe_enrolment(const VfgRecipe *recipe)
{
    const char *mok = vfg_recipe_get(recipe, "mok");
    return g_strdup_printf("run 'mokutil --import %s', reboot, and choose Enroll MOK on the "
                           "console: Secure Boot is on",
                           mok ? mok : "/var/lib/dkms/mok.pub");
}

VfgProvisionPlan *
vfg_provision_plan_make(const VfgProvisionRequest *request, const VfgProvisionFacts *facts,
                        GError **error)
{
    if (!check_request(request, error))
        return NULL;
    const char *manager = vfg_recipe_get(facts->recipe, "manager");
    g_auto(VfgPlanning) planning = {.request = request,
                                    .facts = facts,
                                    .packager = vfg_packager_find(manager),
                                    .values = make_values(request, facts),
                                    .kernel_args = wanted_args(request, facts->system),
                                    .plan = vfg_provision_plan_new(request->profile)};
    planning.plan->system = g_strdup(facts->system->os_name);
    planning.plan->recipe = g_strdup(vfg_recipe_id(facts->recipe));
    planning.plan->slug = vfg_recipe_fill(facts->recipe, "slug", planning.values);
    planning.plan->manager = g_strdup(manager);
    planning.plan->enrol = describe_enrolment(facts->recipe);
    const char *note = vfg_recipe_get(facts->recipe, "note");
    if (note)
        vfg_provision_plan_note(planning.plan, g_strdup(note));
    return plan_profile(&planning, error) ? g_steal_pointer(&planning.plan) : NULL;
}
