/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sizing: from the real BARs of a VM's GPUs, whether its guest can address them and what has to be
 * set for it. */

#pragma once

#include "gpu.h"
#include "sizing.h"
#include "vmdef.h"

typedef struct {
    const VfgHost *host;
    const GPtrArray *gpus; /* of const VfgGpu *: a root port each */
    guint64 memory;        /* of the guest, bytes */
    gboolean kvm;          /* else TCG */
    VfgOvmfRule rule;
} VfgSizingQuery;

/* The sizing of the GPUs in a guest of the host's architecture: q35 with OVMF on x86_64, virt on
 * aarch64. Elsewhere only the needs are computed. */
VfgSizing vfg_sizing_compute(const VfgSizingQuery *query) G_GNUC_WARN_UNUSED_RESULT;

/* "16.03 GiB", "17 MiB": for messages. The caller frees it. */
char *vfg_size_format(guint64 bytes);
