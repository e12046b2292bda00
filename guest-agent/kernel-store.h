/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Changing a boot loader's file for good and for its way back: the file is replaced at once, what
 * it was is kept, and each change is remembered, so that it can be taken back exactly. All of it
 * below a root that links do not lead out of. */

#pragma once

#include <glib.h>

/* Where backups and records are, below the root. */
#define VFG_KERNEL_STORE "/var/lib/vfiogpu-agent/kernel-args"

typedef struct VfgKernelStore VfgKernelStore;

/* Opens the tree at `root` ("/": this system) and reads the records of earlier changes. Records
 * that can't be read are an error: without them nothing can be taken back. */
VfgKernelStore *vfg_kernel_store_new(const char *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_kernel_store_free(VfgKernelStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKernelStore, vfg_kernel_store_free)

/* The bytes of a file below the root, at most 256 KiB; VFG_ERROR_NOT_FOUND where there is none. */
GBytes *vfg_kernel_store_read(VfgKernelStore *store, const char *path,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Remembers that adding `arg` makes `after` of the file's `before` (the same where it was there).
 * An earlier record of the same change stands. Nothing is written yet. */
void vfg_kernel_store_remember(VfgKernelStore *store, const char *path, const char *arg,
                               GBytes *before, GBytes *after);

/* Takes `arg` out of `now` as it was put in: the lines that were changed get their old text, if
 * they are still as they were left. Gives `now` with a reference more where the argument had been
 * there before it was added, and NULL where nothing is remembered or the lines have changed since.
 */
GBytes *vfg_kernel_store_undo(VfgKernelStore *store, const char *path, const char *arg,
                              GBytes *now);

/* Forgets a change that was taken back. */
void vfg_kernel_store_forget(VfgKernelStore *store, const char *path, const char *arg);

/* Writes the records, synced. Before a file is changed. */
gboolean vfg_kernel_store_save(VfgKernelStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether commands that bring a change to the boot loader did not come to their end. */
gboolean vfg_kernel_store_owes(VfgKernelStore *store);

/* Remembers so, synced, before a file is changed for which some must run; or that they have run. */
gboolean vfg_kernel_store_owe(VfgKernelStore *store, gboolean owes,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Keeps a copy of the file as it is (NAME.orig, made once and then left) and puts `bytes` in its
 * place with one rename: mode, owner and extended attributes stay where the file system has them.
 * The file and its directory are synced. */
gboolean vfg_kernel_store_replace(VfgKernelStore *store, const char *path, GBytes *bytes,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
