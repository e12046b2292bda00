/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's end of the agent protocol (docs/PROTOCOL.md): bytes of the channel in, what the agent
 * said out. It does no I/O. The guest is hostile by assumption: whatever comes, memory stays below
 * a few hundred KiB and the only effect of a bad line is a count. Texts are kept raw: escape them
 * before printing. */

#pragma once

#include "message.h"

typedef struct VfgSession VfgSession;

/* Lines that had no effect, since the session began. */
typedef struct {
    guint64 dropped;   /* longer than VFG_FRAME_MAX */
    guint64 malformed; /* no message: no JSON, a field missing or wrong */
    guint64 unknown;   /* a type that this version does not know: a newer agent */
    guint64
        unexpected; /* a known message that makes no sense here: a ping, a pong never asked for */
} VfgSessionCounts;

VfgSession *vfg_session_new(void);
void vfg_session_free(VfgSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSession, vfg_session_free)

/* The channel was (re)opened: forgets a half line and pings that were not answered, keeps what the
 * agent said. Gives the bytes to write first, VFG_CHANNEL_HOST_OPENING; static. */
const char *vfg_session_open(VfgSession *session);

/* Takes bytes of the channel, in any portions. */
void vfg_session_feed(VfgSession *session, const char *bytes, gsize len);

/* Called for each event in its order; `event` is the session's and valid during the call only. */
typedef void (*VfgSessionEventFunc)(const VfgEvent *event, gpointer data);

/* Who takes the events that vfg_session_feed finds. Where nobody is set, events count as unexpected
 * and stay with the agent: nothing is acknowledged. */
void vfg_session_set_event_func(VfgSession *session, VfgSessionEventFunc func, gpointer data);

/* The line that acknowledges all events that were handed out since the newest hello, to be freed by
 * the caller; NULL where there was none. Write it when they are stored for good. */
char *vfg_session_make_ack(VfgSession *session);

/* The newest hello, or NULL before the first. Owned by the session, valid until the next feed. */
const VfgHello *vfg_session_hello(const VfgSession *session);

/* The newest status: an array of VfgPciFunction with guest addresses, or NULL before the first. A
 * hello with another boot id forgets it. Owned by the session, valid until the next feed. */
const GPtrArray *vfg_session_gpus(const VfgSession *session);

/* What came with that status, or NULL before the first. Owned by the session as well. */
const VfgSoftware *vfg_session_software(const VfgSession *session);

/* The newest progress of provisioning, or NULL before the first; a hello of another boot does not
 * void it. Owned by the session, valid until the next feed. */
const VfgProgress *vfg_session_progress(const VfgSession *session);

/* How many progress messages came. */
guint64 vfg_session_progresses(const VfgSession *session);

/* How many hellos came; it tells a new one from the old with the same content. */
guint64 vfg_session_hellos(const VfgSession *session);

/* The line of the next ping, its ids rising by one, to be freed by the caller. */
char *vfg_session_make_ping(VfgSession *session);

/* The line that says what is wanted of the guest, with `now` even where it is done or has failed
 * before; to be freed by the caller. NULL with the error set where a message can't hold it. */
char *vfg_session_make_configure(const VfgConfigure *wanted, gboolean now,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The id of the newest ping made, 0 before the first, and the highest id answered, 0 before the
 * first. */
guint64 vfg_session_last_ping(const VfgSession *session);
guint64 vfg_session_last_pong(const VfgSession *session);

const VfgSessionCounts *vfg_session_counts(VfgSession *session);

/* Why the newest malformed or unknown line was refused, safe to print; NULL before the first. Owned
 * by the session, valid until the next feed. */
const char *vfg_session_last_complaint(const VfgSession *session);
