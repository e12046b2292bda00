/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where on the host a VM's memory and vCPUs go: near its GPUs, whose every access to another NUMA
 * node's memory crosses the machine. */

#pragma once

#include "gpu.h"
#include "locality.h"
#include "vmdef.h"

/* `gpus` (of const VfgGpu *) are the VM's. A node that has not the room for the vCPUs or for the
 * memory is not chosen for them; huge pages are chosen where enough of one size are free. The
 * result is valid as long as the host. */
VfgLocality vfg_locality_choose(const VfgHost *host, const VfgVmdef *vmdef,
                                const GPtrArray *gpus) G_GNUC_WARN_UNUSED_RESULT;

/* Bytes of the node that are free or that caches would give back; a reserve for the kernel is left.
 */
guint64 vfg_locality_node_room(const VfgNumaNode *node);
