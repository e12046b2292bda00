/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A GPU: a display or accelerator function with the functions of its slot that are the card's, and
 * who shares their IOMMU groups. Made by src/decide/gpu-find; the functions belong to the host it
 * was made from. */

#pragma once

#include "host.h"

typedef struct {
    const VfgPciFunction *function; /* class 03xx or 1200 */
    GPtrArray *functions;           /* of VfgPciFunction: it and what is on the card, by address */
    GPtrArray *peers;  /* of VfgPciFunction: others in the groups of those, bridges aside */
    gboolean isolated; /* no peers */
    gboolean
        viable; /* once `functions` are on vfio-pci the kernel calls each of the groups viable */
} VfgGpu;

void vfg_gpu_free(VfgGpu *gpu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgGpu, vfg_gpu_free)

/* Whether the function is one of the GPU's own. */
gboolean vfg_gpu_has_function(const VfgGpu *gpu, const VfgPciFunction *function);

/* Whether a driver hangs in one of its functions. */
gboolean vfg_gpu_is_stuck(const VfgGpu *gpu);

/* The GPU as `list --json` shows it (docs/JSON.md); a new reference. */
json_t *vfg_gpu_to_json(const VfgGpu *gpu);
