/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tests that try every point of something, or a great many. */

#pragma once

#include <glib.h>

/* How many points are passed over from one that is tried to the next: 1 unless the run says
 * that it is slow (tests/under-valgrind) or that it follows one that tried all (tests/run-all). */
static inline guint
test_stride(void)
{
    const char *text = g_getenv("VFIOGPU_TEST_STRIDE");
    return text ? (guint)MAX(1, g_ascii_strtoll(text, NULL, 10)) : 1;
}
