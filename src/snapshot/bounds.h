/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a snapshot may hold. The bounds are such that a host with 16,384 PCI functions fits, with 64
 * files and links each and 4 KiB of config space; what is beyond them was not made by `capture`. */

#pragma once

#include <glib.h>

#define VFG_SNAPSHOT_ENTRIES_MAX (1u << 20)
#define VFG_SNAPSHOT_FILE_MAX ((gsize)16 << 20)    /* one file */
#define VFG_SNAPSHOT_TOTAL_MAX ((gsize)512 << 20)  /* all files */
#define VFG_SNAPSHOT_STREAM_MAX ((guint64)2 << 30) /* the tar itself, once unpacked */
#define VFG_SNAPSHOT_FREE ((guint64)32 << 20)      /* of the tar, before the ratio is looked at */
#define VFG_SNAPSHOT_RATIO_MAX 200                 /* of the tar to the compressed file */
#define VFG_SNAPSHOT_DEPTH_MAX 64
#define VFG_SNAPSHOT_PATH_MAX 4095
#define VFG_SNAPSHOT_NAME_MAX 255
#define VFG_SNAPSHOT_LINKS_MAX 40

/* The files that are the snapshot's own, at its top. */
#define VFG_SNAPSHOT_MANIFEST "manifest.json"
#define VFG_SNAPSHOT_KERNEL_LOG "kernel.log"
#define VFG_SNAPSHOT_LIBVIRT "libvirt" /* its URI; below, where it did not answer, why */

/* Whether a name may stand in a snapshot: UTF-8 without control characters and slashes, not "." or
 * "..", not too long. */
gboolean vfg_snapshot_name_is_clean(const char *name);

/* The same for what a link leads to; any path is fine, it is only ever followed inside. */
gboolean vfg_snapshot_target_is_clean(const char *target);
