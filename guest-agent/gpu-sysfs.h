/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Counters of GPUs with amdgpu, which the kernel shows in sysfs: errors of each block of the GPU
 * (Documentation/gpu/amdgpu/ras.rst: ras/BLOCK_err_count), PCIe replays
 * (Documentation/gpu/amdgpu/driver-misc.rst: pcie_replay_count), lanes of the link
 * (Documentation/ABI/testing/sysfs-bus-pci). */

#pragma once

#include "counters.h"
#include "root.h"

/* Reads the counters of all GPUs that amdgpu drives and gives them to `func`. Gives how many such
 * GPUs there are. */
guint vfg_gpu_sysfs_read(VfgRoot *root, VfgReadingFunc func, gpointer data);
