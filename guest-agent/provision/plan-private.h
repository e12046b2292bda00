/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The parts of the planner: what is shared by the steps of all profiles. */

#pragma once

#include "driver-choice.h"
#include "packager.h"
#include "plan.h"

typedef struct {
    const VfgProvisionRequest *request;
    const VfgProvisionFacts *facts;
    const VfgPackager *packager;
    GHashTable *values; /* of the placeholders in recipes */
    char **kernel_args; /* those that are wanted here */
    VfgDriverChoice driver;
    VfgProvisionPlan *plan;
} VfgPlanning;

/* A repository: where it is and how it is trusted. */
typedef struct {
    const char *name; /* "nvidia": part of our files' names */
    const char *pin;  /* apt: whose packages win, "release l=NVIDIA CUDA"; or NULL */
    const char *url;
    const char *suite; /* apt: "/" for a flat one, or "bookworm main" */
    const char *key_url;
    const char *key_file; /* copied instead of key_url; or NULL */
    char **fingerprints;  /* NULL with key_file */
} VfgRepository;

/* Adds to a step: key and source of a repository. */
void vfg_plan_repository(VfgPlanning *planning, VfgProvisionStep *step,
                         const VfgRepository *repository);

/* A step that sets up `n` repositories and reads their lists. Takes the title. */
void vfg_plan_repositories(VfgPlanning *planning, const char *id, char *title,
                           const VfgRepository *repositories, gsize n);

/* Adds to a step a command given as one text, words separated by blanks. */
void vfg_plan_command(VfgProvisionStep *step, const char *text);

/* A step that installs the packages of each item (an item is one command), titled "WHAT: ITEMS",
 * with `refresh` after reading the repositories' lists; none without items. */
void vfg_plan_packages(VfgPlanning *planning, const char *id, const char *what, char **items,
                       guint minutes, gboolean refresh);

/* A step that only looks. */
void vfg_plan_verification(VfgPlanning *planning, const char *id, const char *title,
                           VfgTestKind kind, const char *const *args);

/* The steps up to a driver that works: conflicts, headers, repository, nouveau, kernel arguments,
 * drivers, reboot, verification. */
gboolean vfg_plan_nvidia_driver(VfgPlanning *planning, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Steps of it that other drivers have as well: the kernel arguments that are wanted, if any; a
 * reboot, where something asks for one; the module is loaded and the GPU starts, or a note why that
 * is not looked at. */
void vfg_plan_kernel_args(VfgPlanning *planning);
void vfg_plan_reboot(VfgPlanning *planning);
void vfg_plan_driver_verification(VfgPlanning *planning, const char *module);

/* The steps of the profiles behind the driver. */
gboolean vfg_plan_toolkit(VfgPlanning *planning, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_plan_container(VfgPlanning *planning, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_plan_apptainer(VfgPlanning *planning, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The whole of the profiles that need no NVIDIA driver of Linux. */
gboolean vfg_plan_rocm(VfgPlanning *planning, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_plan_freebsd(VfgPlanning *planning, gboolean jail,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
