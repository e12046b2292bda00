/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds many literals at once in large texts. All literals have some length W at least, so wherever
 * one is, some block of four bytes at every (W - 3)th place of the text is a block of its first W
 * bytes. Only those places are looked at, each by itself, in a small table of bits; nothing waits
 * for the place before, as it does where the last block decides how far to go on (Wu and Manber).
 * docs/DEPENDENCIES.md says what it was compared with. */

#pragma once

#include <glib.h>

typedef struct VfgLiterals VfgLiterals;

#define VFG_LITERAL_MIN 8

/* Of an array of char *; each at least VFG_LITERAL_MIN bytes (shorter ones are never found). The
 * shortest one sets how far the places are apart. */
VfgLiterals *vfg_literals_new(const GPtrArray *texts);
void vfg_literals_free(VfgLiterals *literals);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgLiterals, vfg_literals_free)

/* Where the first literal at or behind `from` starts; `len` where there is none. */
gsize vfg_literals_next(const VfgLiterals *literals, const char *text, gsize len, gsize from);

/* Calls `func` with the index of each literal that the text has, once for each place. */
void vfg_literals_each(const VfgLiterals *literals, const char *text, gsize len,
                       void (*func)(guint index, gpointer data), gpointer data);
