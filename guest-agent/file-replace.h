/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files below a root that links do not lead out of, replaced with one rename. */

#pragma once

#include <glib.h>

/* The directory descriptor of the folder that the file at `path` is in, its links followed inside
 * `root`, and the file's name there in *name (the caller frees it). -1 with the error set where the
 * folder is not there. */
int vfg_file_find(int root, const char *path, char **name,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes the folders of `path` below `root`, mode 0755, and gives the last one's descriptor; links
 * do not lead out. */
int vfg_file_make_folders(int root, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Puts `bytes` in the place of the file `name` of `folder`: written beside it, synced, renamed over
 * it, the folder synced. A file that was there gives mode, owner and extended attributes. `shown`
 * names it in errors. */
gboolean vfg_file_replace(int folder, const char *name, GBytes *bytes, const char *shown,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
