/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The health of GPUs: what was noted of them, and quarantine. */

#pragma once

#include "app.h"
#include "health.h"
#include "quarantine.h"

#include <jansson.h>

/* The rules of data_dir/quarantine.d and /etc/vfiogpu/quarantine.d. */
VfgQuarantineRules *vfg_app_load_quarantine(const VfgApp *app,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Notes an event of the GPU whose display function is `gpu`, and puts it into quarantine where a
 * rule holds; in the store's transaction. */
gboolean vfg_app_note_health(const VfgApp *app, VfgStore *store, const VfgQuarantineRules *rules,
                             const VfgPciFunction *gpu, const VfgStored *stored,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    char *uuid;                /* "" where it is not known */
    GPtrArray *entries;        /* of VfgHealthEntry, oldest first */
    VfgQuarantine *quarantine; /* NULL: none */
    char *reason;              /* of it, and what to do; NULL: none */
    char *fix;
} VfgGpuHealth;

void vfg_gpu_health_free(VfgGpuHealth *health);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgGpuHealth, vfg_gpu_health_free)

/* What is known of a GPU; without a store on this host: nothing. */
VfgGpuHealth *vfg_app_health(const VfgApp *app, const VfgPciFunction *gpu,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As `show --json` has it under "health" (docs/JSON.md); a new reference. */
json_t *vfg_gpu_health_to_json(const VfgGpuHealth *health);

/* Appends the finding that a GPU is in quarantine, where it is. */
void vfg_app_check_quarantine(const VfgApp *app, const VfgCatalogue *catalogue, const VfgGpu *gpu,
                              GPtrArray *findings);

/* Ends the quarantine of the GPU that a selector means. *was: it was in one. The caller frees
 * *address, the GPU's. */
gboolean vfg_app_health_clear(const VfgApp *app, const char *selector, char **address,
                              gboolean *was, GError **error) G_GNUC_WARN_UNUSED_RESULT;
