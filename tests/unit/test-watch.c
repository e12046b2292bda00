/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's watch over the kernel's log: what becomes an event, once, through restarts. */

#include "watch.h"

#include "io.h"
#include "message.h"
#include "temp-tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    TempTree *tree;
    char *path;
    VfgFd writer;
    VfgLog *log;
    VfgSpool *spool;
    VfgWatch *watch;
    guint news;
} Stage;

/* Lines with "bad" in them are events. */
static gboolean
match(const char *line, gsize len, VfgEvent *event, G_GNUC_UNUSED gpointer data)
{
    g_assert_cmpuint(strlen(line), <=, len);
    if (!strstr(line, "bad"))
        return FALSE;
    event->id = g_strdup("bad-line");
    event->class_name = g_strdup("bad");
    event->severity = VFG_SEVERITY_ERROR;
    return TRUE;
}

static void
on_news(gpointer data)
{
    ((Stage *)data)->news++;
}

static void
start(Stage *stage)
{
    g_autoptr(GError) error = NULL;
    stage->spool = vfg_spool_open(stage->tree->top, "boot-1", VFG_SPOOL_LIMIT, &error);
    g_assert_no_error(error);
    VfgWatchConfig config = {.path = stage->path,
                             .spool = stage->spool,
                             .log = stage->log,
                             .match = match,
                             .news = on_news,
                             .news_data = stage};
    stage->watch = vfg_watch_new(&config, &error);
    g_assert_no_error(error);
}

static void
stop(Stage *stage)
{
    g_clear_pointer(&stage->watch, vfg_watch_free);
    g_clear_pointer(&stage->spool, vfg_spool_free);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->tree = temp_tree_new();
    stage->path = temp_tree_path(stage->tree, "kmsg");
    g_assert_cmpint(mkfifo(stage->path, 0600), ==, 0);
    stage->writer = open(stage->path, O_RDWR | O_CLOEXEC);
    stage->log = vfg_log_new(NULL);
    start(stage);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stop(stage);
    vfg_log_free(stage->log);
    vfg_io_close(&stage->writer);
    g_free(stage->path);
    temp_tree_free(stage->tree);
}

static void
say(Stage *stage, const char *text)
{
    g_assert_cmpint(write(stage->writer, text, strlen(text)), ==, (gssize)strlen(text));
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}

static void
assert_spooled(Stage *stage, const char *wanted)
{
    g_autoptr(GString) found = g_string_new(NULL);
    vfg_spool_rewind(stage->spool);
    for (char *line = vfg_spool_next(stage->spool, NULL); line;
         line = vfg_spool_next(stage->spool, NULL)) {
        g_autoptr(VfgMessage) message = vfg_message_decode(line, strlen(line), NULL);
        g_string_append_printf(found, "%s %s: %s|", vfg_event_source_name(message->event->source),
                               message->event->id, message->event->line);
        g_free(line);
    }
    g_assert_cmpstr(found->str, ==, wanted);
}

static void
test_events(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "6,0,1,-;fine\n");
    g_assert_cmpuint(stage->news, ==, 0);
    say(stage, "3,1,2,-;bad a\n DEVICE=x\n11,2,3,-;bad b\n6,3,3,-;fine\n");
    g_assert_cmpuint(stage->news, ==, 1);
    assert_spooled(stage, "kernel bad-line: bad a|user bad-line: bad b|");
}

/* The agent starts again and reads all from the first record. */
static void
test_restart(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "6,0,1,-;fine\n3,1,2,-;bad a\n6,2,3,-;fine\n");
    stop(stage);
    start(stage);
    say(stage, "6,0,1,-;fine\n3,1,2,-;bad a\n6,2,3,-;fine\n3,3,2,-;bad b\n");
    assert_spooled(stage, "kernel bad-line: bad a|kernel bad-line: bad b|");
}

static void
test_overrun(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "3,0,2,-;bad a\n3,100,2,-;bad b\n");
    static const char wanted[] =
        "kernel bad-line: bad a|agent agent-log-overrun: the kernel's log overran: 99 records "
        "before 101 were never seen|kernel bad-line: bad b|";
    assert_spooled(stage, wanted);
    stop(stage);
    start(stage);
    say(stage, "3,100,2,-;bad b\n");
    assert_spooled(stage, wanted);
}

/* Bytes that are no text still make an event that the host takes. */
static void
test_bytes(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "3,0,2,-;bad \\xff\\x00\\x1b[31m\n");
    assert_spooled(stage, "kernel bad-line: bad \xef\xbf\xbd\xef\xbf\xbd\x1b[31m|");
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/watch/events", test_events);
    ADD("/watch/restart", test_restart);
    ADD("/watch/overrun", test_overrun);
    ADD("/watch/bytes", test_bytes);
    return g_test_run();
}
