/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Follows the kernel's log of the guest from the boot's first record and puts what the catalogue
 * knows into the spool. It wakes up when the kernel logs something, never by time. */

#pragma once

#include "log.h"
#include "spool.h"

/* Says whether a line is an event, and then sets its id, class, severity, address and code. */
typedef gboolean (*VfgWatchMatchFunc)(const char *line, gsize len, VfgEvent *event, gpointer data);

typedef struct {
    const char *path; /* of the log: /dev/kmsg */
    VfgSpool *spool;
    VfgLog *log;
    VfgWatchMatchFunc match;
    gpointer match_data;
    void (*news)(gpointer data); /* events were added, and are on the disk */
    gpointer news_data;
} VfgWatchConfig;

typedef struct VfgWatch VfgWatch;

/* Watches in the default main context. What `config` points to must outlive it; `config` itself is
 * copied. */
VfgWatch *vfg_watch_new(const VfgWatchConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_watch_free(VfgWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgWatch, vfg_watch_free)
