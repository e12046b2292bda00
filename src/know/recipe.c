/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Recipes of guest operating systems. */

#include "recipe.h"

#include "error.h"
#include "ini.h"
#include "placeholders.h"

#include <string.h>

struct VfgRecipe {
    char *id;
    GHashTable *values; /* key → text */
};

struct VfgRecipes {
    GPtrArray *entries; /* VfgRecipe */
};

/* docs/DATA.md says what they mean. */
static const char *const known_keys[] = {"inherit",
                                         "name",
                                         "id",
                                         "version",
                                         "variant",
                                         "marker",
                                         "arch",
                                         "refuse",
                                         "fix",
                                         "source",
                                         "manager",
                                         "slug",
                                         "url",
                                         "key-file",
                                         "fingerprint",
                                         "headers",
                                         "prepare",
                                         "components",
                                         "epel-url",
                                         "epel-key",
                                         "epel-fingerprint",
                                         "oldest-branch",
                                         "newest-branch",
                                         "newest-cuda",
                                         "oldest-cuda",
                                         "legacy-340",
                                         "legacy-390",
                                         "legacy-470",
                                         "driver-proprietary",
                                         "driver-proprietary-branch",
                                         "driver-open",
                                         "driver-open-branch",
                                         "toolkit",
                                         "toolkit-version",
                                         "distribution-branch",
                                         "distribution-prepare",
                                         "distribution-driver-proprietary",
                                         "distribution-driver-open",
                                         "distribution-toolkit",
                                         "distribution-signed",
                                         "mok",
                                         "initramfs",
                                         "container-url",
                                         "docker",
                                         "containerd",
                                         "apptainer",
                                         "apptainer-url",
                                         "apptainer-suite",
                                         "apptainer-key",
                                         "apptainer-fingerprint",
                                         "rocm-url",
                                         "rocm-driver-url",
                                         "rocm-suite",
                                         "rocm-key",
                                         "rocm-fingerprint",
                                         "rocm-headers",
                                         "rocm-driver",
                                         "rocm-packages",

                                         "freebsd-packages",
                                         "freebsd-driver-340",
                                         "freebsd-driver-390",
                                         "freebsd-driver-470",
                                         "freebsd-driver-580",
                                         "linuxulator-packages",
                                         "jail-packages",
                                         "note",
                                         NULL};

static void
recipe_free(VfgRecipe *recipe)
{
    if (!recipe)
        return;
    g_free(recipe->id);
    g_hash_table_unref(recipe->values);
    g_free(recipe);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgRecipe, recipe_free)

VfgRecipes *
vfg_recipes_new(void)
{
    VfgRecipes *recipes = g_new0(VfgRecipes, 1);
    recipes->entries = g_ptr_array_new_with_free_func((GDestroyNotify)recipe_free);
    return recipes;
}

void
vfg_recipes_free(VfgRecipes *recipes)
{
    if (!recipes)
        return;
    g_ptr_array_unref(recipes->entries);
    g_free(recipes);
}

static guint
index_of(const GPtrArray *entries, const char *id)
{
    for (guint i = 0; i < entries->len; i++)
        if (g_str_equal(((const VfgRecipe *)g_ptr_array_index(entries, i))->id, id))
            return i;
    return entries->len;
}

typedef struct {
    const VfgRecipes *old;
    GPtrArray *fresh;
} Reading;

/* A recipe starts as a copy of the one it inherits from, which stands before it or in an earlier
 * file. What it is matched by is its own; a parent that refuses is no parent. */
static gboolean
inherit(VfgRecipe *recipe, const Reading *reading, const char *parent, GError **error)
{
    static const char *const own[] = {"id",   "version", "variant", "marker",
                                      "name", "source",  "inherit", NULL};
    guint at = index_of(reading->fresh, parent), old = index_of(reading->old->entries, parent);
    const VfgRecipe *from = at < reading->fresh->len ? g_ptr_array_index(reading->fresh, at)
                            : old < reading->old->entries->len
                                ? g_ptr_array_index(reading->old->entries, old)
                                : NULL;
    if (!from) {
        vfg_error_set(error, VFG_ERROR_PARSE, "an entry inherits from one that stands before it",
                      "[%s]: inherits from '%s', which there isn't", recipe->id, parent);
        return FALSE;
    }
    GHashTableIter iter;
    gpointer key = NULL, value = NULL;
    g_hash_table_iter_init(&iter, from->values);
    while (g_hash_table_iter_next(&iter, &key, &value))
        if (!g_strv_contains(own, key))
            g_hash_table_replace(recipe->values, g_strdup(key), g_strdup(value));
    return TRUE;
}

/* An empty value takes an inherited one away. */
static void
take_values(VfgRecipe *recipe, GKeyFile *parsed)
{
    for (guint i = 0; known_keys[i]; i++) {
        char *text = g_key_file_get_string(parsed, recipe->id, known_keys[i], NULL);
        if (text && *text)
            g_hash_table_replace(recipe->values, g_strdup(known_keys[i]), text);
        else if (text)
            g_hash_table_remove(recipe->values, known_keys[i]);
        if (text && !*text)
            g_free(text);
    }
}

static gboolean
check_recipe(const VfgRecipe *recipe, GError **error)
{
    static const char *const needed[] = {"name", "id", "source", NULL};
    static const char *const managers[] = {"apt", "dnf", "dnf5", "tdnf", "zypper", "pkg", NULL};
    for (guint i = 0; needed[i]; i++) {
        if (vfg_recipe_get(recipe, needed[i]))
            continue;
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "[%s]: no %s", recipe->id, needed[i]);
        return FALSE;
    }
    const char *manager = vfg_recipe_get(recipe, "manager");
    if (vfg_recipe_get(recipe, "refuse") || (manager && g_strv_contains(managers, manager)))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                  "[%s]: manager is '%s', not apt, dnf, dnf5, tdnf, zypper or pkg", recipe->id,
                  manager ? manager : "");
    return FALSE;
}

static gboolean
take_group(GKeyFile *parsed, const char *group, gpointer data, GError **error)
{
    Reading *reading = data;
    g_autoptr(VfgRecipe) recipe = g_new0(VfgRecipe, 1);
    recipe->id = g_strdup(group);
    recipe->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *parent = vfg_ini_text(parsed, group, "inherit");
    if (parent && !inherit(recipe, reading, parent, error))
        return FALSE;
    take_values(recipe, parsed);
    if (!check_recipe(recipe, error))
        return FALSE;
    g_ptr_array_add(reading->fresh, g_steal_pointer(&recipe));
    return TRUE;
}

gboolean
vfg_recipes_add(VfgRecipes *recipes, const char *file, const char *bytes, gsize len, GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func((GDestroyNotify)recipe_free);
    Reading reading = {recipes, fresh};
    if (!vfg_ini_each(file, bytes, len, known_keys, take_group, &reading, error))
        return FALSE;
    while (fresh->len) {
        VfgRecipe *recipe = g_ptr_array_steal_index(fresh, 0);
        guint at = index_of(recipes->entries, recipe->id);
        if (at < recipes->entries->len)
            g_ptr_array_remove_index(recipes->entries, at);
        g_ptr_array_add(recipes->entries, recipe);
    }
    return TRUE;
}

/* Whether one of the patterns of a key is `text`; a key that is not there excludes nothing. */
static gboolean
key_matches(const VfgRecipe *recipe, const char *key, const char *text)
{
    if (!vfg_recipe_get(recipe, key))
        return TRUE;
    g_auto(GStrv) patterns = vfg_recipe_list(recipe, key, NULL);
    for (guint i = 0; patterns[i]; i++)
        if (g_pattern_match_simple(patterns[i], text ? text : ""))
            return TRUE;
    return FALSE;
}

static gboolean
marker_matches(const VfgRecipe *recipe, const VfgRecipeQuery *query)
{
    g_auto(GStrv) markers = vfg_recipe_list(recipe, "marker", NULL);
    for (guint i = 0; markers[i]; i++)
        if (query->exists && query->exists(markers[i], query->data))
            return TRUE;
    return !markers[0];
}

/* How well a recipe fits; 0: not at all. */
static guint
fit(const VfgRecipe *recipe, const VfgRecipeQuery *query)
{
    if (!key_matches(recipe, "id", query->id) || !key_matches(recipe, "version", query->version) ||
        !key_matches(recipe, "variant", query->variant) || !marker_matches(recipe, query))
        return 0;
    return 1 + (vfg_recipe_get(recipe, "version") ? 1 : 0) +
           (vfg_recipe_get(recipe, "variant") ? 2 : 0) + (vfg_recipe_get(recipe, "marker") ? 4 : 0);
}

static gboolean
check_served(const VfgRecipe *recipe, const VfgRecipeQuery *query, GError **error)
{
    const char *refuse = vfg_recipe_get(recipe, "refuse");
    const char *name = vfg_recipe_get(recipe, "name");
    if (refuse) {
        vfg_error_set(error, VFG_ERROR_REFUSED, vfg_recipe_get(recipe, "fix"),
                      "%s can't be provisioned: %s", name, refuse);
        return FALSE;
    }
    if (key_matches(recipe, "arch", query->arch))
        return TRUE;
    g_auto(GStrv) archs = vfg_recipe_list(recipe, "arch", NULL);
    g_autofree char *all = g_strjoinv(", ", archs);
    g_autofree char *fix = g_strdup_printf("there are packages for %s", all);
    vfg_error_set(error, VFG_ERROR_REFUSED, fix, "%s has no packages for %s", name, query->arch);
    return FALSE;
}

const VfgRecipe *
vfg_recipes_find(const VfgRecipes *recipes, const VfgRecipeQuery *query, GError **error)
{
    const VfgRecipe *best = NULL;
    guint best_fit = 0;
    for (guint i = 0; i < recipes->entries->len; i++) {
        const VfgRecipe *recipe = g_ptr_array_index(recipes->entries, i);
        guint how = fit(recipe, query);
        if (how == 0 || how < best_fit)
            continue;
        best = recipe;
        best_fit = how;
    }
    if (!best) {
        vfg_error_set(
            error, VFG_ERROR_NOT_FOUND,
            "see docs/SUPPORT.md for the systems that there are; a recipe of your own goes "
            "to /etc/vfiogpu/recipes.d (docs/DATA.md)",
            "no recipe for the system '%s' %s", query->id ? query->id : "",
            query->version ? query->version : "");
        return NULL;
    }
    return check_served(best, query, error) ? best : NULL;
}

const char *
vfg_recipe_id(const VfgRecipe *recipe)
{
    return recipe->id;
}

const char *
vfg_recipe_get(const VfgRecipe *recipe, const char *key)
{
    return g_hash_table_lookup(recipe->values, key);
}

char *
vfg_recipe_fill(const VfgRecipe *recipe, const char *key, GHashTable *values)
{
    const char *text = vfg_recipe_get(recipe, key);
    return text ? vfg_placeholders_fill(text, values) : NULL;
}

char **
vfg_recipe_list(const VfgRecipe *recipe, const char *key, GHashTable *values)
{
    g_autofree char *text = vfg_recipe_fill(recipe, key, values);
    g_auto(GStrv) items = g_strsplit(text ? text : "", ";", -1);
    g_autoptr(GStrvBuilder) kept = g_strv_builder_new();
    for (guint i = 0; items[i]; i++)
        if (*g_strstrip(items[i]))
            g_strv_builder_add(kept, items[i]);
    return g_strv_builder_end(kept);
}
