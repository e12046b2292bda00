/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root: a directory descriptor of / or of a snapshot, and the only door to /sys, /proc and
 * /dev. Inside a snapshot no link leads out (openat2(2), RESOLVE_IN_ROOT). Paths are absolute as on
 * the host: "/sys/bus/pci/devices". */

#pragma once

#include "tree.h"

typedef struct VfgRoot VfgRoot;

/* Opens `path`; "/" is the live host, anything else a snapshot that is only read. */
VfgRoot *vfg_root_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a write through a root does in place of write(2): the kernel's side of a sysfs attribute,
 * played by a test. */
typedef gboolean (*VfgRootWriteFunc)(const char *path, const char *text, gpointer data,
                                     GError **error);

/* Opens a directory tree that stands for a live host, so that writes are allowed: the tests' fake
 * kernel. `func` may be NULL: then files are just written. */
VfgRoot *vfg_root_new_fake(const char *path, VfgRootWriteFunc func, gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The root of a snapshot that was read into memory; it takes the tree. `shown` names it in
 * messages.
 */
VfgRoot *vfg_root_new_tree(VfgTree *tree, const char *shown) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
    VFG_ROOT_LOOKED,    /* whether it is there, links followed */
    VFG_ROOT_LOOKED_AT, /* what it is or where its link leads, a link at the end not followed */
    VFG_ROOT_READ,
    VFG_ROOT_LISTED,
} VfgRootDeed;

/* One look-up and what came of it. Nothing of it outlives the call. */
typedef struct {
    VfgRootDeed deed;
    const char *path;       /* from the top root: "/sys/bus/pci/devices/0000:01:00.0/vendor" */
    const char *bytes;      /* of a file that was read */
    gsize len;              /* of the bytes */
    const GPtrArray *names; /* of a directory that was listed */
    const GError *error;    /* why a file was not read or a directory not listed */
} VfgRootSight;

typedef void (*VfgRootSeenFunc)(const VfgRootSight *sight, gpointer data);

/* The same place again, as a root that tells `func` of every look-up through it or through roots
 * entered from it: what a snapshot is made of (src/snapshot). */
VfgRoot *vfg_root_new_recording(VfgRoot *root, VfgRootSeenFunc func, gpointer data,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

void vfg_root_free(VfgRoot *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgRoot, vfg_root_free)

/* The directory's descriptor, which belongs to the root; -1 where it is a tree in memory. */
int vfg_root_fd(const VfgRoot *root);

/* Whether look-ups are recorded (vfg_root_new_recording). */
gboolean vfg_root_is_recording(const VfgRoot *root);

/* Whether changes may be made through this root. */
gboolean vfg_root_is_writable(const VfgRoot *root);

/* The root of a directory below this one, for reading many files of one device with short look-ups.
 * A path may leave that directory, as on the host; the root that was entered must outlive it. */
VfgRoot *vfg_root_enter(VfgRoot *root, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A whole file, at most `max` bytes, NUL-terminated beyond *len (`len` may be NULL). The caller
 * frees it. */
char *vfg_root_read(VfgRoot *root, const char *path, gsize max, gsize *len,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A small file (up to 4 KiB) without the blanks around it. */
char *vfg_root_read_text(VfgRoot *root, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A small file that holds a number in `base`, as vfg_parse_uint. */
gboolean vfg_root_read_uint(VfgRoot *root, const char *path, guint base, guint64 max, guint64 *ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The last component of what the link at `path` points to (a device's driver or IOMMU group), or
 * NULL where there is no such link or it can't be read. */
char *vfg_root_link_name(VfgRoot *root, const char *path);

typedef enum {
    VFG_ROOT_NOTHING,
    VFG_ROOT_FILE,
    VFG_ROOT_FOLDER,
    VFG_ROOT_LINK,
    VFG_ROOT_OTHER, /* a device, a socket, a pipe */
} VfgRootKind;

/* What is at `path`, a link not followed. Where `target` is not NULL, a link's target is put there,
 * else NULL; the caller frees it. */
VfgRootKind vfg_root_look(VfgRoot *root, const char *path, char **target);

/* The names in a directory, sorted, without "." and "..". The array owns them. */
GPtrArray *vfg_root_list(VfgRoot *root, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether something is there; a link that dangles counts as not there. */
gboolean vfg_root_exists(VfgRoot *root, const char *path);

/* Whether a device file that can be open only once is open now: opening it fails with EBUSY. */
gboolean vfg_root_is_busy(VfgRoot *root, const char *path);

/* Writes a sysfs attribute with one write(2). Refused on a snapshot. */
gboolean vfg_root_write(VfgRoot *root, const char *path, const char *text,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
