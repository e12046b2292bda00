/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The profiles that need no NVIDIA driver of Linux: rocm, and those of FreeBSD. */

#include "plan-private.h"

#include "error.h"

#include <string.h>

#define MINUTE 60
#define AMD 0x1002

static VfgProvisionStep *
add_step(VfgPlanning *planning, const char *id, char *title, guint minutes)
{
    return vfg_provision_plan_add(planning->plan, id, title, minutes * MINUTE);
}

static void
add_packages(VfgPlanning *planning, const char *id, const char *what, const char *key)
{
    g_auto(GStrv) items = vfg_recipe_list(planning->facts->recipe, key, planning->values);
    vfg_plan_packages(planning, id, what, items, 90, FALSE);
}

/* Cards that the current ROCm has no code for are named, others only remarked on. */
static gboolean
check_rocm_cards(VfgPlanning *planning, GError **error)
{
    const GPtrArray *gpus = planning->facts->system->gpus;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        const VfgGpuGeneration *generation =
            vfg_gpu_generations_find(planning->facts->generations, gpu->vendor, gpu->device);
        if (gpu->vendor != AMD || !generation)
            continue;
        if (generation->rocm == VFG_GPU_ROCM_NONE) {
            vfg_error_set(error, VFG_ERROR_REFUSED,
                          "use an Instinct MI100 or later, or a Radeon of RDNA 2 or later",
                          "no ROCm for %04x:%04x (%s): the current one has no code for it",
                          gpu->vendor, gpu->device, generation->name);
            return FALSE;
        }
        vfg_provision_plan_note(planning->plan,
                                g_strdup_printf("%04x:%04x (%s)%s", gpu->vendor, gpu->device,
                                                generation->name,
                                                generation->rocm == VFG_GPU_ROCM_UNLISTED
                                                    ? ": AMD doesn't list it; it may work"
                                                    : ""));
    }
    return TRUE;
}

static void
plan_rocm_repository(VfgPlanning *planning)
{
    const VfgRecipe *recipe = planning->facts->recipe;
    g_auto(GStrv) pinned = vfg_recipe_list(recipe, "rocm-fingerprint", planning->values);
    g_autofree char *url = vfg_recipe_fill(recipe, "rocm-url", planning->values);
    g_autofree char *driver = vfg_recipe_fill(recipe, "rocm-driver-url", planning->values);
    g_autofree char *suite = vfg_recipe_fill(recipe, "rocm-suite", planning->values);
    g_autofree char *key = vfg_recipe_fill(recipe, "rocm-key", planning->values);
    VfgRepository rocm = {.name = "rocm",
                          .pin = "release o=repo.radeon.com",
                          .url = url,
                          .suite = suite,
                          .key_url = key,
                          .fingerprints = pinned};
    VfgRepository repositories[] = {rocm, rocm};
    repositories[1].name = "amdgpu";
    repositories[1].url = driver;
    repositories[1].pin = NULL;
    vfg_plan_repositories(planning, "repository", g_strdup_printf("AMD's repository: %s", url),
                          repositories, G_N_ELEMENTS(repositories));
    planning->plan->url = g_steal_pointer(&url);
}

/* /dev/kfd and /dev/dri are for the groups render and video. */
static void
plan_groups(VfgPlanning *planning)
{
    const char *user = planning->request->user;
    if (!user) {
        vfg_provision_plan_note(
            planning->plan,
            g_strdup("--user NAME puts a user into the groups render and video, who then may use "
                     "the GPU"));
        return;
    }
    const char *argv[] = {"usermod", "-a", "-G", "render,video", user, NULL};
    const char *args[] = {"render", "id", "-nG", user, NULL};
    VfgProvisionStep *step = add_step(
        planning, "groups", g_strdup_printf("%s is in the groups render and video", user), 1);
    vfg_test_set(&step->check, VFG_TEST_OUTPUT, args);
    vfg_test_set(&step->verify, VFG_TEST_OUTPUT, args);
    vfg_provision_step_run(step, VFG_ACT_RUN, argv);
}

/* ROCm's packages leave the linker to the administrator (ROCm on Linux, "Post-installation
 * instructions"). What `apptainer --rocm` binds it looks up in the linker's cache; these are those
 * of its rocmliblist.conf that a container needs of ROCm. */
static void
plan_rocm_libraries(VfgPlanning *planning)
{
    static const char *const libraries[] = {"libamdocl64.so", "libOpenCL.so", "libdrm_amdgpu.so",
                                            NULL};
    VfgProvisionStep *step =
        add_step(planning, "verify-rocm", g_strdup("the libraries that --rocm binds are there"), 1);
    vfg_provision_step_write(step, "/etc/ld.so.conf.d/vfiogpu-rocm.conf", "/opt/rocm/lib\n");
    vfg_plan_command(step, "ldconfig");
    vfg_test_set(&step->check, VFG_TEST_LIBRARIES, libraries);
    vfg_test_set(&step->verify, VFG_TEST_LIBRARIES, libraries);
}

gboolean
vfg_plan_rocm(VfgPlanning *planning, GError **error)
{
    static const char *const info[] = {"gfx", "/opt/rocm/bin/rocminfo", NULL};
    static const char *const opencl[] = {"/etc/OpenCL/vendors/amdocl64.icd", "libamdocl64", NULL};
    if (!g_str_equal(planning->facts->system->arch, "x86_64")) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "use a machine with x86_64",
                      "AMD has ROCm for x86_64 only, not for %s", planning->facts->system->arch);
        return FALSE;
    }
    if (!vfg_recipe_get(planning->facts->recipe, "rocm-url")) {
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "AMD supports Ubuntu 22.04 and 24.04, Debian 12 and 13, RHEL 8 to 10 and "
                      "SLES 15",
                      "AMD has no ROCm repository for %s",
                      vfg_recipe_get(planning->facts->recipe, "name"));
        return FALSE;
    }
    if (!check_rocm_cards(planning, error))
        return FALSE;
    plan_rocm_repository(planning);
    add_packages(planning, "headers", "the running kernel's headers", "rocm-headers");
    vfg_plan_kernel_args(planning);
    add_packages(planning, "drivers", "the driver", "rocm-driver");
    vfg_plan_reboot(planning);
    vfg_plan_driver_verification(planning, "amdgpu");
    add_packages(planning, "toolkit", "ROCm", "rocm-packages");
    plan_groups(planning);
    if (!planning->request->without_gpu)
        vfg_plan_verification(planning, "verify-toolkit", "rocminfo sees the GPU", VFG_TEST_OUTPUT,
                              info);
    plan_rocm_libraries(planning);
    vfg_plan_verification(planning, "opencl", "OpenCL knows the driver", VFG_TEST_CONTAINS, opencl);
    return TRUE;
}

static void
add_commands(VfgPlanning *planning, const char *id, const char *title, const char *const *commands)
{
    VfgProvisionStep *step = add_step(planning, id, g_strdup(title), 10);
    step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_FILES, NULL);
    for (guint i = 0; commands[i]; i++)
        vfg_plan_command(step, commands[i]);
}

/* kld_list in rc.conf loads it after the root file system is there; nvidia_load in loader.conf did
 * not do so for everybody. */
gboolean
vfg_plan_freebsd(VfgPlanning *planning, gboolean jail, GError **error)
{
    static const char *const load[] = {"sysrc kld_list+=nvidia-modeset",
                                       "kldload -n nvidia-modeset", NULL};
    static const char *const linux_on[] = {"sysrc linux_enable=YES", "service linux start", NULL};
    static const char *const smi[] = {"Driver Version", "nvidia-smi", NULL};
    static const char *const cuda[] = {"CUDA Version", "nv-sglrun", "nvidia-smi", NULL};
    if (!vfg_driver_choose(planning->facts->system, planning->facts->recipe,
                           planning->facts->generations, planning->request->modules,
                           &planning->driver, error))
        return FALSE;
    if (planning->driver.reason)
        vfg_provision_plan_note(planning->plan, g_strdup(planning->driver.reason));
    if (planning->kernel_args[0])
        vfg_provision_plan_note(planning->plan,
                                g_strdup("kernel arguments are Linux's: they are left out"));
    if (planning->driver.branch) {
        g_autofree char *key = g_strdup_printf("freebsd-driver-%u", planning->driver.branch);
        const char *old = vfg_recipe_get(planning->facts->recipe, key);
        if (old)
            g_hash_table_replace(planning->values, g_strdup("driver"), g_strdup(old));
    }
    if (!g_hash_table_contains(planning->values, "driver"))
        g_hash_table_replace(planning->values, g_strdup("driver"), g_strdup("nvidia-driver"));
    add_packages(planning, "drivers", "the driver", "freebsd-packages");
    add_commands(planning, "load", "the driver is loaded, now and at boot", load);
    if (!planning->request->without_gpu)
        vfg_plan_verification(planning, "verify-driver", "the driver sees the GPU", VFG_TEST_OUTPUT,
                              smi);
    add_commands(planning, "linux", "Linux programs run", linux_on);
    add_packages(planning, "toolkit", jail ? "what the jail's Linux needs" : "what CUDA needs",
                 jail ? "jail-packages" : "linuxulator-packages");
    if (!planning->request->without_gpu && !jail)
        vfg_plan_verification(planning, "verify-cuda", "CUDA sees the GPU", VFG_TEST_OUTPUT, cuda);
    if (jail)
        vfg_provision_plan_note(
            planning->plan,
            g_strdup("the jail's userland (Ubuntu, by debootstrap) gets cuda-toolkit only: in it "
                     "run apt-get install cuda-toolkit; no driver, no package with a service"));
    return TRUE;
}
