/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading a data file strictly: groups of known keys, each error with the file's name and the
 * group's. Files are key files as glib reads them (lists end their items with ';', "\s", "\n",
 * "\t", "\\" are escapes). */

#pragma once

#include <glib.h>

/* Takes one group; FALSE with the error set refuses the whole file. */
typedef gboolean (*VfgIniFunc)(GKeyFile *parsed, const char *group, gpointer data, GError **error);

/* Parses `bytes` and calls `func` for each group, in the file's order. `file` is the name for
 * messages; a key that is not in `keys` (NULL-terminated) is an error. */
gboolean vfg_ini_each(const char *file, const char *bytes, gsize len, const char *const *keys,
                      VfgIniFunc func, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The value of a key, or NULL where it is not there or empty; the caller frees it. */
char *vfg_ini_text(GKeyFile *parsed, const char *group, const char *key);

/* The value of a key that must be there and not empty; else NULL and the error. */
char *vfg_ini_need(GKeyFile *parsed, const char *group, const char *key,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The items of a list, without blanks around them; empty where the key is not there. The caller
 * frees it. */
char **vfg_ini_list(GKeyFile *parsed, const char *group, const char *key);

/* A number in `base` up to `max`; a key that is not there leaves *ret alone. */
gboolean vfg_ini_uint(GKeyFile *parsed, const char *group, const char *key, guint base, guint64 max,
                      guint64 *ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;
