/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finding file descriptors that leak. */

#pragma once

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
