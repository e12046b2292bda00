/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Steps of provisioning, as data: what is looked at, what is done, how it is verified. A plan of
 * them is what the dry run prints and what the engine carries out. */

#pragma once

#include <glib.h>

typedef enum {
    VFG_ACT_RUN,      /* a program */
    VFG_ACT_PACKAGES, /* a package manager that installs, refreshes or repairs: with lock and disk
                       */
    VFG_ACT_LOAD,  /* a program that loads a module: whether that was well the test behind it says,
                    * which knows more of a failure than the program */
    VFG_ACT_WRITE, /* a file of our own */
    VFG_ACT_KEY,   /* a key, downloaded or copied, kept only if its fingerprint is pinned */
    VFG_ACT_REBOOT,
} VfgActKind;

typedef struct {
    VfgActKind kind;
    char **argv;         /* RUN, PACKAGES, LOAD; KEY: the download to `path` */
    char *path;          /* WRITE, KEY: the file that comes of it */
    char *text;          /* WRITE: its contents */
    char *from;          /* KEY: a file to copy instead of a download, or NULL */
    char **fingerprints; /* KEY: those that are allowed; NULL: any (the administrator's own file) */
} VfgAct;

typedef enum {
    VFG_TEST_NONE,      /* nothing to look at */
    VFG_TEST_FILES,     /* the files of the step's acts are there as they should be */
    VFG_TEST_PACKAGES,  /* the packages `args` are installed */
    VFG_TEST_PROGRAM,   /* the program `args` ends with status 0 */
    VFG_TEST_OUTPUT,    /* the program args[1…] ends with status 0 and says args[0] */
    VFG_TEST_LIBRARIES, /* the linker's cache has the libraries `args`, "libcuda.so" in any version
                         */
    VFG_TEST_CONTAINS,  /* the file args[0] has the text args[1] */
    VFG_TEST_DRIVER,    /* the GPU's driver is bound and the GPU starts */
    VFG_TEST_RUNNING, /* nothing asks for a reboot: no driver in the way, kernel arguments `args` */
    VFG_TEST_CLEAN,   /* no other installation of a driver is in the way */
} VfgTestKind;

typedef struct {
    VfgTestKind kind;
    char **args;
} VfgTest;

typedef struct {
    char *id;        /* "drivers" */
    char *title;     /* "the driver: cuda-drivers" */
    VfgTest check;   /* already done? */
    gboolean record; /* the check counts only where the state says that the step was done: its acts
                      * leave behind more than the check sees */
    GPtrArray *acts; /* VfgAct */
    VfgTest verify;  /* really done? */
    guint deadline;  /* of all its acts together, in seconds, waiting for locks and network apart */
    gboolean network; /* it needs the network: retried with growing pauses */
} VfgProvisionStep;

typedef struct {
    char *profile;
    char *system;     /* "Debian GNU/Linux 12 (bookworm)" */
    char *recipe;     /* its id */
    char *slug;       /* of NVIDIA's repository, or NULL */
    char *url;        /* of the repository that the driver comes from, or NULL */
    char *manager;    /* "apt" */
    char *enrol;      /* what to do where Secure Boot refuses the driver's module */
    GPtrArray *notes; /* char *: what somebody who reads the plan should know */
    GPtrArray *steps; /* VfgProvisionStep */
} VfgProvisionPlan;

void vfg_act_free(VfgAct *act);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgAct, vfg_act_free)

void vfg_provision_step_free(VfgProvisionStep *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProvisionStep, vfg_provision_step_free)

VfgProvisionPlan *vfg_provision_plan_new(const char *profile);
void vfg_provision_plan_free(VfgProvisionPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProvisionPlan, vfg_provision_plan_free)

/* Adds an empty step to the plan, which keeps it. */
VfgProvisionStep *vfg_provision_plan_add(VfgProvisionPlan *plan, const char *id, char *title,
                                         guint deadline);

/* Adds a remark; takes it. */
void vfg_provision_plan_note(VfgProvisionPlan *plan, char *note);

/* Add an act to a step. `argv` is copied. */
void vfg_provision_step_run(VfgProvisionStep *step, VfgActKind kind, const char *const *argv);
void vfg_provision_step_write(VfgProvisionStep *step, const char *path, const char *text);

/* A key: with `from` copied from that file, else downloaded by `argv` to `path`. */
void vfg_provision_step_key(VfgProvisionStep *step, const char *path, const char *from,
                            const char *const *argv, const char *const *fingerprints);

/* Sets a test; the arguments are copied. */
void vfg_test_set(VfgTest *test, VfgTestKind kind, const char *const *args);
