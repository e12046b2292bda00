/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finding what leaks over many rounds: file descriptors and memory. */

#pragma once

#include "stride.h"

#include <glib.h>

/* How many descriptors this process has open, give or take a constant: to be compared. */
static inline guint
count_fds(void)
{
    guint n = 0;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (g_dir_read_name(dir))
        n++;
    return n;
}

typedef struct {
    guint fds;
    guint64 pages; /* resident ones */
} Growth;

/* What there is now; best taken after some rounds, when all that is made once has been. */
static inline Growth
growth_begin(void)
{
    Growth growth = {.fds = count_fds()};
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    growth.pages = g_ascii_strtoull(words[1], NULL, 10);
    return growth;
}

/* No descriptor more, and after `rounds` fewer pages more than one in every second round. */
static inline void
growth_assert_none(Growth before, guint rounds)
{
    Growth now = growth_begin();
    g_assert_cmpuint(now.fds, ==, before.fds);
    g_test_message("%" G_GUINT64_FORMAT " pages, then %" G_GUINT64_FORMAT, before.pages, now.pages);
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory back on purpose, as valgrind does */
    if (test_stride() == 1)
        g_assert_cmpuint(now.pages, <=, before.pages + rounds / 2);
#endif
    (void)rounds;
}
