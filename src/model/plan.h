/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A plan: the steps that a verb would take, as data. `plan` prints it, exec runs it, tests compare
 * it. Each step says what it acts on, the state it expects before (its precondition) and the state
 * it makes (what is verified after); its inverse is the same step the other way round. */

#pragma once

#include <glib.h>
#include <jansson.h>

typedef enum {
    VFG_STEP_LOAD_MODULE,     /* subject: a kernel module; "missing" → "loaded" */
    VFG_STEP_SET_OVERRIDE,    /* subject: a PCI function; driver_override, NULL: none */
    VFG_STEP_UNBIND,          /* subject: a PCI function; from its driver to none */
    VFG_STEP_BIND,            /* subject: a PCI function; from no driver to one */
    VFG_STEP_SET_CONSOLE,     /* subject: a PCI function; from the driver of virtual terminals that
                                 shows     them on it ("vtcon1") to none, or back */
    VFG_STEP_SET_FRAMEBUFFER, /* subject: a PCI function; from the firmware's framebuffer on it that
                                 a driver has ("efi-framebuffer.0") to none, or back */
    VFG_STEP_CREATE_DISK,     /* subject: a file; from a base image */
    VFG_STEP_DEFINE,          /* subject: a VM: its libvirt domain is defined */
    VFG_STEP_BOOT,            /* subject: a VM: "shut off" → "running" */
    VFG_STEP_WAIT_BOOT,       /* subject: a VM: its firmware loads a system from a disk */
    VFG_STEP_WAIT_AGENT,      /* subject: a VM: the agent in it says hello */
    VFG_STEP_SHUT_DOWN,       /* subject: a VM: asked to power off, "running" → "shut off" */
    VFG_STEP_POWER_OFF,       /* subject: a VM: the plug is pulled, "running" → "shut off" */
    VFG_STEP_UNDEFINE,        /* subject: a VM: its libvirt domain is as it was before the start */
    VFG_STEP_REMOVE_DISK,     /* subject: a file that the start made, if nobody wrote to it */
    VFG_STEP_WRITE_FILE, /* subject: a file below /etc; from one text to another, NULL: no file */
    VFG_STEP_MAKE_INITRAMFS, /* subject: the program that does it; to: the GPU that it is for */
} VfgStepKind;

/* How far `start` goes. */
typedef enum {
    VFG_WAIT_NONE,  /* return once the VM runs */
    VFG_WAIT_BOOT,  /* until its firmware loads a system */
    VFG_WAIT_AGENT, /* until the agent says hello */
} VfgWait;

typedef struct {
    VfgStepKind kind;
    char *subject;
    char *from; /* state before; NULL: none, or it does not matter */
    char *to;   /* state after; NULL: none */
} VfgStep;

typedef struct {
    char *verb;       /* "bind", "unbind", "start", "stop" */
    char *subject;    /* a GPU's address or a VM's name */
    GPtrArray *steps; /* of VfgStep */
    GPtrArray *notes; /* of char *: what one should know before */
} VfgPlan;

VfgPlan *vfg_plan_new(const char *verb, const char *subject);
void vfg_plan_free(VfgPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgPlan, vfg_plan_free)

/* Appends a step; strings are copied. */
void vfg_plan_add(VfgPlan *plan, VfgStepKind kind, const char *subject, const char *from,
                  const char *to);

/* Moves all steps and notes of `tail` to the end of `plan`, and frees `tail`. */
void vfg_plan_append(VfgPlan *plan, VfgPlan *tail);

VfgStep *vfg_step_new(VfgStepKind kind, const char *subject, const char *from, const char *to);
void vfg_step_free(VfgStep *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgStep, vfg_step_free)

/* The step that undoes `step`, or NULL where nothing is to undo. */
VfgStep *vfg_step_inverse(const VfgStep *step);

/* Whether the step acts on the host's PCI functions or kernel (else on libvirt or a file). */
gboolean vfg_step_is_sysfs(const VfgStep *step);

/* Stable name of a kind: "set-override". */
const char *vfg_step_kind_name(VfgStepKind kind);

/* One line for people: "unbind 0000:82:00.0 from nvidia". The caller frees it. */
char *vfg_step_describe(const VfgStep *step);

/* The plan as `plan --json` shows it (docs/JSON.md); a new reference. */
json_t *vfg_plan_to_json(const VfgPlan *plan);
