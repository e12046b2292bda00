/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The steps up to an NVIDIA driver that works. */

#include "plan-private.h"

#include "error.h"

#include <string.h>

#define MINUTE 60
#define NVIDIA_PIN "release l=NVIDIA CUDA"

static gboolean
from_distribution(const VfgPlanning *planning)
{
    return planning->driver.legacy || g_strcmp0(planning->request->source, "distribution") == 0;
}

/* With Secure Boot on, a module that the distribution has signed loads without anybody's help. */
static gboolean
use_signed(const VfgPlanning *planning)
{
    return planning->facts->system->secure_boot == VFG_SECURE_BOOT_ON &&
           vfg_recipe_get(planning->facts->recipe, "distribution-signed") &&
           !planning->request->mirror;
}

static void
plan_conflicts(VfgPlanning *planning)
{
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, "conflicts", g_strdup("no other NVIDIA installation in the way"), MINUTE);
    vfg_test_set(&step->verify, VFG_TEST_CLEAN, NULL);
}

/* What the driver's packages need from the distribution: enabled components, EPEL, compilers. A
 * mirror is taken to hold all of it. */
static void
plan_prepare(VfgPlanning *planning, gboolean distribution)
{
    const VfgRecipe *recipe = planning->facts->recipe;
    g_auto(GStrv) commands = vfg_recipe_list(
        recipe, distribution ? "distribution-prepare" : "prepare", planning->values);
    g_autofree char *components = vfg_recipe_fill(recipe, "components", planning->values);
    g_autofree char *epel = vfg_recipe_fill(recipe, "epel-url", planning->values);
    if (planning->request->mirror || (!commands[0] && !components && !epel))
        return;
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, "prepare", g_strdup("the distribution's repositories"), 15 * MINUTE);
    step->network = step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_FILES, NULL);
    vfg_test_set(&step->verify, VFG_TEST_FILES, NULL);
    if (components)
        vfg_provision_step_write(step, "/etc/apt/sources.list.d/vfiogpu-components.sources",
                                 components);
    if (epel) {
        g_auto(GStrv) prints = vfg_recipe_list(recipe, "epel-fingerprint", planning->values);
        g_autofree char *key = vfg_recipe_fill(recipe, "epel-key", planning->values);
        VfgRepository repository = {
            .name = "epel", .url = epel, .key_url = key, .fingerprints = prints};
        vfg_plan_repository(planning, step, &repository);
    }
    for (guint i = 0; commands[i]; i++)
        vfg_plan_command(step, commands[i]);
}

/* The lists of a fresh image are empty. */
static void
plan_headers(VfgPlanning *planning)
{
    g_auto(GStrv) items = vfg_recipe_list(planning->facts->recipe, "headers", planning->values);
    vfg_plan_packages(planning, "headers", "the running kernel's headers", items, 30, TRUE);
}

/* A mirror is a copy of NVIDIA's tree of repositories, or says with {slug} and {arch} how it is
 * laid out. */
static char *
repository_url(VfgPlanning *planning)
{
    const char *mirror = planning->request->mirror;
    if (!mirror)
        return vfg_recipe_fill(planning->facts->recipe, "url", planning->values);
    g_autofree char *base = g_strdup(mirror);
    while (g_str_has_suffix(base, "/") && !g_str_has_suffix(base, "//"))
        base[strlen(base) - 1] = '\0';
    const char *slug = g_hash_table_lookup(planning->values, "slug");
    const char *arch = g_hash_table_lookup(planning->values, "arch");
    g_autoptr(GString) url = g_string_new(base);
    if (!strchr(base, '{'))
        g_string_append(url, "/{slug}/{arch}");
    g_string_replace(url, "{slug}", slug ? slug : "", 0);
    g_string_replace(url, "{arch}", arch, 0);
    g_string_append_c(url, '/');
    return g_string_free(g_steal_pointer(&url), FALSE);
}

static gboolean
plan_repository(VfgPlanning *planning, GError **error)
{
    const VfgRecipe *recipe = planning->facts->recipe;
    const VfgProvisionRequest *request = planning->request;
    g_autofree char *url = repository_url(planning);
    g_autofree char *key = vfg_recipe_fill(recipe, "key-file", planning->values);
    if (!url || !key) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "use --source distribution",
                      "NVIDIA has no repository for %s", vfg_recipe_get(recipe, "name"));
        return FALSE;
    }
    g_autofree char *key_url = g_strconcat(url, key, NULL);
    g_auto(GStrv) pinned = request->fingerprints
                               ? g_strdupv(request->fingerprints)
                               : vfg_recipe_list(recipe, "fingerprint", planning->values);
    VfgRepository repository = {.name = "nvidia",
                                .pin = NVIDIA_PIN,
                                .url = url,
                                .key_url = key_url,
                                .key_file = request->key,
                                .fingerprints =
                                    request->key && !request->fingerprints ? NULL : pinned};
    vfg_plan_repositories(planning, "repository", g_strdup_printf("NVIDIA's repository: %s", url),
                          &repository, 1);
    planning->plan->url = g_steal_pointer(&url);
    return TRUE;
}

/* nouveau takes the card at boot, also from the initramfs. */
static void
plan_nouveau(VfgPlanning *planning)
{
    const char *initramfs = vfg_recipe_get(planning->facts->recipe, "initramfs");
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, "nouveau", g_strdup("nouveau is kept from the card"), 15 * MINUTE);
    step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_FILES, NULL);
    vfg_test_set(&step->verify, VFG_TEST_FILES, NULL);
    vfg_provision_step_write(step, "/etc/modprobe.d/vfiogpu-nouveau.conf",
                             "blacklist nouveau\noptions nouveau modeset=0\n");
    if (initramfs)
        vfg_plan_command(step, initramfs);
}

void
vfg_plan_kernel_args(VfgPlanning *planning)
{
    char **args = planning->kernel_args;
    if (!args[0])
        return;
    g_autofree char *all = g_strjoinv(" ", args);
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, "kernel-args", g_strdup_printf("kernel arguments: %s", all), 10 * MINUTE);
    g_autofree char *command = g_strconcat("vfiogpu-agent kernel-args add ", all, NULL);
    step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_FILES, NULL);
    vfg_plan_command(step, command);
}

/* The packages of the driver: signed ones of the distribution, its own, or NVIDIA's. */
static char **
driver_packages(VfgPlanning *planning)
{
    const VfgRecipe *recipe = planning->facts->recipe;
    const VfgDriverChoice *driver = &planning->driver;
    guint own = vfg_recipe_number(recipe, "distribution-branch", 0);
    gboolean distribution = from_distribution(planning) || use_signed(planning);
    guint branch =
        distribution && own && !(driver->branch && driver->branch < own) ? own : driver->branch;
    g_hash_table_replace(planning->values, g_strdup("branch"), g_strdup_printf("%u", branch));
    g_hash_table_replace(planning->values, g_strdup("open"), g_strdup(driver->open ? "-open" : ""));
    if (driver->legacy)
        return g_strsplit(driver->legacy, ";", -1);
    const char *prefix = use_signed(planning)          ? "distribution-signed"
                         : from_distribution(planning) ? "distribution-driver"
                                                       : "driver";
    g_autofree char *key =
        g_strconcat(prefix, driver->open ? "-open" : "-proprietary",
                    driver->branch && g_str_equal(prefix, "driver") ? "-branch" : "", NULL);
    return vfg_recipe_list(recipe, use_signed(planning) ? prefix : key, planning->values);
}

static gboolean
plan_drivers(VfgPlanning *planning, GError **error)
{
    g_auto(GStrv) items = driver_packages(planning);
    guint own = vfg_recipe_number(planning->facts->recipe, "distribution-branch", 0);
    if (from_distribution(planning) && own && planning->driver.first_branch > own) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "leave --source out: NVIDIA's repository is newer",
                      "%s has branch %u of the driver, and this card needs %u",
                      vfg_recipe_get(planning->facts->recipe, "name"), own,
                      planning->driver.first_branch);
        return FALSE;
    }
    if (!items[0]) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "leave --source out, or --modules",
                      "%s has no package of its own for this driver",
                      vfg_recipe_get(planning->facts->recipe, "name"));
        return FALSE;
    }
    vfg_plan_packages(planning, "drivers", "the driver", items, 90, FALSE);
    return TRUE;
}

/* Without a GPU nothing holds a card. */
void
vfg_plan_reboot(VfgPlanning *planning)
{
    const char *const *args = (const char *const *)planning->kernel_args;
    if (planning->request->without_gpu && !args[0])
        return;
    VfgProvisionStep *reboot = vfg_provision_plan_add(
        planning->plan, "reboot", g_strdup("a reboot, if something asks for one"), 5 * MINUTE);
    vfg_test_set(&reboot->check, VFG_TEST_RUNNING, args);
    vfg_test_set(&reboot->verify, VFG_TEST_RUNNING, args);
    VfgAct *act = g_new0(VfgAct, 1);
    act->kind = VFG_ACT_REBOOT;
    g_ptr_array_add(reboot->acts, act);
}

void
vfg_plan_driver_verification(VfgPlanning *planning, const char *module)
{
    const char *reason = planning->request->without_gpu;
    const char *const modprobe[] = {"modprobe", module, NULL};
    if (reason) {
        vfg_provision_plan_note(planning->plan,
                                g_strdup_printf("the driver is not verified: %s", reason));
        return;
    }
    VfgProvisionStep *verify =
        vfg_provision_plan_add(planning->plan, "verify-driver",
                               g_strdup("the driver is bound and the GPU starts"), 5 * MINUTE);
    vfg_test_set(&verify->check, VFG_TEST_DRIVER, NULL);
    vfg_test_set(&verify->verify, VFG_TEST_DRIVER, NULL);
    vfg_provision_step_run(verify, VFG_ACT_LOAD, modprobe);
}

static void
note_secure_boot(VfgPlanning *planning)
{
    if (planning->facts->system->secure_boot != VFG_SECURE_BOOT_ON)
        return;
    vfg_provision_plan_note(
        planning->plan,
        use_signed(planning)
            ? g_strdup("Secure Boot is on: the distribution's signed modules are taken")
            : g_strdup_printf("when the driver is installed, %s", planning->plan->enrol));
}

static void
note_driver(VfgPlanning *planning)
{
    if (planning->driver.reason)
        vfg_provision_plan_note(planning->plan, g_strdup(planning->driver.reason));
    else if (planning->request->assume_gpu)
        vfg_provision_plan_note(
            planning->plan,
            g_strdup("no GPU is named: --gpu VENDOR:DEVICE decides modules, branch and CUDA"));
}

gboolean
vfg_plan_nvidia_driver(VfgPlanning *planning, GError **error)
{
    if (!vfg_driver_choose(planning->facts->system, planning->facts->recipe,
                           planning->facts->generations, planning->request->modules,
                           &planning->driver, error))
        return FALSE;
    gboolean distribution = from_distribution(planning) || use_signed(planning);
    note_driver(planning);
    note_secure_boot(planning);
    plan_conflicts(planning);
    plan_prepare(planning, distribution);
    plan_headers(planning);
    if (!distribution && !plan_repository(planning, error))
        return FALSE;
    plan_nouveau(planning);
    vfg_plan_kernel_args(planning);
    if (!plan_drivers(planning, error))
        return FALSE;
    vfg_plan_reboot(planning);
    vfg_plan_driver_verification(planning, "nvidia");
    return TRUE;
}
