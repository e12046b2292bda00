/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Events on their way to the host, on disk until it has acknowledged them. What was added is there
 * again after the agent was killed, and after vfg_spool_sync also after a power cut; a record torn
 * by one is left out, those before it are not touched.
 *
 * The file is bounded. Where it would grow beyond that, the least severe events go, the newest of
 * them first (the first ones tell the cause), and an event of the agent's own says how many went.
 * Memory holds a few words for each event, not their texts. */

#pragma once

#include "event.h"

#define VFG_SPOOL_LIMIT (4u << 20) /* bytes: some 12,000 events */

typedef struct VfgSpool VfgSpool;

/* Opens the spool in `folder`, which is made where it is missing; `boot_id` is that of the running
 * system. One process has it at a time: VFG_ERROR_FAILED. */
VfgSpool *vfg_spool_open(const char *folder, const char *boot_id, gsize limit,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_spool_free(VfgSpool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSpool, vfg_spool_free)

/* Adds an event of this boot; `sequence`, `boot_id` and `count` are the spool's to set. `record` is
 * the number of the kernel's record that it comes from, counted from 1, 0: none. One that repeats
 * an event before it that was not sent yet only raises that one's count. */
gboolean vfg_spool_add(VfgSpool *spool, const VfgEvent *event, guint64 record,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Has what was added on the disk. */
gboolean vfg_spool_sync(VfgSpool *spool, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The highest number of a kernel's record of this boot that became an event, 0: none. */
guint64 vfg_spool_record(const VfgSpool *spool);

/* The line of the next event to send, to be freed by the caller; NULL: none, or (with the error
 * set) it can't be read and is given up. */
char *vfg_spool_next(VfgSpool *spool, GError **error);

/* Starts again with the first event that is not acknowledged. */
void vfg_spool_rewind(VfgSpool *spool);

/* The host has this event and all before it. FALSE, and nothing happens, where it is not one that
 * was sent since the last vfg_spool_rewind. */
gboolean vfg_spool_ack(VfgSpool *spool, const char *boot_id, guint64 sequence);

/* The sequence of the last acknowledged event, 0: none. */
guint64 vfg_spool_acked(const VfgSpool *spool);

/* How many events wait for their acknowledgement. */
guint vfg_spool_length(const VfgSpool *spool);
