/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Mounts and swap areas, from the kernel's text. */

#pragma once

#include <glib.h>

/* One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), with its octal escapes decoded. */
typedef struct {
    int id;
    guint major, minor; /* of the filesystem; major 0: an anonymous one, no block device */
    char *root;         /* what of the filesystem is mounted: "/", "/@home" */
    char *point;        /* where */
    char *type;         /* "ext4" */
    char *source;       /* "/dev/sda1", "rpool/ROOT", "none" */
} VfgMount;

/* One line of /proc/swaps. */
typedef struct {
    char *path; /* of the partition or file */
    gboolean is_file;
} VfgSwap;

void vfg_mount_free(VfgMount *mount);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgMount, vfg_mount_free)
void vfg_swap_free(VfgSwap *swap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSwap, vfg_swap_free)

/* The mounts of a mountinfo file, in its order, as VfgMount; a line that is none is left out. The
 * caller owns the array, and it its members. */
GPtrArray *vfg_mounts_parse(const char *text) G_GNUC_WARN_UNUSED_RESULT;

/* The areas of /proc/swaps, as VfgSwap; the heading and lines that are none are left out. */
GPtrArray *vfg_swaps_parse(const char *text) G_GNUC_WARN_UNUSED_RESULT;

/* The mount that a file at an absolute path lies in: the last of those with the longest mount point
 * above it (a later mount hides an earlier one), or NULL. It belongs to `mounts`. */
const VfgMount *vfg_mounts_find_holding(GPtrArray *mounts, const char *path);

/* Whether a path is `folder` or lies below it; both absolute. */
gboolean vfg_path_is_below(const char *path, const char *folder);

/* A copy in which \ooo, three octal digits, became the byte it stands for (the kernel's
 * mangle_path() and seq_escape()); \000 and what is no escape stay as they are. */
char *vfg_octal_unescape(const char *text, gsize len) G_GNUC_WARN_UNUSED_RESULT;
