/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads an ini file group by group, with the line numbers that an error names. Backslashes stay as
 * they are (regular expressions), a key may be there several times, a group not. ini.h is for key
 * files, as glib and the seed of a VM write them: there a text has escapes, and two groups of one
 * name are one. */

#pragma once

#include <glib.h>

typedef struct {
    char *key;
    char *value;
    guint line;
} VfgIniPair;

typedef struct {
    char *name;
    guint line;
    GPtrArray *pairs; /* of VfgIniPair, in the order of the file */
} VfgIniGroup;

void vfg_ini_group_free(VfgIniGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgIniGroup, vfg_ini_group_free)

/* The groups of a file: an array of VfgIniGroup, which it owns. Lines are "[group]", "key=value",
 * blank, or comments that start with '#'; a line that starts with a blank goes on with the value
 * before it, joined by one space. The text must be UTF-8. `file` is the name used in errors:
 * "FILE:LINE: what". */
GPtrArray *vfg_ini_groups_parse(const char *file, const char *bytes, gsize len,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
