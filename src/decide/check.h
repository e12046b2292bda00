/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks: facts become findings. No I/O; the texts come from the catalogue. */

#pragma once

#include "catalogue.h"
#include "gpu-generation.h"
#include "gpu.h"
#include "sizing.h"
#include "vmdef.h"

typedef struct {
    const VfgHost *host;
    const GPtrArray *gpus; /* of VfgGpu: vfg_gpu_find_all(host) */
    const VfgCatalogue *catalogue;
    const VfgGpuGenerations *generations; /* NULL: nothing is known about any card */
    const GPtrArray *together; /* of const VfgGpu *: handed over at the same time, so that they are
                                  in nobody's way; NULL: none */
} VfgCheck;

/* Facts about a VM that are not the host's: which of its disk files are there. */
typedef struct {
    const char *name;
    const VfgVmdef *vmdef;
    const GPtrArray *missing_disks; /* of char *: neither the file nor its base image exists */
    VfgOvmfRule ovmf_rule;          /* of the firmware that it would get */
    gboolean session; /* libvirt runs as the user, and can't raise that user's limits */
} VfgVmFacts;

/* Each appends to `findings` (of VfgFinding): IOMMU, vfio-pci, emulator, firmware, acceleration,
 * GPUs at all. */
void vfg_check_host(const VfgCheck *check, GPtrArray *findings);

/* What holds for one GPU: whether it lives, its group, the host's screens, who uses it, reset,
 * BARs. Who has it open is only known where vfg_probe_holders was asked. */
void vfg_check_gpu(const VfgCheck *check, const VfgGpu *gpu, GPtrArray *findings);

/* What holds for a VM: its selectors resolve to different GPUs, each as by vfg_check_gpu, and its
 * disks exist. */
void vfg_check_vm(const VfgCheck *check, const VfgVmFacts *vm, GPtrArray *findings);

/* Whether the guest can address its GPUs, as vfg_sizing_compute finds; `gpus` (of const VfgGpu *)
 * are the VM's. Nothing for a VM without. */
void vfg_check_sizing(const VfgCheck *check, const VfgVmFacts *vm, const GPtrArray *gpus,
                      GPtrArray *findings);

/* Whether the host has the memory that a VM pins: in all, by the limit of the user's session, and
 * in huge pages on the node of each of its GPUs (of const VfgGpu *). */
void vfg_check_memory(const VfgCheck *check, const VfgVmFacts *vm, const GPtrArray *gpus,
                      GPtrArray *findings);

/* The processes that have one of the GPU's functions open and do not let go by themselves
 * (vfg_harm_is_patient), for messages: "process 812 (Xorg, user
 * 0) has /dev/dri/card0 open; …", "" for none. The caller frees it. */
char *vfg_check_list_holders(const VfgHost *host, const VfgGpu *gpu);
