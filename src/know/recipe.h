/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Recipes: for a guest operating system, where its drivers come from, how they are verified, and
 * the names of the packages. Made from the bytes of data/recipes.d (*.ini), where each entry names
 * its sources (docs/DATA.md has the format). Which steps are taken is not this layer's business. */

#pragma once

#include <glib.h>

typedef struct VfgRecipe VfgRecipe;
typedef struct VfgRecipes VfgRecipes;

/* A system to look up, by what os-release(5) says of it. */
typedef struct {
    const char *id;      /* ID; never ID_LIKE: a raspbian is no debian to NVIDIA */
    const char *version; /* VERSION_ID, or "" */
    const char *variant; /* VARIANT_ID, or "" */
    const char *arch;    /* as uname -m: "x86_64", "aarch64" */
    /* Whether there is something at a path of the system; NULL: nothing is anywhere. */
    gboolean (*exists)(const char *path, gpointer data);
    gpointer data;
} VfgRecipeQuery;

VfgRecipes *vfg_recipes_new(void);
void vfg_recipes_free(VfgRecipes *recipes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgRecipes, vfg_recipes_free)

/* Adds the entries of one file; `file` is its name for messages. An entry of an id that is already
 * there replaces it. On an error nothing of the file is added. */
gboolean vfg_recipes_add(VfgRecipes *recipes, const char *file, const char *bytes, gsize len,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The recipe of a system: of those that match, the most specific one (a marker file counts more
 * than a variant, that more than a version); of equals the one that was added last. Fails with
 * VFG_ERROR_NOT_FOUND where there is none, and with VFG_ERROR_REFUSED where it says that the system
 * can't be served or has none for the architecture; the fix says what to do instead. */
const VfgRecipe *vfg_recipes_find(const VfgRecipes *recipes, const VfgRecipeQuery *query,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The id of a recipe: its group's name. */
const char *vfg_recipe_id(const VfgRecipe *recipe);

/* The value of a key, or NULL where it has none. Owned by the recipe. */
const char *vfg_recipe_get(const VfgRecipe *recipe, const char *key);

/* The items of a value, split at ';', with each {name} that `values` (name → text) knows filled in;
 * empty where the key has none. The caller frees it. */
char **vfg_recipe_list(const VfgRecipe *recipe, const char *key, GHashTable *values);

/* One value with its placeholders filled in, or NULL. The caller frees it. */
char *vfg_recipe_fill(const VfgRecipe *recipe, const char *key, GHashTable *values);
