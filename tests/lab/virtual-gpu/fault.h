/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults that a virtual device can be given, by name. A new one is a row of the table in fault.c
 * and a check where it takes effect. */

#pragma once

#include <glib.h>

typedef enum {
    VFG_VGPU_FAULT_RESET_HANGS,
    VFG_VGPU_FAULT_FLR_HANGS,
    VFG_VGPU_FAULT_CONFIG_ONES,
    VFG_VGPU_FAULT_CONFIG_ONES_AFTER,
    VFG_VGPU_FAULT_BAR_NO_MAP,
} VfgVgpuFault;

typedef struct VfgVgpuFaults VfgVgpuFaults;

/* No faults. */
VfgVgpuFaults *vfg_vgpu_faults_new(void);

/* Adds the fault that `text`, NAME or NAME=VALUE, stands for. Fails for an unknown name or a value
 * that doesn't fit. */
gboolean vfg_vgpu_faults_add(VfgVgpuFaults *faults, const char *text,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean vfg_vgpu_faults_has(const VfgVgpuFaults *faults, VfgVgpuFault fault);

/* The value of a fault; FALSE if it isn't there. The last one counts. */
gboolean vfg_vgpu_faults_get(const VfgVgpuFaults *faults, VfgVgpuFault fault, guint *ret);

/* Whether the fault is there with this value, for faults that can be given several times. */
gboolean vfg_vgpu_faults_match(const VfgVgpuFaults *faults, VfgVgpuFault fault, guint value);

/* One line a fault, for --help. The caller frees it. */
char *vfg_vgpu_faults_help(void);

void vfg_vgpu_faults_free(VfgVgpuFaults *faults);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVgpuFaults, vfg_vgpu_faults_free)
