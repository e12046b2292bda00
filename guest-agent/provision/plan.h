/* SPDX-License-Identifier: GPL-2.0-or-later */

/* From a system, its recipe and a profile to the steps of provisioning. Decides everything and does
 * nothing: the dry run prints what it gives, the engine carries it out. */

#pragma once

#include "gpu-generation.h"
#include "recipe.h"
#include "step.h"
#include "system.h"

/* What the user or the host asks for. NULL, 0 and FALSE are the defaults. */
typedef struct {
    char *profile; /* cuda, container, apptainer, rocm, linuxulator, linux-jail, none */
    char *source;  /* "nvidia" (the default), "distribution" */
    char *mirror;  /* in place of NVIDIA's repositories: a URL; {slug} and {arch} are filled in,
                    * without them /SLUG/ARCH/ is appended */
    char *key;     /* the mirror's key: a file of this system, trusted as it is */
    char **fingerprints;     /* instead of the recipe's */
    char *container_mirror;  /* in place of the NVIDIA Container Toolkit's repository */
    char *container_version; /* "1.17.8-1" */
    char *modules;           /* "open", "proprietary" */
    char *runtime;           /* docker, containerd, cdi; NULL: what is there */
    char *engine;            /* install this one first: docker, containerd */
    char *user;              /* gets into the groups render and video (rocm) */
    char **kernel_args;      /* "pci=realloc" */
    char **kernel_args_auto; /* only where a BAR of a GPU has no address */
    char *without_gpu;       /* the reason to go on without a driver that works */
    gboolean assume_gpu;     /* a plan for another machine: no GPU is no error */
} VfgProvisionRequest;

void vfg_provision_request_free(VfgProvisionRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProvisionRequest, vfg_provision_request_free)

/* What the plan is made of besides the request. */
typedef struct {
    const VfgSystem *system;
    const VfgRecipe *recipe;
    const VfgGpuGenerations *generations;
    VfgRoot *root; /* whether a container runtime is there */
} VfgProvisionFacts;

/* The plan, or NULL: VFG_ERROR_USAGE for a request that makes no sense, VFG_ERROR_REFUSED with the
 * reason where this system or this card can't have the profile. */
VfgProvisionPlan *vfg_provision_plan_make(const VfgProvisionRequest *request,
                                          const VfgProvisionFacts *facts,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
