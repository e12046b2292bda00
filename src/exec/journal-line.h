/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The lines of a journal and where its file is. */

#pragma once

#include <glib.h>
#include <stdarg.h>

/* Bytes of a journal; a card's is below 8 KiB. */
#define VFG_JOURNAL_MAX (4 << 20)

/* A whole line with its newline: checksum, kind, then the name–value pairs of `args`, ended by
 * NULL. A pair whose value is NULL is left out. The caller frees it. */
char *vfg_journal_line_make(const char *kind, va_list args);

/* Takes a line (without newline) apart: *kind and a table name → value, both owned by the caller.
 * FALSE where the checksum is wrong or the form is. */
gboolean vfg_journal_line_parse(const char *line, char **kind, GHashTable **pairs);

/* The folder of the journals in a state directory, and the file of one GPU. The caller frees them.
 */
char *vfg_journal_folder(const char *state_dir);
char *vfg_journal_path(const char *state_dir, const char *gpu);
