/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: bytes of a guest through the host's session, and each line through decode, encode,
 * decode. With clang: -fsanitize=fuzzer,address,undefined; without it fuzz-main.c runs the corpus.
 */

#include "frame.h"
#include "fuzz.h"
#include "session.h"

/* What was taken once is taken again, as the same. The encoder may refuse it only for its length.
 */
static void
check_line(const char *line, gsize len, G_GNUC_UNUSED gpointer data)
{
    g_autoptr(VfgMessage) message = vfg_message_decode(line, len, NULL);
    if (!message)
        return;
    g_autofree char *encoded = vfg_message_encode(message, NULL);
    if (!encoded)
        return;
    g_autoptr(VfgMessage) again = vfg_message_decode(encoded, strlen(encoded), NULL);
    g_assert_nonnull(again);
    g_autofree char *encoded_again = vfg_message_encode(again, NULL);
    g_assert_cmpstr(encoded_again, ==, encoded);
}

/* Every event that is taken can be acknowledged. */
static void
check_event(const VfgEvent *event, gpointer data)
{
    VfgSession *session = data;
    g_autofree char *ack = vfg_session_make_ack(session);
    g_autoptr(VfgMessage) message = vfg_message_decode(ack, strlen(ack), NULL);
    g_assert_cmpuint(message->ack->sequence, ==, event->sequence);
    g_assert_cmpstr(message->ack->boot_id, ==, event->boot_id);
}

/* In two portions, the cut taken from the first byte. */
static void
check_session(const char *bytes, gsize size)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    vfg_session_set_event_func(session, check_event, session);
    gsize cut = size ? MIN((guchar)bytes[0], size) : 0;
    g_autofree char *ping = vfg_session_make_ping(session);
    g_assert_nonnull(ping);
    vfg_session_feed(session, bytes, cut);
    vfg_session_feed(session, bytes + cut, size - cut);
    const char *complaint = vfg_session_last_complaint(session);
    g_assert_true(!complaint || g_utf8_validate(complaint, -1, NULL));
    g_assert_cmpuint(vfg_session_last_pong(session), <=, vfg_session_last_ping(session));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VfgFrameReader) reader = vfg_frame_reader_new();
    vfg_frame_reader_feed(reader, (const char *)data, size, check_line, NULL);
    check_session((const char *)data, size);
    return 0;
}
