/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Generations of GPUs by device id, and what follows from them: which kernel modules drive a card,
 * the last driver branch and CUDA that do, how much memory it reaches. Made from the bytes of
 * data/gpus.d (*.ini), where each entry names its sources (docs/DATA.md has the format). */

#pragma once

#include <glib.h>

typedef enum {
    VFG_GPU_MODULES_PROPRIETARY = 1 << 0, /* NVIDIA's closed kernel modules */
    VFG_GPU_MODULES_OPEN = 1 << 1,        /* NVIDIA's open kernel modules */
    VFG_GPU_MODULES_KERNEL = 1 << 2,      /* a module of Linux itself (amdgpu) */
} VfgGpuModules;

typedef enum {
    VFG_GPU_ROCM_NONE,     /* not a card of AMD's, or the current ROCm has no code for it */
    VFG_GPU_ROCM_UNLISTED, /* may work; AMD does not test it */
    VFG_GPU_ROCM_YES,
} VfgGpuRocm;

typedef struct {
    char *id;              /* "nvidia-pascal" */
    char *name;            /* "Pascal" */
    guint16 vendor;        /* PCI vendor id */
    VfgGpuModules modules; /* those that drive it, at least one */
    guint first_branch;    /* of NVIDIA's driver that knows it; 0: any */
    guint last_branch;     /* 0: the current ones support it */
    char *last_cuda;       /* "12.9"; NULL: the current one supports it */
    VfgGpuRocm rocm;
    guint dma_bits; /* of the addresses that it reaches by DMA; 0: not known */
    char *source;
} VfgGpuGeneration;

typedef struct VfgGpuGenerations VfgGpuGenerations;

VfgGpuGenerations *vfg_gpu_generations_new(void);
void vfg_gpu_generations_free(VfgGpuGenerations *generations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgGpuGenerations, vfg_gpu_generations_free)

/* Adds the entries of one file; `file` is its name for messages. An entry of an id that is already
 * there replaces it. On an error nothing of the file is added. */
gboolean vfg_gpu_generations_add(VfgGpuGenerations *generations, const char *file,
                                 const char *bytes, gsize len,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The generation of a device, or NULL: a card newer than the data, or no GPU at all. Where several
 * entries hold the id, the one with the narrowest range counts. Owned by the table. */
const VfgGpuGeneration *vfg_gpu_generations_find(const VfgGpuGenerations *generations,
                                                 guint16 vendor, guint16 device);
