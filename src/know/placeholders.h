/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Placeholders in the texts of data files. */

#pragma once

#include <glib.h>

/* A copy of `text` with each {name} that `values` (name → text; NULL: none) knows replaced; others
 * stay as they are, and what is filled in is not looked at again. The caller frees it. */
char *vfg_placeholders_fill(const char *text, GHashTable *values);
