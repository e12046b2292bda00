/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A function's config space: 4096 bytes, built from a profile, with what a driver may write in
 * them. Numbers in it are little-endian (PCI Express Base Specification, 7.2.1). */

#pragma once

#include "profile.h"

#define VFG_VGPU_CONFIG_SIZE 4096

typedef struct {
    guint8 bytes[VFG_VGPU_CONFIG_SIZE];
    guint8 writable[VFG_VGPU_CONFIG_SIZE]; /* bits that take what is written; the rest keeps its
                                              value */
    guint8 initial[VFG_VGPU_CONFIG_SIZE];
    guint flr; /* offset of the byte with the bit "initiate FLR", 0: none */
} VfgVgpuConfigSpace;

/* Fills `config` for the function; `multifunction` is whether its slot has others. */
void vfg_vgpu_config_space_init(VfgVgpuConfigSpace *config, const VfgVgpuFunction *function,
                                gboolean multifunction);

/* Copies `count` bytes at `offset`; both are within the config space, as the caller has checked. */
void vfg_vgpu_config_space_read(const VfgVgpuConfigSpace *config, guint offset, guint8 *data,
                                guint count);

/* Writes what is writable of them. TRUE if that asks for a function level reset, which is the
 * caller's to do. */
gboolean vfg_vgpu_config_space_write(VfgVgpuConfigSpace *config, guint offset, const guint8 *data,
                                     guint count) G_GNUC_WARN_UNUSED_RESULT;

/* Back to the values at the start. */
void vfg_vgpu_config_space_reset(VfgVgpuConfigSpace *config);
