/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sizing: from the real BARs of a VM's GPUs, whether its guest can address them and what has to be
 * set for it. */

#pragma once

#include "gpu.h"
#include "sizing.h"
#include "vmdef.h"

/* The rule by which a build of OVMF sizes its 64-bit window (edk2,
 * OvmfPkg/Library/PlatformInitLib/MemDetect.c). An image does not say in clear text which build it
 * is: its volumes are compressed. */
typedef enum {
    VFG_OVMF_UNKNOWN,
    VFG_OVMF_FIXED,   /* before edk2-stable202211: 32 GiB (PcdPciMmio64Size) */
    VFG_OVMF_EIGHTH,  /* since: 1/8 of the guest's address space, where its CPU is believed */
    VFG_OVMF_QUARTER, /* edk2 pull request 12997 (merged August 2026): 1/4 */
} VfgOvmfRule;

typedef struct {
    const VfgHost *host;
    const GPtrArray *gpus; /* of const VfgGpu *: a root port each */
    guint64 memory;        /* of the guest, bytes */
    gboolean kvm;          /* else TCG */
    VfgOvmfRule rule;
} VfgSizingQuery;

/* The sizing of the GPUs in a q35 guest with OVMF. Elsewhere only the needs are computed. */
VfgSizing vfg_sizing_compute(const VfgSizingQuery *query) G_GNUC_WARN_UNUSED_RESULT;

/* "16.03 GiB", "17 MiB": for messages. The caller frees it. */
char *vfg_size_format(guint64 bytes);
