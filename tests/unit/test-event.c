/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Events and their acknowledgements: as values, on the wire, and as the host's session takes them.
 */

#include "assert-error.h"
#include "error.h"
#include "session.h"

#include <string.h>

#define HELLO                                                                            \
    "\n{\"type\":\"hello\",\"version\":\"0.1\",\"protocol\":1,\"boot_id\":\"b1\","       \
    "\"os_id\":\"\",\"os_name\":\"\",\"os_version\":\"\",\"kernel\":\"\",\"arch\":\"\"," \
    "\"firmware\":\"uefi\",\"acked\":0}\n"

static const char good[] =
    "{\"type\":\"event\",\"sequence\":7,\"boot_id\":\"b1\",\"time\":1700000000000,"
    "\"id\":\"nvidia-xid-79\",\"class\":\"gpu-fallen-off-bus\",\"severity\":\"fatal\","
    "\"source\":\"kernel\",\"address\":\"0000:01:00.0\",\"code\":\"79\","
    "\"line\":\"NVRM: Xid (PCI:0000:01:00): 79, \\u001b[31m%s%n \\u202e\",\"count\":3}";

static VfgMessage *
decode(const char *line, GError **error)
{
    return vfg_message_decode(line, strlen(line), error);
}

static void
test_decode(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message = decode(good, &error);
    g_assert_no_error(error);
    const VfgEvent *event = message->event;
    g_assert_cmpuint(event->sequence, ==, 7);
    g_assert_cmpstr(event->boot_id, ==, "b1");
    g_assert_cmpint(event->severity, ==, VFG_SEVERITY_FATAL);
    g_assert_cmpint(event->source, ==, VFG_EVENT_KERNEL);
    g_assert_true(event->has_address);
    g_assert_cmpuint(event->address.bus, ==, 1);
    g_assert_cmpstr(event->code, ==, "79");
    g_assert_cmpstr(event->line, ==, "NVRM: Xid (PCI:0000:01:00): 79, \x1b[31m%s%n \xe2\x80\xae");
    g_assert_cmpuint(event->count, ==, 3);
    g_autofree char *line = vfg_message_encode(message, &error);
    g_assert_no_error(error);
    g_autoptr(VfgMessage) again = decode(line, &error);
    g_assert_no_error(error);
    g_assert_true(vfg_event_is_repeat(again->event, event));
    g_assert_cmpuint(again->event->time, ==, event->time);
}

/* The good event with one field replaced by a JSON text; NULL takes it away. */
static char *
with(const char *key, const char *value)
{
    json_t *json = json_loads(good, 0, NULL);
    if (value)
        json_object_set_new(json, key, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(json, key);
    char *dump = json_dumps(json, JSON_COMPACT);
    char *line = g_strdup(dump);
    free(dump);
    json_decref(json);
    return line;
}

static void
assert_refused(const char *key, const char *value)
{
    g_autofree char *line = with(key, value);
    g_autofree char *quoted = g_strdup_printf("'%s'", key);
    g_autoptr(GError) error = NULL;
    g_assert_null(decode(line, &error));
    assert_error(error, VFG_ERROR_PARSE, quoted);
}

static void
test_refused(void)
{
    static const char *const keys[] = {"sequence", "boot_id", "time", "id",   "class",
                                       "severity", "source",  "code", "line", "count"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!g_str_equal(keys[i], "code"))
            assert_refused(keys[i], "null");
        assert_refused(keys[i], NULL);
        assert_refused(keys[i], "[]");
    }
    assert_refused("sequence", "0");
    assert_refused("count", "0");
    assert_refused("severity", "\"none\"");
    assert_refused("source", "\"KERNEL\"");
    assert_refused("address", "\"01:00\"");
    assert_refused("address", NULL);
    assert_refused("code", "\"\"");
    assert_refused("id", "\"../../etc\"");
    g_autofree char *x = g_strnfill(VFG_EVENT_MAX_LINE + 1, 'x');
    g_autofree char *long_line = g_strdup_printf("\"%s\"", x);
    assert_refused("line", long_line);
}

static void
test_line(void)
{
    g_autofree char *x = g_strnfill(VFG_EVENT_MAX_LINE + 5, 'x');
    memcpy(x + VFG_EVENT_MAX_LINE - 1, "\xc3\xa4", 2); /* a letter over the cut */
    g_autofree char *cut = vfg_event_make_line(x, strlen(x));
    g_assert_cmpuint(strlen(cut), ==, VFG_EVENT_MAX_LINE - 1);
    g_autofree char *bad = vfg_event_make_line("a\xff\0b", 4);
    g_assert_true(g_utf8_validate(bad, -1, NULL));
    g_assert_nonnull(strchr(bad, 'b'));
}

static void
test_repeat(void)
{
    g_autoptr(VfgMessage) message = decode(good, NULL);
    g_autoptr(VfgEvent) copy = vfg_event_copy(message->event);
    copy->sequence++;
    copy->time++;
    copy->count++;
    g_assert_true(vfg_event_is_repeat(copy, message->event));
    copy->address.bus++;
    g_assert_false(vfg_event_is_repeat(copy, message->event));
    copy->address.bus--;
    copy->source = VFG_EVENT_USER;
    g_assert_false(vfg_event_is_repeat(copy, message->event));
}

static void
on_event(const VfgEvent *event, gpointer data)
{
    g_string_append_printf(data, "%s-%" G_GUINT64_FORMAT " ", event->boot_id, event->sequence);
}

static void
feed_event(VfgSession *session, guint sequence)
{
    g_autofree char *number = g_strdup_printf("%u", sequence);
    g_autofree char *line = with("sequence", number);
    g_autofree char *framed = g_strconcat(line, "\n", NULL);
    vfg_session_feed(session, framed, strlen(framed));
}

static void
assert_ack(VfgSession *session, const char *sequence)
{
    g_autofree char *ack = vfg_session_make_ack(session);
    g_autofree char *wanted = g_strdup_printf(
        "{\"type\":\"ack\",\"boot_id\":\"b1\",\"sequence\":%s}\n", sequence ? sequence : "");
    g_assert_cmpstr(ack, ==, sequence ? wanted : NULL);
}

/* What comes before hello belongs to an earlier opening and may have gaps: acknowledging it would
 * lose what was before it. */
static void
test_session(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    g_autoptr(GString) seen = g_string_new(NULL);
    (void)vfg_session_open(session);
    vfg_session_set_event_func(session, on_event, seen);
    feed_event(session, 9);
    assert_ack(session, NULL);
    vfg_session_feed(session, HELLO, strlen(HELLO));
    feed_event(session, 3);
    feed_event(session, 4);
    assert_ack(session, "4");
    feed_event(session, 4); /* a replay */
    feed_event(session, 2); /* forged */
    feed_event(session, 8);
    assert_ack(session, "8");
    vfg_session_feed(session, HELLO, strlen(HELLO));
    feed_event(session, 5); /* sent again */
    assert_ack(session, "5");
    (void)vfg_session_open(session);
    feed_event(session, 9);
    g_assert_cmpstr(seen->str, ==, "b1-3 b1-4 b1-8 b1-5 ");
    g_assert_cmpuint(vfg_session_counts(session)->unexpected, ==, 4);
    g_assert_cmpuint(vfg_session_counts(session)->malformed, ==, 0);
}

static void
test_nobody_listens(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    vfg_session_feed(session, HELLO, strlen(HELLO));
    feed_event(session, 1);
    assert_ack(session, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/event/decode", test_decode);
    g_test_add_func("/event/refused", test_refused);
    g_test_add_func("/event/line", test_line);
    g_test_add_func("/event/repeat", test_repeat);
    g_test_add_func("/event/session", test_session);
    g_test_add_func("/event/nobody-listens", test_nobody_listens);
    return g_test_run();
}
