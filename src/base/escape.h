/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Escaping of text that comes from a guest, a log or a file somebody sent, before it reaches a
 * terminal. */

#pragma once

#include <glib.h>

/* A printable copy of `len` bytes (-1: up to the NUL): control characters, bytes that are not
 * UTF-8, and the characters that reorder a line (bidirectional controls, zero-width ones; Unicode
 * TR36, section 2) become \xNN or \uNNNN. At most `max` bytes of input are shown, then "…". The
 * caller frees it. */
char *vfg_escape_text(const char *text, gssize len, gsize max);
