/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which driver and which CUDA the GPUs of a system need. */

#include "driver-choice.h"

#include "error.h"

#include <string.h>

#define NVIDIA 0x10de
#define OLDEST_BRANCH 535 /* of NVIDIA's repositories, where a recipe doesn't say */

void
vfg_driver_choice_clear(VfgDriverChoice *choice)
{
    g_clear_pointer(&choice->cuda, g_free);
    g_clear_pointer(&choice->reason, g_free);
    g_clear_pointer(&choice->legacy, g_free);
}

guint
vfg_system_count_gpus(const VfgSystem *system, guint16 vendor)
{
    guint n = 0;
    for (guint i = 0; i < system->gpus->len; i++)
        n += ((const VfgPciFunction *)g_ptr_array_index(system->gpus, i))->vendor == vendor;
    return n;
}

gboolean
vfg_cuda_is_older(const char *version, const char *than)
{
    g_auto(GStrv) a = g_strsplit(version, ".", 2);
    g_auto(GStrv) b = g_strsplit(than, ".", 2);
    guint64 major = g_ascii_strtoull(a[0], NULL, 10), other = g_ascii_strtoull(b[0], NULL, 10);
    if (major != other)
        return major < other;
    guint64 minor = a[1] ? g_ascii_strtoull(a[1], NULL, 10) : 0;
    return minor < (b[1] ? g_ascii_strtoull(b[1], NULL, 10) : 0);
}

/* What all cards together allow. */
typedef struct {
    guint modules;
    guint last_branch; /* 0: no bound */
    guint first_branch;
    const char *last_cuda;
    char *cards; /* "10de:1bb3 (Pascal)" */
    gboolean unknown;
} Bounds;

static void
bounds_clear(Bounds *bounds)
{
    g_free(bounds->cards);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bounds, bounds_clear)

static void
narrow(Bounds *bounds, const VfgGpuGeneration *generation)
{
    bounds->modules &= generation->modules;
    bounds->first_branch = MAX(bounds->first_branch, generation->first_branch);
    if (generation->last_branch &&
        (!bounds->last_branch || generation->last_branch < bounds->last_branch))
        bounds->last_branch = generation->last_branch;
    if (generation->last_cuda &&
        (!bounds->last_cuda || vfg_cuda_is_older(generation->last_cuda, bounds->last_cuda)))
        bounds->last_cuda = generation->last_cuda;
}

static Bounds
read_bounds(const VfgSystem *system, const VfgGpuGenerations *generations)
{
    Bounds bounds = {.modules = VFG_GPU_MODULES_PROPRIETARY | VFG_GPU_MODULES_OPEN};
    g_autoptr(GString) cards = g_string_new(NULL);
    for (guint i = 0; i < system->gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(system->gpus, i);
        if (gpu->vendor != NVIDIA)
            continue;
        const VfgGpuGeneration *generation =
            vfg_gpu_generations_find(generations, gpu->vendor, gpu->device);
        g_string_append_printf(cards, "%s%04x:%04x (%s)", cards->len ? ", " : "", gpu->vendor,
                               gpu->device, generation ? generation->name : "unknown generation");
        if (generation)
            narrow(&bounds, generation);
        else
            bounds.unknown = TRUE;
    }
    bounds.cards = g_string_free(g_steal_pointer(&cards), FALSE);
    return bounds;
}

static gboolean
refuse(GError **error, const Bounds *bounds, const char *fix, const char *why)
{
    vfg_error_set(error, VFG_ERROR_REFUSED, fix, "no driver for %s: %s", bounds->cards, why);
    return FALSE;
}

/* The kinds of modules that are left of those of the cards, of the recipe, and of the user's wish.
 */
static gboolean
choose_modules(const Bounds *bounds, const VfgRecipe *recipe, const char *wish,
               VfgDriverChoice *ret, GError **error)
{
    guint recipe_has =
        (vfg_recipe_get(recipe, "driver-proprietary") ? VFG_GPU_MODULES_PROPRIETARY : 0) |
        (vfg_recipe_get(recipe, "driver-open") ? VFG_GPU_MODULES_OPEN : 0);
    guint wished = !wish                       ? ~0u
                   : g_str_equal(wish, "open") ? VFG_GPU_MODULES_OPEN
                                               : VFG_GPU_MODULES_PROPRIETARY;
    guint left = bounds->modules & recipe_has & wished;
    if (!bounds->modules)
        return refuse(error, bounds, "give the VM cards that one kind of kernel modules drives",
                      "some of these cards need the open, others the proprietary kernel modules");
    if (!(bounds->modules & wished))
        return refuse(error, bounds, "leave --modules out: the card decides",
                      g_str_equal(wish, "open") ? "the open kernel modules begin with Turing"
                                                : "it works with the open kernel modules only");
    if (!left)
        return refuse(error, bounds, "use a system with both kinds, such as Debian or Ubuntu",
                      bounds->modules == VFG_GPU_MODULES_PROPRIETARY
                          ? "it needs the proprietary kernel modules, which this system's "
                            "repository doesn't have"
                          : "this system's repository doesn't have the kernel modules it needs");
    ret->open =
        !(left & VFG_GPU_MODULES_PROPRIETARY) || (bounds->unknown && left & VFG_GPU_MODULES_OPEN);
    return TRUE;
}

guint
vfg_recipe_number(const VfgRecipe *recipe, const char *key, guint otherwise)
{
    const char *text = vfg_recipe_get(recipe, key);
    return text ? (guint)g_ascii_strtoull(text, NULL, 10) : otherwise;
}

/* A repository that gets nothing new may end before the card does: then its newest driver will do.
 */
static gboolean
choose_newest(const Bounds *bounds, const VfgRecipe *recipe, VfgDriverChoice *ret, GError **error)
{
    guint newest = vfg_recipe_number(recipe, "newest-branch", 0);
    if (newest && bounds->first_branch > newest)
        return refuse(error, bounds, "use a newer system (docs/SUPPORT.md)",
                      "the repository for this system ended before this card came");
    if (newest && ret->branch >= newest)
        ret->branch = 0;
    return TRUE;
}

/* A branch that ended before NVIDIA's repository for the system began may be in the distribution.
 */
static gboolean
choose_branch(const Bounds *bounds, const VfgRecipe *recipe, VfgDriverChoice *ret, GError **error)
{
    g_autofree char *key = g_strdup_printf("legacy-%u", bounds->last_branch);
    ret->branch = bounds->last_branch;
    if (bounds->last_branch && bounds->first_branch > bounds->last_branch)
        return refuse(error, bounds, "give the VM cards that one driver branch supports",
                      "the newer of these cards needs a branch that no longer supports the older");
    if (!bounds->last_branch ||
        bounds->last_branch >= vfg_recipe_number(recipe, "oldest-branch", OLDEST_BRANCH))
        return choose_newest(bounds, recipe, ret, error);
    ret->legacy = g_strdup(vfg_recipe_get(recipe, key));
    if (ret->legacy)
        return TRUE;
    g_autofree char *why = g_strdup_printf(
        "the last branch that supports it is %u, which there is no package of for this system",
        bounds->last_branch);
    return refuse(error, bounds,
                  "use a newer card, or an older system that has this branch (docs/SUPPORT.md)",
                  why);
}

gboolean
vfg_driver_choose(const VfgSystem *system, const VfgRecipe *recipe,
                  const VfgGpuGenerations *generations, const char *modules, VfgDriverChoice *ret,
                  GError **error)
{
    g_auto(Bounds) bounds = read_bounds(system, generations);
    g_auto(VfgDriverChoice) choice = {0};
    if (!choose_modules(&bounds, recipe, modules, &choice, error) ||
        !choose_branch(&bounds, recipe, &choice, error))
        return FALSE;
    const char *newest = vfg_recipe_get(recipe, "newest-cuda");
    choice.first_branch = bounds.first_branch;
    if (bounds.last_cuda && !(newest && !vfg_cuda_is_older(bounds.last_cuda, newest)))
        choice.cuda = g_strdup(bounds.last_cuda);
    if (*bounds.cards)
        choice.reason = g_strdup_printf(
            "%s: %s kernel modules%s", bounds.cards, choice.open ? "open" : "proprietary",
            bounds.unknown ? "; vfiogpu doesn't know this card yet, which may need another driver"
                           : "");
    if (choice.reason && bounds.last_branch) {
        g_autofree char *first = g_steal_pointer(&choice.reason);
        choice.reason = g_strdup_printf("%s, last branch %u, last CUDA %s", first,
                                        bounds.last_branch, bounds.last_cuda);
    }
    *ret = choice;
    choice = (VfgDriverChoice){0};
    return TRUE;
}
