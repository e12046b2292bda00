/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Strict parsing of numbers: the whole text is a number in range, or it is an error that quotes the
 * text. */

#pragma once

#include <glib.h>

/* An unsigned number in `base` (10 or 16, the latter with or without 0x), at most `max`. No sign,
 * no blanks. */
gboolean vfg_parse_uint(const char *text, guint base, guint64 max, guint64 *ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A size in bytes with an optional unit: 4096, 512MiB, 64 GiB, 1T. KiB, MiB, GiB, TiB and K, M, G,
 * T are powers of 1024; KB, MB, GB, TB powers of 1000 (libvirt's rule,
 * https://libvirt.org/formatdomain.html, "memory"). */
gboolean vfg_parse_size(const char *text, guint64 *ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the hexadecimal digits at *at, from `min` to `max` (at most 16) of them, that `end`
 * follows, and moves *at behind that; an `end` of 0 is the end of the text. For fields of a fixed
 * form: of an address, of a line of sysfs. No 0x, no blanks. FALSE leaves all as it was. */
gboolean vfg_parse_take_hex(const char **at, guint min, guint max, char end,
                            guint64 *ret) G_GNUC_WARN_UNUSED_RESULT;
