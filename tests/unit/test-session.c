/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's end of the protocol against good, new, mad and hostile guests. */

#include "session.h"

#include "frame.h"

#include <malloc.h>
#include <string.h>

#define HELLO(boot, kernel)                                                               \
    "{\"type\":\"hello\",\"version\":\"0.1\",\"protocol\":1,\"boot_id\":\"" boot          \
    "\",\"os_id\":\"\","                                                                  \
    "\"os_name\":\"\",\"os_version\":\"\",\"kernel\":\"" kernel "\",\"arch\":\"x86_64\"," \
    "\"firmware\":\"uefi\",\"acked\":0}\n"
#define STATUS                                                                             \
    "{\"type\":\"status\",\"gpus\":[{\"address\":\"0000:01:00.0\",\"vendor_id\":\"10de\"," \
    "\"device_id\":\"1e37\",\"subsystem_vendor_id\":\"10de\",\"subsystem_id\":\"1370\","   \
    "\"class\":\"0302\",\"driver\":\"nvidia\",\"bars\":[]}]}\n"

static void
feed(VfgSession *session, const char *text)
{
    vfg_session_feed(session, text, strlen(text));
}

static void
assert_counts(VfgSession *session, guint64 dropped, guint64 malformed, guint64 unknown,
              guint64 unexpected)
{
    const VfgSessionCounts *counts = vfg_session_counts(session);
    g_assert_cmpuint(counts->dropped, ==, dropped);
    g_assert_cmpuint(counts->malformed, ==, malformed);
    g_assert_cmpuint(counts->unknown, ==, unknown);
    g_assert_cmpuint(counts->unexpected, ==, unexpected);
}

/* Whatever came before: a good agent is heard. */
static void
assert_alive(VfgSession *session)
{
    guint64 hellos = vfg_session_hellos(session);
    feed(session, "\n" HELLO("alive", "k") STATUS);
    g_assert_cmpuint(vfg_session_hellos(session), ==, hellos + 1);
    g_assert_cmpstr(vfg_session_hello(session)->boot_id, ==, "alive");
    g_assert_cmpuint(vfg_session_gpus(session)->len, ==, 1);
}

static void
test_portions(void)
{
    static const char text[] = "\n" HELLO("b1", "6.1") STATUS;
    for (gsize step = 1; step < sizeof text; step += 7) {
        g_autoptr(VfgSession) session = vfg_session_new();
        g_assert_null(vfg_session_hello(session));
        g_assert_null(vfg_session_gpus(session));
        for (gsize at = 0; at < strlen(text); at += step)
            vfg_session_feed(session, text + at, MIN(step, strlen(text) - at));
        g_assert_cmpstr(vfg_session_hello(session)->kernel, ==, "6.1");
        const VfgPciFunction *gpu = vfg_session_gpus(session)->pdata[0];
        g_assert_cmpstr(gpu->driver, ==, "nvidia");
        assert_counts(session, 0, 0, 0, 0);
    }
}

static void
test_reboot(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    feed(session, HELLO("b1", "6.1") STATUS HELLO("b1", "6.1"));
    g_assert_cmpuint(vfg_session_hellos(session), ==, 2);
    g_assert_nonnull(vfg_session_gpus(session));
    g_assert_null(vfg_session_software(session)->driver_version);
    feed(session,
         "{\"type\":\"status\",\"gpus\":[],\"driver_version\":\"580\",\"driver_state\":null}\n");
    g_assert_cmpstr(vfg_session_software(session)->driver_version, ==, "580");
    feed(session, HELLO("b2", "6.12"));
    g_assert_null(vfg_session_software(session));
    g_assert_cmpstr(vfg_session_hello(session)->boot_id, ==, "b2");
    g_assert_cmpstr(vfg_session_hello(session)->kernel, ==, "6.12");
    g_assert_null(vfg_session_gpus(session));
    feed(session, "{\"type\":\"status\",\"gpus\":[]}\n");
    g_assert_cmpuint(vfg_session_gpus(session)->len, ==, 0);
}

static void
test_ping(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    g_assert_cmpstr(vfg_session_open(session), ==, "\n\n");
    feed(session, "{\"type\":\"pong\",\"id\":1}\n");
    g_assert_cmpuint(vfg_session_last_pong(session), ==, 0);
    g_autofree char *first = vfg_session_make_ping(session);
    g_assert_cmpstr(first, ==, "{\"type\":\"ping\",\"id\":1}\n");
    feed(session, "{\"type\":\"pong\",\"id\":0}\n{\"type\":\"pong\",\"id\":2}\n");
    g_assert_cmpuint(vfg_session_last_pong(session), ==, 0);
    feed(session, "{\"type\":\"pong\",\"id\":1}\n{\"type\":\"pong\",\"id\":1}\n");
    g_assert_cmpuint(vfg_session_last_pong(session), ==, 1);
    g_autofree char *second = vfg_session_make_ping(session);
    g_assert_cmpstr(second, ==, "{\"type\":\"ping\",\"id\":2}\n");
    vfg_session_open(session);
    feed(session, "{\"type\":\"pong\",\"id\":2}\n"); /* of the opening before */
    g_assert_cmpuint(vfg_session_last_pong(session), ==, 1);
    g_autofree char *third = vfg_session_make_ping(session);
    g_assert_cmpstr(third, ==, "{\"type\":\"ping\",\"id\":3}\n");
    feed(session, "{\"type\":\"pong\",\"id\":3}\n{\"type\":\"ping\",\"id\":3}\n");
    g_assert_cmpuint(vfg_session_last_pong(session), ==, 3);
    assert_counts(session, 0, 0, 0, 6);
}

static void
test_half_line(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    feed(session, "{\"type\":\"hello\",\"ver");
    vfg_session_open(session);
    assert_alive(session);
    assert_counts(session, 0, 0, 0, 0);
    feed(session, "{\"type\":\"hello\",\"ver"); /* an agent that was killed: its successor's newline
                                                   ends it */
    assert_alive(session);
    assert_counts(session, 0, 1, 0, 0);
}

static void
test_binary(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);
    for (guint i = 0; i < 4096; i++) {
        char bytes[64];
        for (guint b = 0; b < sizeof bytes; b++)
            bytes[b] = (char)g_rand_int_range(rand, 0, 256);
        vfg_session_feed(session, bytes, sizeof bytes);
    }
    g_assert_null(vfg_session_hello(session));
    g_assert_cmpuint(vfg_session_counts(session)->malformed, >, 100);
    g_assert_true(g_utf8_validate(vfg_session_last_complaint(session), -1, NULL));
    assert_alive(session);
}

static void
test_long_line(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    g_autofree char *megabyte = g_strnfill(1 << 20, 'x');
    vfg_session_feed(session, megabyte, 1 << 20);
    assert_alive(session);
    assert_counts(session, 1, 0, 0, 0);
    g_autofree char *hello =
        g_strdup_printf("{\"x\":\"%.*s\",%s", VFG_FRAME_MAX, megabyte, &HELLO("b", "k")[1]);
    feed(session, hello);
    assert_alive(session);
    assert_counts(session, 2, 0, 0, 0);
}

static void
test_unknown(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    feed(session, HELLO("b1", "k") "{\"type\":\"launch\\u001b\",\"argv\":[\"rm\"]}\n");
    g_assert_cmpstr(vfg_session_hello(session)->boot_id, ==, "b1");
    g_assert_nonnull(strstr(vfg_session_last_complaint(session), "'launch\\x1b'"));
    assert_alive(session);
    assert_counts(session, 0, 0, 1, 0);
}

/* A bad hello or status leaves the good one before it alone. */
static void
test_wrong_fields(void)
{
    static const char *const bad[] = {
        "{\"type\":\"hello\"}\n",
        "{\"type\":\"hello\",\"version\":[[[]]],\"protocol\":\"1\"}\n",
        "{\"type\":\"status\"}\n",
        "{\"type\":\"status\",\"gpus\":{}}\n",
        "{\"type\":\"status\",\"gpus\":[],\"driver_version\":580}\n",
        "{\"type\":\"status\",\"gpus\":[],\"toolkit_version\":\"\"}\n",
        "{\"type\":\"status\",\"gpus\":[1,2,3]}\n",
        "{\"type\":\"pong\",\"id\":\"1\"}\n",
        "{\"type\":\"pong\",\"id\":-1}\n",
        "{\"type\":null}\n",
        "[1]\n",
        "null\n",
    };
    g_autoptr(VfgSession) session = vfg_session_new();
    feed(session, HELLO("b1", "k") STATUS);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        feed(session, bad[i]);
        assert_counts(session, 0, i + 1, 0, 0);
    }
    g_assert_cmpstr(vfg_session_hello(session)->boot_id, ==, "b1");
    g_assert_cmpuint(vfg_session_gpus(session)->len, ==, 1);
}

/* 0 where the allocator is not glibc's own, as under a sanitizer. */
static gsize
heap_used(void)
{
    return mallinfo2().uordblks;
}

static void
flood(VfgSession *session, const char *text, guint times)
{
    gsize before = heap_used();
    gsize len = strlen(text);
    for (guint i = 0; i < times; i++)
        vfg_session_feed(session, text, len);
    g_assert_cmpuint(heap_used(), <, before + (512 << 10));
}

static void
test_floods(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    g_autofree char *open = g_strnfill(60000, '[');
    g_autofree char *deep = g_strconcat(open, "\n", NULL);
    flood(session, deep, 20);
    assert_counts(session, 0, 20, 0, 0);
    flood(session, open, 100); /* one line of 6 MB */
    flood(session, "\n", 1);
    assert_counts(session, 1, 20, 0, 0);
    flood(session, HELLO("b", "k") STATUS, 500);
    g_assert_cmpuint(vfg_session_hellos(session), ==, 500);
    flood(session, "{\"type\":\"news\"}\n", 2000);
    assert_counts(session, 1, 20, 2000, 0);
    flood(session, "\n\n\n\n", 10000);
    assert_alive(session);
}

static void
test_huge_counts(void)
{
    g_autoptr(VfgSession) session = vfg_session_new();
    g_autoptr(GString) line = g_string_new("{\"type\":\"status\",\"gpus\":[{}");
    while (line->len < 60000)
        g_string_append(line, ",{}");
    g_string_append(line, "]}\n");
    feed(session, line->str);
    feed(session, "{\"type\":\"pong\",\"id\":18446744073709551615}\n");
    feed(session, "{\"type\":\"pong\",\"id\":9223372036854775807}\n");
    feed(session, "{\"type\":\"pong\",\"id\":1e400}\n");
    assert_counts(session, 0, 4, 0, 0);
    g_assert_null(vfg_session_gpus(session));
    assert_alive(session);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/portions", test_portions);
    g_test_add_func("/session/reboot", test_reboot);
    g_test_add_func("/session/ping", test_ping);
    g_test_add_func("/session/half-line", test_half_line);
    g_test_add_func("/session/binary", test_binary);
    g_test_add_func("/session/long-line", test_long_line);
    g_test_add_func("/session/unknown", test_unknown);
    g_test_add_func("/session/wrong-fields", test_wrong_fields);
    g_test_add_func("/session/floods", test_floods);
    g_test_add_func("/session/huge-counts", test_huge_counts);
    return g_test_run();
}
