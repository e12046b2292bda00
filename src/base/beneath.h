/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Opening files inside a directory tree that links must not lead out of: the tree is taken for the
 * whole file system, as openat2(2) does with RESOLVE_IN_ROOT. */

#pragma once

#include <glib.h>

/* Opens `path` with the flags of openat(2) below the directory `root`; absolute links and ".." stay
 * inside. Gives the descriptor, or -1 with errno. Without openat2 (kernels before 5.6, some
 * sandboxes) the path is walked link by link. */
int vfg_beneath_open(int root, const char *path, int flags);

/* The walk itself, for its tests. */
int vfg_beneath_walk(int root, const char *path, int flags);
