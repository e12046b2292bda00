/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Lines of a file, each with a checksum of its own, "SUM TEXT": the sum finds a line that was torn
 * by a power cut or damaged on the disk. It is no protection against forgers. */

#pragma once

#include <glib.h>

/* The line of `text`, which has no newline in it, with its newline. The caller frees it. */
char *vfg_line_sum_make(const char *text);

/* The text of a line without its newline, within `line`; NULL: the line is not whole. */
const char *vfg_line_sum_check(const char *line) G_GNUC_WARN_UNUSED_RESULT;
