/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A directory tree in memory, with links: what a snapshot is read into and what a recording is made
 * of. Paths resolve as in a chroot: absolute links start at the tree's root, ".." stops there. */

#pragma once

#include <glib.h>

typedef enum {
    VFG_TREE_FOLDER,
    VFG_TREE_FILE,
    VFG_TREE_LINK,
} VfgTreeKind;

typedef struct VfgTree VfgTree;

/* A node; the root is a folder without parent or name. */
struct VfgTree {
    VfgTree *parent;
    char *name;
    VfgTreeKind kind;
    gboolean denied;      /* a file whose bytes, a folder whose names are not known: EACCES */
    GHashTable *children; /* of a folder: name to node; NULL while there is none */
    char *bytes;          /* a file's contents or a link's target, NUL-terminated; may be NULL */
    gsize len;
};

/* An empty root. */
VfgTree *vfg_tree_new(void);

/* Frees a node with all that is below it; never one that is still in a folder. */
void vfg_tree_free(VfgTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgTree, vfg_tree_free)

/* Adds a node to a folder and gives it; the name must be free there. */
VfgTree *vfg_tree_add(VfgTree *folder, const char *name, VfgTreeKind kind);

/* Sets the contents of a file or the target of a link; they are copied. */
void vfg_tree_set_bytes(VfgTree *node, const void *bytes, gsize len);

/* Gives a node another name; the name must be free in its folder. */
void vfg_tree_rename(VfgTree *node, const char *name);

/* Takes a node out of its folder and frees it with all that is below it. */
void vfg_tree_remove(VfgTree *node);

/* The node of that name in a folder, links not followed, or NULL. */
VfgTree *vfg_tree_child(const VfgTree *folder, const char *name);

/* The nodes in a folder, by name; the array does not own them. */
GPtrArray *vfg_tree_children(const VfgTree *folder);

/* The node that `path` leads to from the folder `from`, or NULL with an errno in *errnum. A link at
 * the end is followed where `follow` is set. */
VfgTree *vfg_tree_find(VfgTree *from, const char *path, gboolean follow, int *errnum);

/* The path of a node from the root, "/sys/bus"; the caller frees it. */
char *vfg_tree_path(const VfgTree *node);

/* The root above a node. */
VfgTree *vfg_tree_root(VfgTree *node);
