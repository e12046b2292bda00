/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The error domain of vfiogpu. An error says what failed and why, and may carry a fix: one sentence
 * that tells the user what would help. The code decides the exit status of the command
 * (docs/EXIT-STATUS in README.md). */

#pragma once

#include <glib.h>

#define VFG_ERROR (vfg_error_quark())

typedef enum {
    VFG_ERROR_FAILED,      /* anything without a better code: exit status 1 */
    VFG_ERROR_USAGE,       /* wrong command line: 2 */
    VFG_ERROR_PARSE,       /* bad text in a file, a selector or a message: 1 */
    VFG_ERROR_NOT_FOUND,   /* no such VM, GPU, file: 1 */
    VFG_ERROR_AMBIGUOUS,   /* a selector names several GPUs: 1 */
    VFG_ERROR_REFUSED,     /* it would hurt the host: 4 */
    VFG_ERROR_RECOVER,     /* an earlier crash must be settled first: 5 */
    VFG_ERROR_TIMEOUT,     /* a deadline passed: 6 */
    VFG_ERROR_INTERRUPTED, /* a signal ended it, and what was done was undone: 130 */
} VfgErrorCode;

GQuark vfg_error_quark(void);

/* Sets *error in the domain VFG_ERROR. `fix` may be NULL; it is copied. Does nothing where `error`
 * is NULL. */
void vfg_error_set(GError **error, VfgErrorCode code, const char *fix, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Like vfg_error_set, from errno: "<what>: <strerror(errnum)>". ENOENT gives VFG_ERROR_NOT_FOUND,
 * all else VFG_ERROR_FAILED. */
void vfg_error_set_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The fix of an error of domain VFG_ERROR, or NULL. Owned by the error. */
const char *vfg_error_get_fix(const GError *error);

/* Replaces the fix of an error of domain VFG_ERROR; other domains are left alone. */
void vfg_error_set_fix(GError *error, const char *fix);
