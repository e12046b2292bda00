/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The steps of the profiles behind the driver. */

#include "plan-private.h"

#include "error.h"

#include <string.h>

#define MINUTE 60
#define CONTAINER_URL "https://nvidia.github.io/libnvidia-container/stable"

static gboolean
refuse(VfgPlanning *planning, GError **error, const char *fix, const char *why)
{
    vfg_error_set(error, VFG_ERROR_REFUSED, fix, "%s: %s",
                  vfg_recipe_get(planning->facts->recipe, "name"), why);
    return FALSE;
}

/* "12.9" → the recipe's package of that version, cuda-toolkit-12-9. */
static char **
toolkit_packages(VfgPlanning *planning)
{
    const VfgRecipe *recipe = planning->facts->recipe;
    if (g_strcmp0(planning->request->source, "distribution") == 0)
        return vfg_recipe_list(recipe, "distribution-toolkit", planning->values);
    if (!planning->driver.cuda)
        return vfg_recipe_list(recipe, "toolkit", planning->values);
    char *dashed = g_strdelimit(g_strdup(planning->driver.cuda), ".", '-');
    g_hash_table_replace(planning->values, g_strdup("cuda"), dashed);
    return vfg_recipe_list(recipe, "toolkit-version", planning->values);
}

gboolean
vfg_plan_toolkit(VfgPlanning *planning, GError **error)
{
    static const char *const nvcc[] = {"release", "/usr/local/cuda/bin/nvcc", "--version", NULL};
    static const char *const system_nvcc[] = {"release", "nvcc", "--version", NULL};
    const char *oldest = vfg_recipe_get(planning->facts->recipe, "oldest-cuda");
    const char *cuda = planning->driver.cuda;
    gboolean distribution = g_strcmp0(planning->request->source, "distribution") == 0;
    if (cuda && oldest && !distribution && vfg_cuda_is_older(cuda, oldest)) {
        g_autofree char *why = g_strdup_printf(
            "CUDA %s is the last for this card, and NVIDIA's repository for this system begins "
            "with %s",
            cuda, oldest);
        return refuse(planning, error,
                      "use an older release of the system; the profiles container and apptainer "
                      "need no toolkit here",
                      why);
    }
    g_auto(GStrv) items = toolkit_packages(planning);
    if (!items[0])
        return refuse(planning, error, "use --source nvidia", "it has no CUDA toolkit of its own");
    vfg_plan_packages(planning, "toolkit", "the toolkit", items, 120, FALSE);
    vfg_plan_verification(planning, "verify-toolkit", "nvcc runs", VFG_TEST_OUTPUT,
                          distribution ? system_nvcc : nvcc);
    return TRUE;
}

static void
plan_container_repository(VfgPlanning *planning)
{
    const VfgProvisionRequest *request = planning->request;
    gboolean apt = g_str_equal(vfg_packager_name(planning->packager), "apt");
    static char *const pinned[] = {"C95B321B61E88C1809C4F759DDCAE044F796ECB0", NULL};
    const char *recipe_url = vfg_recipe_get(planning->facts->recipe, "container-url");
    g_autofree char *base = g_strdup(request->container_mirror ? request->container_mirror
                                     : recipe_url              ? recipe_url
                                                               : CONTAINER_URL);
    const char *arch = g_hash_table_lookup(planning->values, apt ? "debarch" : "uname");
    g_autofree char *url = g_strdup_printf("%s/%s/%s", base, apt ? "deb" : "rpm", arch);
    g_autofree char *key = g_strconcat(
        request->container_mirror ? base : "https://nvidia.github.io/libnvidia-container",
        "/gpgkey", NULL);
    VfgRepository repository = {
        .name = "nvidia-container",
        .url = url,
        .key_url = key,
        .key_file = request->container_mirror ? request->key : NULL,
        .fingerprints = request->container_mirror && request->key ? NULL : (char **)pinned};
    vfg_plan_repositories(planning, "container-repository",
                          g_strdup_printf("the NVIDIA Container Toolkit's repository: %s", url),
                          &repository, 1);
}

/* Its four packages of one version: a mix of versions is what breaks. */
static void
plan_container_toolkit(VfgPlanning *planning)
{
    static const char *const names[] = {"nvidia-container-toolkit", "nvidia-container-toolkit-base",
                                        "libnvidia-container-tools", "libnvidia-container1"};
    gboolean apt = g_str_equal(vfg_packager_name(planning->packager), "apt");
    gboolean zypper = g_str_equal(vfg_packager_name(planning->packager), "zypper");
    const char *version = g_hash_table_lookup(planning->values, "toolkit-version");
    g_autoptr(GString) all = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_string_append_printf(all, "%s%s%s%s", i ? " " : "", names[i], apt || zypper ? "=" : "-",
                               version);
    char *items[] = {all->str, NULL};
    vfg_plan_packages(planning, "container-toolkit", "the NVIDIA Container Toolkit", items, 30,
                      FALSE);
}

static const char *
find_runtime(const VfgPlanning *planning)
{
    const VfgProvisionRequest *request = planning->request;
    if (request->runtime)
        return request->runtime;
    if (request->engine)
        return request->engine;
    if (vfg_root_exists(planning->facts->root, "/usr/bin/dockerd"))
        return "docker";
    return vfg_root_exists(planning->facts->root, "/usr/bin/containerd") ? "containerd" : "cdi";
}

static gboolean
plan_engine(VfgPlanning *planning, GError **error)
{
    const char *engine = planning->request->engine;
    if (!engine)
        return TRUE;
    g_auto(GStrv) items = vfg_recipe_list(planning->facts->recipe, engine, planning->values);
    if (!items[0])
        return refuse(planning, error,
                      "install the container engine first, then leave --engine out",
                      "its own repositories have no such container engine");
    vfg_plan_packages(planning, "engine", "the container engine", items, 30, FALSE);
    return TRUE;
}

static void
plan_runtime(VfgPlanning *planning)
{
    const char *runtime = find_runtime(planning);
    gboolean cdi = g_str_equal(runtime, "cdi");
    gboolean docker = g_str_equal(runtime, "docker");
    const char *file = cdi      ? "/etc/cdi/nvidia.yaml"
                       : docker ? "/etc/docker/daemon.json"
                                : "/etc/containerd/config.toml";
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, "runtime",
        g_strdup_printf(cdi ? "device descriptions for any runtime: %s" : "the runtime in %s",
                        file),
        10 * MINUTE);
    const char *args[] = {file, cdi ? "cdiVersion" : "nvidia-container-runtime", NULL};
    vfg_test_set(&step->verify, VFG_TEST_CONTAINS, args);
    step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_CONTAINS, args);
    if (cdi) {
        vfg_plan_command(step, "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml");
        return;
    }
    g_autofree char *configure =
        g_strdup_printf("nvidia-ctk runtime configure --runtime=%s", runtime);
    g_autofree char *restart = g_strdup_printf("systemctl restart %s", runtime);
    vfg_plan_command(step, configure);
    vfg_plan_command(step, restart);
}

gboolean
vfg_plan_container(VfgPlanning *planning, GError **error)
{
    if (!plan_engine(planning, error))
        return FALSE;
    plan_container_repository(planning);
    plan_container_toolkit(planning);
    plan_runtime(planning);
    return TRUE;
}

/* A container can't load nvidia_uvm, so it must be there before: CUDA_ERROR_UNKNOWN otherwise. */
static void
plan_uvm(VfgPlanning *planning)
{
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, "uvm", g_strdup("nvidia_uvm and nvidia-persistenced at boot"), 5 * MINUTE);
    step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_FILES, NULL);
    vfg_test_set(&step->verify, VFG_TEST_FILES, NULL);
    vfg_provision_step_write(step, "/etc/modules-load.d/vfiogpu-nvidia.conf",
                             "nvidia\nnvidia_uvm\n");
    if (!planning->request->without_gpu) {
        vfg_plan_command(step, "modprobe nvidia_uvm");
        vfg_plan_command(step, "systemctl enable --now nvidia-persistenced");
    }
}

/* Where the distribution has none: a repository of Apptainer's makers. */
static void
plan_apptainer_repository(VfgPlanning *planning)
{
    const VfgRecipe *recipe = planning->facts->recipe;
    g_autofree char *url = vfg_recipe_fill(recipe, "apptainer-url", planning->values);
    if (!url || planning->request->mirror)
        return;
    g_autofree char *suite = vfg_recipe_fill(recipe, "apptainer-suite", planning->values);
    g_autofree char *key = vfg_recipe_fill(recipe, "apptainer-key", planning->values);
    g_auto(GStrv) pinned = vfg_recipe_list(recipe, "apptainer-fingerprint", planning->values);
    VfgRepository repository = {
        .name = "apptainer", .url = url, .suite = suite, .key_url = key, .fingerprints = pinned};
    vfg_plan_repositories(planning, "apptainer-repository",
                          g_strdup_printf("Apptainer's repository: %s", url), &repository, 1);
}

gboolean
vfg_plan_apptainer(VfgPlanning *planning, GError **error)
{
    static const char *const version[] = {"apptainer", "apptainer", "--version", NULL};
    /* Of those that CUDA needs in a container, the ones that every driver has (apptainer,
     * nvliblist.conf). */
    static const char *const libraries[] = {"libcuda.so", "libnvidia-ml.so",
                                            "libnvidia-ptxjitcompiler.so", NULL};
    g_auto(GStrv) items = vfg_recipe_list(planning->facts->recipe, "apptainer", planning->values);
    if (!items[0])
        return refuse(
            planning, error,
            "install Apptainer by its own instructions (apptainer.org/docs), then use the "
            "profile container with --runtime cdi, or none",
            "no repository that we know has Apptainer for it");
    plan_uvm(planning);
    plan_apptainer_repository(planning);
    vfg_plan_packages(planning, "apptainer", "Apptainer", items, 30, FALSE);
    vfg_plan_verification(planning, "verify-apptainer", "Apptainer runs", VFG_TEST_OUTPUT, version);
    vfg_plan_verification(planning, "verify-nv", "the libraries that --nv binds are there",
                          VFG_TEST_LIBRARIES, libraries);
    return TRUE;
}
