/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A device profile: one slot with its functions, read from a file of
 * tests/lab/virtual-gpu/profiles. README.md beside this file describes the format. */

#pragma once

#include <glib.h>

#define VFG_VGPU_N_BARS 6
#define VFG_VGPU_N_FUNCTIONS 8

typedef enum {
    VFG_VGPU_BAR_NONE, /* also the upper half of a 64-bit one */
    VFG_VGPU_BAR_IO,
    VFG_VGPU_BAR_MEM32,
    VFG_VGPU_BAR_MEM64,
} VfgVgpuBarKind;

typedef struct {
    VfgVgpuBarKind kind;
    gboolean prefetchable;
    guint64 size; /* bytes, a power of two */
} VfgVgpuBar;

/* A 32-bit register's value when the device starts and after a reset. */
typedef struct {
    guint64 offset; /* in BAR0 */
    guint32 value;
} VfgVgpuRegister;

typedef struct {
    guint vectors; /* 0: no MSI-X */
    guint table_bar, pba_bar;
    guint32 table_offset, pba_offset;
} VfgVgpuMsix;

typedef struct {
    gboolean present;
    guint16 vendor, device, subsystem_vendor, subsystem_device;
    guint32 class_code; /* 24 bits: class, subclass, programming interface */
    guint8 revision;
    guint8 interrupt_pin; /* 1 to 4 for A to D, 0 for none */
    VfgVgpuBar bars[VFG_VGPU_N_BARS];
    gboolean has_pm, no_soft_reset;
    guint msi_vectors; /* 0: no MSI */
    VfgVgpuMsix msix;
    gboolean has_pcie, has_flr;
    int resizable_bar; /* index, -1: none */
    guint64 serial_number;
    gboolean has_serial_number;
    GArray *registers; /* VfgVgpuRegister */
} VfgVgpuFunction;

typedef struct {
    char *name;
    VfgVgpuFunction functions[VFG_VGPU_N_FUNCTIONS];
    guint n_functions;
} VfgVgpuProfile;

/* Reads the profile in the file `path`. Every key is checked; an error names file, group, key and
 * what is wanted. */
VfgVgpuProfile *vfg_vgpu_profile_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The function with that number, owned by the profile; NULL and an error if the profile has none.
 */
const VfgVgpuFunction *vfg_vgpu_profile_function(const VfgVgpuProfile *profile, guint number,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

void vfg_vgpu_profile_free(VfgVgpuProfile *profile);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVgpuProfile, vfg_vgpu_profile_free)
