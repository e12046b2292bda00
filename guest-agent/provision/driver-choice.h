/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which driver and which CUDA the GPUs of a system need. */

#pragma once

#include "gpu-generation.h"
#include "recipe.h"
#include "system.h"

typedef struct {
    gboolean open;      /* NVIDIA's open kernel modules */
    guint branch;       /* 0: the current one */
    guint first_branch; /* the oldest branch that knows the cards; 0: any */
    char *cuda;         /* "12.9"; NULL: the current one */
    char *reason;       /* "Tesla P4 is Pascal: …"; NULL where nothing decided */
    char *legacy;       /* a package of the distribution for an old branch, or NULL */
} VfgDriverChoice;

void vfg_driver_choice_clear(VfgDriverChoice *choice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgDriverChoice, vfg_driver_choice_clear)

/* Chooses for the NVIDIA GPUs of the system. `modules` is what the user asks for ("open",
 * "proprietary") or NULL. Fails with VFG_ERROR_REFUSED and the card's name where no driver fits all
 * GPUs, the user's wish and the recipe. Without a GPU it chooses what the recipe has first. */
gboolean vfg_driver_choose(const VfgSystem *system, const VfgRecipe *recipe,
                           const VfgGpuGenerations *generations, const char *modules,
                           VfgDriverChoice *ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A number of a recipe, or `otherwise` where it has none. */
guint vfg_recipe_number(const VfgRecipe *recipe, const char *key, guint otherwise);

/* Whether a CUDA version ("12.9") is older than another one. */
gboolean vfg_cuda_is_older(const char *version, const char *than);

/* How many GPUs of a vendor there are. */
guint vfg_system_count_gpus(const VfgSystem *system, guint16 vendor);
