/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Takes a line of a log apart: what dmesg, the journal, syslog, /dev/kmsg or pstore put before the
 * kernel's message. */

#pragma once

#include <glib.h>

typedef struct {
    const char *message; /* in the line: behind stamps, caller ids and the word "kernel:" */
    gsize len;
    const char *time; /* in the line: the first stamp, as it is written; NULL where there is none */
    gsize time_len;
    int level;    /* 0–7, -1 where the line does not say */
    int facility; /* 0 is the kernel's own; what a user wrote to /dev/kmsg is 1 or more; -1 unknown
                   */
} VfgLogLine;

/* Understands "[ 12.345]", "[Fri Feb  7 20:56:16 2025]", "[ +0.001]", "[ 102.0 < 12.5>]", caller
 * ids "[ T123]", "<6>[ 12.3]", "6,123,456,-;", "kern  :warn  : TIME", "TIME HOST kernel: [ 12.3]"
 * with any words for TIME, and lines without anything. Points into the line. */
void vfg_log_line_parse(const char *line, gsize len, VfgLogLine *ret);
