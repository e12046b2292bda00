/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's end of the agent protocol. */

#include "session.h"

#include "error.h"
#include "frame.h"

struct VfgSession {
    VfgFrameReader *reader;
    VfgHello *hello;
    GPtrArray *gpus;
    char *complaint;
    guint64 hellos;
    guint64 opened_at; /* the newest ping when the channel was opened: pongs up to it are stale */
    guint64 last_ping;
    guint64 last_pong;
    VfgSessionCounts counts;
};

VfgSession *
vfg_session_new(void)
{
    VfgSession *session = g_new0(VfgSession, 1);
    session->reader = vfg_frame_reader_new();
    return session;
}

void
vfg_session_free(VfgSession *session)
{
    if (!session)
        return;
    vfg_frame_reader_free(session->reader);
    vfg_hello_free(session->hello);
    g_clear_pointer(&session->gpus, g_ptr_array_unref);
    g_free(session->complaint);
    g_free(session);
}

const char *
vfg_session_open(VfgSession *session)
{
    vfg_frame_reader_reset(session->reader);
    session->opened_at = session->last_ping;
    return VFG_CHANNEL_HOST_OPENING;
}

/* Another boot id is another system: what was known of the GPUs is void. */
static void
take_hello(VfgSession *session, VfgMessage *message)
{
    VfgHello *old = session->hello;
    if (old && !g_str_equal(old->boot_id, message->hello->boot_id))
        g_clear_pointer(&session->gpus, g_ptr_array_unref);
    vfg_hello_free(old);
    session->hello = g_steal_pointer(&message->hello);
    session->hellos++;
}

static void
take_status(VfgSession *session, VfgMessage *message)
{
    g_clear_pointer(&session->gpus, g_ptr_array_unref);
    session->gpus = g_steal_pointer(&message->gpus);
}

/* Only an answer to a ping of this opening counts, and none twice. */
static void
take_pong(VfgSession *session, guint64 id)
{
    if (id > session->last_pong && id > session->opened_at && id <= session->last_ping)
        session->last_pong = id;
    else
        session->counts.unexpected++;
}

static void
take_error(VfgSession *session, GError *error)
{
    if (g_error_matches(error, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        session->counts.unknown++;
    else
        session->counts.malformed++;
    g_free(session->complaint);
    session->complaint = g_strdup(error->message);
}

static void
take_line(const char *line, gsize len, gpointer data)
{
    VfgSession *session = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message = vfg_message_decode(line, len, &error);
    if (!message) {
        take_error(session, error);
        return;
    }
    switch (message->type) {
    case VFG_MESSAGE_HELLO:
        take_hello(session, message);
        break;
    case VFG_MESSAGE_STATUS:
        take_status(session, message);
        break;
    case VFG_MESSAGE_PONG:
        take_pong(session, message->id);
        break;
    case VFG_MESSAGE_PING:
        session->counts.unexpected++;
        break;
    }
}

void
vfg_session_feed(VfgSession *session, const char *bytes, gsize len)
{
    vfg_frame_reader_feed(session->reader, bytes, len, take_line, session);
}

const VfgHello *
vfg_session_hello(const VfgSession *session)
{
    return session->hello;
}

const GPtrArray *
vfg_session_gpus(const VfgSession *session)
{
    return session->gpus;
}

guint64
vfg_session_hellos(const VfgSession *session)
{
    return session->hellos;
}

char *
vfg_session_make_ping(VfgSession *session)
{
    VfgMessage ping = {.type = VFG_MESSAGE_PING, .id = ++session->last_ping};
    g_autoptr(GError) error = NULL;
    char *line = vfg_message_encode(&ping, &error);
    g_assert_no_error(error); /* a ping always fits: ids count from 1 */
    return line;
}

guint64
vfg_session_last_ping(const VfgSession *session)
{
    return session->last_ping;
}

guint64
vfg_session_last_pong(const VfgSession *session)
{
    return session->last_pong;
}

const VfgSessionCounts *
vfg_session_counts(VfgSession *session)
{
    session->counts.dropped = vfg_frame_reader_dropped(session->reader);
    return &session->counts;
}

const char *
vfg_session_last_complaint(const VfgSession *session)
{
    return session->complaint;
}
