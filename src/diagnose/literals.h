/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds many literals at once in large texts: Wu and Manber, "A fast algorithm for multi-pattern
 * searching" (University of Arizona, TR 94-17), with blocks of three bytes. docs/DEPENDENCIES.md
 * says what it was compared with. */

#pragma once

#include <glib.h>

typedef struct VfgLiterals VfgLiterals;

/* Of an array of char *; each at least 4 bytes, the shortest one sets how far a step goes. */
VfgLiterals *vfg_literals_new(const GPtrArray *texts);
void vfg_literals_free(VfgLiterals *literals);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgLiterals, vfg_literals_free)

/* Where the first literal at or behind `from` starts; `len` where there is none. */
gsize vfg_literals_next(const VfgLiterals *literals, const char *text, gsize len, gsize from);

/* Calls `func` with the index of each literal that the text has, once for each place. */
void vfg_literals_each(const VfgLiterals *literals, const char *text, gsize len,
                       void (*func)(guint index, gpointer data), gpointer data);
