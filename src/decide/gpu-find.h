/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which functions of a host are GPUs, what goes with them, and which GPU a selector means. */

#pragma once

#include "gpu.h"

/* Every GPU of the host, by address. The GPUs point into the host, which must outlive them. */
GPtrArray *vfg_gpu_find_all(const VfgHost *host);

/* The GPU that a selector means: "0000:82:00.0", "82:00.0", "10de:1e37", "nvidia", "amd" or
 * "intel", each with "[n]" for the n-th (from 0) of several. An address of any function of the card
 * will do. Errors: VFG_ERROR_PARSE for a selector that can't be read, VFG_ERROR_NOT_FOUND,
 * VFG_ERROR_AMBIGUOUS (the message lists the candidates). The GPU belongs to `gpus`. */
const VfgGpu *vfg_gpu_select(const GPtrArray *gpus, const char *selector,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the kernel lets a group with this function be used once the others are on vfio-pci: a
 * bridge, no driver, a vfio driver or pci-stub (drivers/vfio/vfio_main.c of 6.1, vfio_dev_viable;
 * since 6.2 iommu_group_claim_dma_owner asks the same of drivers: all but those with
 * driver_managed_dma). */
gboolean vfg_function_is_harmless_peer(const VfgPciFunction *function);
