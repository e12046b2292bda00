/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The spool: events in order until acknowledged, through kills, power cuts and floods. */

#include "spool.h"

#include "message.h"
#include "stride.h"
#include "temp-tree.h"

#include <string.h>

#define BOOT "boot-1"

typedef struct {
    TempTree *tree;
    VfgSpool *spool;
} Stage;

static void
reopen(Stage *stage, const char *boot, gsize limit)
{
    g_autoptr(GError) error = NULL;
    vfg_spool_free(stage->spool);
    stage->spool = vfg_spool_open(stage->tree->top, boot, limit, &error);
    g_assert_no_error(error);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->tree = temp_tree_new();
    stage->spool = NULL;
    reopen(stage, BOOT, VFG_SPOOL_LIMIT);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_spool_free(stage->spool);
    temp_tree_free(stage->tree);
}

static void
add_of(VfgSpool *spool, VfgEventSource source, VfgSeverity severity, guint n, const char *format)
{
    g_autofree char *line = g_strdup_printf("%s %u", format, n);
    g_autoptr(GError) error = NULL;
    VfgEvent event = {.id = (char *)"x",
                      .class_name = (char *)"y",
                      .severity = severity,
                      .source = source,
                      .time = n,
                      .line = line};
    g_assert_true(vfg_spool_add(spool, &event, n, &error));
    g_assert_no_error(error);
}

static void
add(VfgSpool *spool, guint n)
{
    add_of(spool, VFG_EVENT_KERNEL, VFG_SEVERITY_ERROR, n, "line");
}

static VfgEvent *
next(VfgSpool *spool)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *line = vfg_spool_next(spool, &error);
    g_assert_no_error(error);
    if (!line)
        return NULL;
    g_autoptr(VfgMessage) message = vfg_message_decode(line, strlen(line), &error);
    g_assert_no_error(error);
    return g_steal_pointer(&message->event);
}

/* What is sent now: "SEQUENCE:LINE(xCOUNT) …". */
static char *
send_all(VfgSpool *spool)
{
    GString *sent = g_string_new(NULL);
    for (VfgEvent *event = next(spool); event; event = next(spool)) {
        g_string_append_printf(sent, "%" G_GUINT64_FORMAT ":%s ", event->sequence, event->line);
        if (event->count > 1)
            g_string_append_printf(sent, "x%" G_GUINT64_FORMAT " ", event->count);
        vfg_event_free(event);
    }
    return g_string_free(sent, FALSE);
}

static void
assert_sends(VfgSpool *spool, const char *wanted)
{
    g_autofree char *sent = send_all(spool);
    g_assert_cmpstr(sent, ==, wanted);
}

static void
test_order(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    VfgSpool *spool = stage->spool;
    add(spool, 10);
    add(spool, 11);
    add(spool, 12);
    assert_sends(spool, "1:line 10 2:line 11 3:line 12 ");
    assert_sends(spool, "");
    vfg_spool_rewind(spool);
    assert_sends(spool, "1:line 10 2:line 11 3:line 12 ");
    g_assert_true(vfg_spool_ack(spool, BOOT, 2));
    add(spool, 13);
    assert_sends(spool, "4:line 13 ");
    vfg_spool_rewind(spool);
    assert_sends(spool, "3:line 12 4:line 13 ");
    g_assert_cmpuint(vfg_spool_acked(spool), ==, 2);
}

/* Only what was sent, since the last rewind, and of that boot. */
static void
test_forged_acks(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    VfgSpool *spool = stage->spool;
    add(spool, 1);
    add(spool, 2);
    g_assert_false(vfg_spool_ack(spool, BOOT, 1));
    assert_sends(spool, "1:line 1 2:line 2 ");
    g_assert_false(vfg_spool_ack(spool, BOOT, 0));
    g_assert_false(vfg_spool_ack(spool, BOOT, 3));
    g_assert_false(vfg_spool_ack(spool, "boot-2", 1));
    vfg_spool_rewind(spool);
    g_assert_false(vfg_spool_ack(spool, BOOT, 2));
    assert_sends(spool, "1:line 1 2:line 2 ");
    g_assert_true(vfg_spool_ack(spool, BOOT, 2));
    g_assert_false(vfg_spool_ack(spool, BOOT, 2));
    g_assert_cmpuint(vfg_spool_length(spool), ==, 0);
}

static void
test_reopen(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage->spool, 5);
    add(stage->spool, 6);
    reopen(stage, BOOT, VFG_SPOOL_LIMIT);
    g_assert_cmpuint(vfg_spool_record(stage->spool), ==, 6);
    assert_sends(stage->spool, "1:line 5 2:line 6 ");
    g_assert_true(vfg_spool_ack(stage->spool, BOOT, 1));
    reopen(stage, "boot-2", VFG_SPOOL_LIMIT);
    g_assert_cmpuint(vfg_spool_record(stage->spool), ==, 0);
    g_assert_cmpuint(vfg_spool_acked(stage->spool), ==, 1);
    add(stage->spool, 1);
    assert_sends(stage->spool, "2:line 6 3:line 1 ");
    g_assert_true(vfg_spool_ack(stage->spool, BOOT, 2));
    g_assert_true(vfg_spool_ack(stage->spool, "boot-2", 3));
    reopen(stage, "boot-2", VFG_SPOOL_LIMIT);
    add(stage->spool, 2);
    assert_sends(stage->spool, "4:line 2 ");
}

static void
test_two_agents(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_spool_open(stage->tree->top, BOOT, VFG_SPOOL_LIMIT, &error));
    g_assert_nonnull(strstr(error->message, "another"));
}

/* Only what the host can't have yet may change. */
static void
test_repeats(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    VfgSpool *spool = stage->spool;
    for (guint i = 0; i < 5; i++)
        add(spool, 7);
    assert_sends(spool, "1:line 7 x5 ");
    add(spool, 7);
    add(spool, 7);
    reopen(stage, BOOT, VFG_SPOOL_LIMIT);
    add(stage->spool, 7);
    assert_sends(stage->spool, "1:line 7 x5 2:line 7 x2 3:line 7 ");
}

/* A power cut leaves any first part of the file: the events of its whole lines are there, nothing
 * else, and what is added then is found again. */
static void
test_torn(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 3; i++)
        add(stage->spool, i + 1);
    assert_sends(stage->spool, "1:line 1 2:line 2 3:line 3 ");
    g_assert_true(vfg_spool_ack(stage->spool, BOOT, 1));
    add(stage->spool, 4);
    g_autofree char *whole = temp_tree_get(stage->tree, "events");
    for (gsize cut = 0; cut <= strlen(whole); cut += test_stride()) {
        g_clear_pointer(&stage->spool, vfg_spool_free);
        temp_tree_put_bytes(stage->tree, "events", whole, cut);
        reopen(stage, BOOT, VFG_SPOOL_LIMIT);
        guint length = vfg_spool_length(stage->spool);
        guint lines = 0;
        for (gsize i = 0; i < cut; i++)
            lines += whole[i] == '\n';
        g_assert_cmpuint(length, ==, lines == 5 ? 3 : lines == 4 ? 2 : lines);
        add(stage->spool, 99);
        reopen(stage, BOOT, VFG_SPOOL_LIMIT);
        g_assert_cmpuint(vfg_spool_length(stage->spool), ==, length + 1);
    }
}

/* A damaged line is passed over, the others stand. */
static void
test_damaged(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 3; i++)
        add(stage->spool, i + 1);
    g_autofree char *whole = temp_tree_get(stage->tree, "events");
    *strstr(whole, "line 2") = 'L';
    g_clear_pointer(&stage->spool, vfg_spool_free);
    temp_tree_put(stage->tree, "events", whole);
    reopen(stage, BOOT, VFG_SPOOL_LIMIT);
    assert_sends(stage->spool, "1:line 1 3:line 3 ");
}

static gsize
file_size(const Stage *stage)
{
    g_autofree char *text = temp_tree_get(stage->tree, "events");
    return strlen(text);
}

#define SMALL 65536

/* Nobody acknowledges: the file stays bounded, the severe events stay, and the loss is told. */
static void
test_overflow(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    reopen(stage, BOOT, SMALL);
    add_of(stage->spool, VFG_EVENT_KERNEL, VFG_SEVERITY_FATAL, 1, "first");
    for (guint i = 2; i < 5000; i++) {
        add_of(stage->spool, i % 2 ? VFG_EVENT_USER : VFG_EVENT_KERNEL,
               i % 2 ? VFG_SEVERITY_FATAL : VFG_SEVERITY_INFO, i, "junk");
        if (i % 1000 == 0)
            add_of(stage->spool, VFG_EVENT_KERNEL, VFG_SEVERITY_ERROR, i, "true");
    }
    g_assert_cmpuint(file_size(stage), <, SMALL + 1024);
    reopen(stage, BOOT, SMALL);
    guint64 told = 0, got = 0;
    for (VfgEvent *event = next(stage->spool); event; event = next(stage->spool)) {
        if (event->source == VFG_EVENT_AGENT)
            told += event->count;
        else
            got += event->count;
        g_assert_true(got != 1 || g_str_equal(event->line, "first 1"));
        vfg_event_free(event);
    }
    g_assert_cmpuint(told + got, ==, 5003);
    vfg_spool_rewind(stage->spool);
    g_autofree char *sent = send_all(stage->spool);
    for (guint i = 1000; i < 5000; i += 1000) {
        g_autofree char *wanted = g_strdup_printf("true %u ", i);
        g_assert_nonnull(strstr(sent, wanted));
    }
}

/* All that was acknowledged gives its room back. */
static void
test_shrinks(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    reopen(stage, BOOT, SMALL);
    guint64 sequence = 0;
    for (guint i = 0; i < 2000; i++) {
        add(stage->spool, i + 1);
        g_autoptr(VfgEvent) event = next(stage->spool);
        g_assert_cmpuint(event->sequence, ==, ++sequence);
        g_assert_true(vfg_spool_ack(stage->spool, BOOT, sequence));
    }
    g_assert_cmpuint(file_size(stage), <, SMALL);
    reopen(stage, BOOT, SMALL);
    g_assert_cmpuint(vfg_spool_length(stage->spool), ==, 0);
    g_assert_cmpuint(vfg_spool_acked(stage->spool), ==, 2000);
    g_assert_cmpuint(vfg_spool_record(stage->spool), ==, 2000);
}

/* A storm while the channel is cut. */
static void
test_storm(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    const guint n = 10000 / test_stride();
    for (guint i = 0; i < n; i++)
        add(stage->spool, i + 1);
    reopen(stage, "boot-2", VFG_SPOOL_LIMIT);
    for (guint i = 0; i < n; i++) {
        g_autoptr(VfgEvent) event = next(stage->spool);
        g_assert_cmpuint(event->sequence, ==, i + 1);
        g_assert_cmpuint(event->time, ==, i + 1);
    }
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/spool/order", test_order);
    ADD("/spool/forged-acks", test_forged_acks);
    ADD("/spool/reopen", test_reopen);
    ADD("/spool/two-agents", test_two_agents);
    ADD("/spool/repeats", test_repeats);
    ADD("/spool/torn", test_torn);
    ADD("/spool/damaged", test_damaged);
    ADD("/spool/overflow", test_overflow);
    ADD("/spool/shrinks", test_shrinks);
    ADD("/spool/storm", test_storm);
    return g_test_run();
}
