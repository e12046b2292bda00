/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The record of a VM's start: what libvirt had of the VM before, and the files that the start made.
 * It exists from before the first change until the start is over or undone, so that one that was
 * cut off can be undone by somebody else. A record is a file in the state directory, its lines are
 * those of a journal. */

#pragma once

#include <glib.h>

/* A disk that the start made from a base image. */
typedef struct {
    char *path;
    gboolean whole;    /* it was finished; else only PATH.part may be there */
    char *fingerprint; /* of the finished file, NULL before */
} VfgMadeDisk;

/* What a record says when it is read again. */
typedef struct {
    char *vm;
    gboolean begun;        /* else it was cut off at its start, before anything was done */
    char *boot_id;         /* of the host's boot */
    char *definition;      /* of the domain before, as libvirt gave it; NULL: there was none */
    gboolean booting;      /* the domain was about to be booted, or was */
    gboolean nvram_is_new; /* it had no NVRAM file before that */
    GPtrArray *disks;      /* of VfgMadeDisk */
} VfgStartState;

void vfg_start_state_free(VfgStartState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgStartState, vfg_start_state_free)

/* Begins the record of a VM; an existing one is VFG_ERROR_RECOVER. On disk when it returns. */
gboolean vfg_start_record_begin(const char *state_dir, const char *vm, const char *boot_id,
                                const char *definition, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Add to it, on disk when they return: a disk is about to be made at an absolute path; it was made;
 * the domain is about to be booted. */
gboolean vfg_start_record_making(const char *state_dir, const char *vm, const char *disk,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_start_record_made(const char *state_dir, const char *vm, const char *disk,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_start_record_booting(const char *state_dir, const char *vm, gboolean nvram_is_new,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes it; an absent one is fine. */
gboolean vfg_start_record_remove(const char *state_dir, const char *vm,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *ret is NULL where the VM has none. A torn end is passed over: what it would have said was not
 * done yet. */
gboolean vfg_start_record_read(const char *state_dir, const char *vm, VfgStartState **ret,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The VMs that have a record, sorted; empty where the state directory does not exist. */
GPtrArray *vfg_start_record_list(const char *state_dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes a disk that the start made, unless somebody wrote to it since: *kept says so. */
gboolean vfg_made_disk_remove(const VfgMadeDisk *disk, gboolean *kept,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
