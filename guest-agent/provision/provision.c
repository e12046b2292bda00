/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning as a whole. */

#include "provision.h"

#include "error.h"
#include "ini.h"
#include "knowledge.h"

#include <string.h>

#define CONFIGURATION "/etc/vfiogpu/agent.conf"
#define MAX_FILE 65536

static gboolean
add_recipes(gpointer data, const char *shown, const char *bytes, gsize len, GError **error)
{
    return vfg_recipes_add(data, shown, bytes, len, error);
}

static gboolean
add_generations(gpointer data, const char *shown, const char *bytes, gsize len, GError **error)
{
    return vfg_gpu_generations_add(data, shown, bytes, len, error);
}

typedef struct {
    const char *key;
    gsize offset; /* of a char * in VfgProvisionRequest */
} Setting;

static const Setting settings[] = {
    {"profile", G_STRUCT_OFFSET(VfgProvisionRequest, profile)},
    {"source", G_STRUCT_OFFSET(VfgProvisionRequest, source)},
    {"mirror", G_STRUCT_OFFSET(VfgProvisionRequest, mirror)},
    {"key", G_STRUCT_OFFSET(VfgProvisionRequest, key)},
    {"container-mirror", G_STRUCT_OFFSET(VfgProvisionRequest, container_mirror)},
    {"container-version", G_STRUCT_OFFSET(VfgProvisionRequest, container_version)},
    {"modules", G_STRUCT_OFFSET(VfgProvisionRequest, modules)},
    {"runtime", G_STRUCT_OFFSET(VfgProvisionRequest, runtime)},
    {"engine", G_STRUCT_OFFSET(VfgProvisionRequest, engine)},
    {"user", G_STRUCT_OFFSET(VfgProvisionRequest, user)},
    {"without-gpu", G_STRUCT_OFFSET(VfgProvisionRequest, without_gpu)},
};

static void
take_list(GKeyFile *parsed, const char *group, const char *key, char ***to)
{
    g_auto(GStrv) items = vfg_ini_list(parsed, group, key);
    if (!*to && items[0])
        *to = g_steal_pointer(&items);
}

static gboolean
take_group(GKeyFile *parsed, const char *group, gpointer data, GError **error)
{
    VfgProvisionRequest *request = data;
    if (!g_str_equal(group, "provision")) {
        vfg_error_set(error, VFG_ERROR_PARSE, "the group is [provision]", "unknown group [%s]",
                      group);
        return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        char **to = G_STRUCT_MEMBER_P(request, settings[i].offset);
        if (!*to)
            *to = vfg_ini_text(parsed, group, settings[i].key);
    }
    take_list(parsed, group, "kernel-args", &request->kernel_args);
    take_list(parsed, group, "kernel-args-auto", &request->kernel_args_auto);
    take_list(parsed, group, "fingerprint", &request->fingerprints);
    return TRUE;
}

gboolean
vfg_provision_configure(VfgProvisionRequest *request, VfgRoot *root, GError **error)
{
    g_autoptr(GStrvBuilder) keys = g_strv_builder_new();
    g_autoptr(GError) failure = NULL;
    gsize len = 0;
    g_autofree char *bytes = vfg_root_read(root, CONFIGURATION, MAX_FILE, &len, &failure);
    if (!bytes && g_error_matches(failure, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        return TRUE;
    if (!bytes) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
        g_strv_builder_add(keys, settings[i].key);
    g_strv_builder_add_many(keys, "kernel-args", "kernel-args-auto", "fingerprint", NULL);
    g_auto(GStrv) known = g_strv_builder_end(keys);
    return vfg_ini_each(CONFIGURATION, bytes, len, (const char *const *)known, take_group, request,
                        error);
}

static gboolean
is_there(const char *path, gpointer data)
{
    return vfg_root_exists(data, path);
}

/* A container or WSL has no kernel of its own to put a driver into. */
static gboolean
check_own_kernel(const VfgProvisionTarget *target, VfgRoot *root, GError **error)
{
    g_autofree char *release =
        target->os_release ? NULL : vfg_root_read_text(root, "/proc/sys/kernel/osrelease", NULL);
    g_autofree char *lower = release ? g_ascii_strdown(release, -1) : NULL;
    if (lower && strstr(lower, "microsoft")) {
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "install NVIDIA's driver for Windows, and in WSL only cuda-toolkit",
                      "this is WSL: its kernel takes the GPU's driver from Windows");
        return FALSE;
    }
    if (target->os_release ||
        (!vfg_root_exists(root, "/.dockerenv") && !vfg_root_exists(root, "/run/.containerenv")))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_REFUSED,
                  "provision the machine that runs the container; the container gets cuda-toolkit",
                  "this is a container: the driver belongs to the layer below it");
    return FALSE;
}

VfgProvisionPlan *
vfg_provision_prepare(const VfgProvisionRequest *request, const VfgProvisionTarget *target,
                      VfgRoot *root, GError **error)
{
    g_autoptr(VfgRecipes) recipes = vfg_recipes_new();
    g_autoptr(VfgGpuGenerations) generations = vfg_gpu_generations_new();
    if (!vfg_knowledge_load("recipes.d", root, add_recipes, recipes, error) ||
        !vfg_knowledge_load("gpus.d", root, add_generations, generations, error) ||
        !check_own_kernel(target, root, error))
        return NULL;
    g_autoptr(VfgSystem) system =
        vfg_system_read(root, target->live, target->os_release, target->arch, target->kernel);
    for (guint i = 0; target->gpus && target->gpus[i]; i++)
        if (!vfg_system_add_gpu(system, target->gpus[i], error))
            return NULL;
    VfgRecipeQuery query = {system->os_id,
                            system->os_version,
                            system->os_variant,
                            system->arch,
                            target->os_release ? NULL : is_there,
                            root};
    const VfgRecipe *recipe = vfg_recipes_find(recipes, &query, error);
    VfgProvisionFacts facts = {system, recipe, generations, root};
    return recipe ? vfg_provision_plan_make(request, &facts, error) : NULL;
}
