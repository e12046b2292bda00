/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's own words: plain lines on a stream, few enough that neither a mad host nor a flapping
 * port can fill the guest's log. */

#pragma once

#include <glib.h>
#include <stdio.h>

typedef struct VfgLog VfgLog;

/* Writes to `stream`, which stays the caller's; NULL: says nothing. */
VfgLog *vfg_log_new(FILE *stream);
void vfg_log_free(VfgLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgLog, vfg_log_free)

/* One line, "vfiogpu-agent: …". Twenty lines may come at once, then one every ten seconds; the next
 * line that is let through says how many were left out. */
void vfg_log_say(VfgLog *log, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The same for what the host can bring about at will; it may use up only half of the allowance, so
 * that it never hides the agent's own news. */
void vfg_log_chat(VfgLog *log, const char *format, ...) G_GNUC_PRINTF(2, 3);
