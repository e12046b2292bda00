/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fingerprints of OpenPGP keys, so that a downloaded key can be compared with the one that a recipe
 * pins before anything trusts it; a fresh guest has no gpg. */

#pragma once

#include <glib.h>

/* The fingerprints (upper-case hexadecimal, a NULL-terminated array) of all primary keys in a key
 * file, armored or binary (RFC 4880: 4.2 packet headers, 6.2 armor, 12.2 fingerprints of version
 * 4). A file that is not wholly understood is an error, since what was skipped could be a key. */
char **vfg_openpgp_fingerprints(const char *bytes, gsize len,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether every primary key of the file has one of the pinned fingerprints; `shown` names the file
 * in the error, which is VFG_ERROR_REFUSED and names the fingerprint that was found. */
gboolean vfg_openpgp_check(const char *bytes, gsize len, const char *const *pinned,
                           const char *shown, GError **error) G_GNUC_WARN_UNUSED_RESULT;
