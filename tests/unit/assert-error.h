/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Asserting what an error says. */

#pragma once

#include "error.h"

#include <string.h>

/* The error is about the data file `file`, which its message begins with, and has `part` in it. */
static inline void
assert_file_error(const GError *error, const char *file, const char *part)
{
    g_autofree char *head = g_strconcat(file, ": ", NULL);
    g_assert_true(g_str_has_prefix(error->message, head));
    if (!strstr(error->message, part))
        g_error("'%s' does not say '%s'", error->message, part);
}

/* The error is of VFG_ERROR with this code, and its message has `part` in it. */
static inline void
assert_error(const GError *error, VfgErrorCode code, const char *part)
{
    g_assert_error(error, VFG_ERROR, (int)code);
    if (!strstr(error->message, part))
        g_error("'%s' does not say '%s'", error->message, part);
}

/* Its fix has `part` in it. */
static inline void
assert_fix(const GError *error, const char *part)
{
    const char *fix = vfg_error_get_fix(error);
    g_assert_nonnull(fix);
    if (!strstr(fix, part))
        g_error("the fix '%s' does not say '%s'", fix, part);
}

/* A call that is to succeed, and otherwise says why it did not. */
#define assert_succeeds(call, error) \
    do {                             \
        gboolean done_ = (call);     \
        g_assert_no_error(error);    \
        g_assert_true(done_);        \
    } while (0)
