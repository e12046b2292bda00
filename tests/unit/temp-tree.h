/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A directory tree of a test, in a temporary directory: a snapshot, a state directory, a fake
 * kernel. What can't be made ends the test. */

#pragma once

#include <glib.h>

typedef struct {
    char *top; /* absolute path of the directory */
} TempTree;

TempTree *temp_tree_new(void);

/* Removes the tree with all that is in it. */
void temp_tree_free(TempTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TempTree, temp_tree_free)

/* The full path of something in the tree; the caller frees it. */
char *temp_tree_path(const TempTree *tree, const char *path);

/* Make a file or a link, with the directories above it; one that is there is replaced. */
void temp_tree_put(const TempTree *tree, const char *path, const char *text);
void temp_tree_put_bytes(const TempTree *tree, const char *path, const char *bytes, gsize len);
void temp_tree_link(const TempTree *tree, const char *path, const char *target);
void temp_tree_make_dir(const TempTree *tree, const char *path);

/* Removes a file, a link or a directory with all that is in it. */
void temp_tree_remove(const TempTree *tree, const char *path);

/* The text of a file, which must be there; the caller frees it. */
char *temp_tree_get(const TempTree *tree, const char *path);

/* Whether there is something, be it a link that dangles. */
gboolean temp_tree_has(const TempTree *tree, const char *path);
