/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's end of the agent protocol. */

#include "session.h"

#include "error.h"
#include "frame.h"

struct VfgSession {
    VfgFrameReader *reader;
    VfgHello *hello;
    GPtrArray *gpus;
    VfgSoftware *software; /* of the same status */
    VfgProgress *progress;
    guint64 progresses;
    char *complaint;
    guint64 hellos;
    guint64 opened_at; /* the newest ping when the channel was opened: pongs up to it are stale */
    guint64 last_ping;
    guint64 last_pong;
    guint64 opened_hellos; /* the hellos when the channel was opened */
    guint64 last_event;    /* sequence of the newest event since the newest hello, 0: none */
    char *last_boot_id;    /* its boot */
    VfgSessionEventFunc event_func;
    gpointer event_data;
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
    vfg_software_free(session->software);
    vfg_progress_free(session->progress);
    g_free(session->complaint);
    g_free(session->last_boot_id);
    g_free(session);
}

void
vfg_session_set_event_func(VfgSession *session, VfgSessionEventFunc func, gpointer data)
{
    session->event_func = func;
    session->event_data = data;
}

const char *
vfg_session_open(VfgSession *session)
{
    vfg_frame_reader_reset(session->reader);
    session->opened_at = session->last_ping;
    session->opened_hellos = session->hellos;
    return VFG_CHANNEL_HOST_OPENING;
}

/* Another boot id is another system: what was known of the GPUs is void. */
static void
take_hello(VfgSession *session, VfgMessage *message)
{
    VfgHello *old = session->hello;
    if (old && !g_str_equal(old->boot_id, message->hello->boot_id)) {
        g_clear_pointer(&session->gpus, g_ptr_array_unref);
        g_clear_pointer(&session->software, vfg_software_free);
    }
    vfg_hello_free(old);
    session->hello = g_steal_pointer(&message->hello);
    session->hellos++;
    session->last_event = 0;
}

static void
take_status(VfgSession *session, VfgMessage *message)
{
    g_clear_pointer(&session->gpus, g_ptr_array_unref);
    session->gpus = g_steal_pointer(&message->gpus);
    vfg_software_free(session->software);
    session->software = g_steal_pointer(&message->software);
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

/* After hello the agent starts again with the first event that was not acknowledged, so what comes
 * before hello may lack some before it. Behind hello the sequence rises. */
static void
take_event(VfgSession *session, const VfgMessage *message)
{
    const VfgEvent *event = message->event;
    if (!session->event_func || session->hellos == session->opened_hellos ||
        event->sequence <= session->last_event) {
        session->counts.unexpected++;
        return;
    }
    session->last_event = event->sequence;
    g_free(session->last_boot_id);
    session->last_boot_id = g_strdup(event->boot_id);
    session->event_func(event, session->event_data);
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
    case VFG_MESSAGE_PROGRESS:
        vfg_progress_free(session->progress);
        session->progress = g_steal_pointer(&message->progress);
        session->progresses++;
        break;
    case VFG_MESSAGE_PONG:
        take_pong(session, message->id);
        break;
    case VFG_MESSAGE_EVENT:
        take_event(session, message);
        break;
    case VFG_MESSAGE_PING:
    case VFG_MESSAGE_ACK:
    case VFG_MESSAGE_CONFIGURE:
    case VFG_MESSAGE_PROVISION:
    case VFG_MESSAGE_REBOOT:
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

const VfgSoftware *
vfg_session_software(const VfgSession *session)
{
    return session->software;
}

const VfgProgress *
vfg_session_progress(const VfgSession *session)
{
    return session->progress;
}

guint64
vfg_session_progresses(const VfgSession *session)
{
    return session->progresses;
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

char *
vfg_session_make_ack(VfgSession *session)
{
    if (!session->last_event || !session->last_boot_id)
        return NULL;
    VfgAck ack = {session->last_boot_id, session->last_event};
    VfgMessage message = {.type = VFG_MESSAGE_ACK, .ack = &ack};
    return vfg_message_encode(&message, NULL);
}

char *
vfg_session_make_configure(const VfgConfigure *wanted, gboolean now, GError **error)
{
    VfgMessage message = {.type = now ? VFG_MESSAGE_PROVISION : VFG_MESSAGE_CONFIGURE,
                          .configure = (VfgConfigure *)wanted};
    return vfg_message_encode(&message, error);
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
