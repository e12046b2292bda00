/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Diagnosing a log: a file's, standard input's, a snapshot's, or this machine's own. */

#pragma once

#include "app.h"
#include "diagnoser.h"

typedef struct {
    const char *file; /* "-" is standard input; NULL is the kernel's log of this host or snapshot */
    VfgSide side;
    const GArray *devices; /* of VfgPciAddress: functions that are passed through; may be NULL */
    const char *vm;        /* a VM whose GPUs are; NULL: none */
} VfgDiagnoseOptions;

/* The error catalogue, from data_dir/errors.d and /etc/vfiogpu/errors.d. */
VfgErrorCatalogue *vfg_app_load_errors(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The functions of the GPU's slot are passed through. */
void vfg_app_add_gpu(VfgDiagnoser *diagnoser, const VfgGpu *gpu);

/* What the log comes to. The GPUs of this host or snapshot are known for its own log. Memory does
 * not grow with the log, but for the kernel's own, which is read at once. */
VfgDiagnosis *vfg_app_diagnose(const VfgApp *app, const VfgDiagnoseOptions *options,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
