/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent on a channel. A pseudo-terminal's master stands for the virtio port: without an open
 * slave it hangs up, and the slave, the host's end, can be closed and opened again. A socket pair
 * stands for a channel that ends for good. */

#include "agent.h"

#include "frame.h"
#include "io.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define DEADLINE_US (20 * G_USEC_PER_SEC)

typedef struct {
    char *path; /* an empty tree: no port, no GPU */
    VfgRoot *root;
    VfgLog *log;
    VfgAgent *agent;
    char *reboot; /* the program for it, which is not there */
    char *slave;
    VfgFd host;
    GString *heard; /* what the host read */
} Stage;

static void
stage_set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->path = g_dir_make_tmp("vfg-agent-XXXXXX", NULL);
    stage->root = vfg_root_new(stage->path, NULL);
    stage->log = vfg_log_new(NULL);
    stage->reboot = g_build_filename(stage->path, "reboot", NULL);
    VfgAgentConfig config = {.version = "0.1",
                             .facts = stage->root,
                             .ports = stage->root,
                             .reboot = stage->reboot,
                             .log = stage->log};
    stage->agent = vfg_agent_new(&config);
    stage->host = -1;
    stage->heard = g_string_new(NULL);
}

static void
stage_tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_agent_free(stage->agent);
    vfg_log_free(stage->log);
    vfg_root_free(stage->root);
    vfg_io_close(&stage->host);
    g_unlink(stage->reboot);
    g_rmdir(stage->path);
    g_free(stage->reboot);
    g_free(stage->path);
    g_free(stage->slave);
    g_string_free(stage->heard, TRUE);
}

static void
host_open(Stage *stage)
{
    stage->host = open(stage->slave, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    g_assert_cmpint(stage->host, >=, 0);
    g_string_truncate(stage->heard, 0);
}

/* The agent gets the master while no host is there. Raw mode outlives the close, since the master
 * stays open. */
static void
start_on_pty(Stage *stage)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct termios mode;
    g_assert_cmpint(grantpt(master), ==, 0);
    g_assert_cmpint(unlockpt(master), ==, 0);
    stage->slave = g_strdup(ptsname(master));
    host_open(stage);
    tcgetattr(stage->host, &mode);
    cfmakeraw(&mode);
    tcsetattr(stage->host, TCSANOW, &mode);
    vfg_io_close(&stage->host);
    g_assert_true(vfg_agent_take_channel(stage->agent, master, NULL));
}

static void
start_on_socket(Stage *stage)
{
    int ends[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==,
                    0);
    stage->host = ends[0];
    g_assert_true(vfg_agent_take_channel(stage->agent, ends[1], NULL));
}

static void
run_agent(void)
{
    for (guint i = 0; i < 100 && g_main_context_iteration(NULL, FALSE); i++)
        continue;
}

static void
host_read(Stage *stage)
{
    char bytes[4096];
    gssize n = read(stage->host, bytes, sizeof bytes);
    if (n > 0)
        g_string_append_len(stage->heard, bytes, n);
    else
        g_usleep(1000);
}

/* Runs both ends until the host has heard `text`. */
static void
expect(Stage *stage, const char *text)
{
    gint64 end = g_get_monotonic_time() + DEADLINE_US;
    while (!strstr(stage->heard->str, text)) {
        run_agent();
        host_read(stage);
        if (g_get_monotonic_time() > end)
            g_error("'%s' never came; heard '%.500s'", text, stage->heard->str);
    }
}

/* Writes it all, the agent running whenever the channel is full. */
static void
say_bytes(const Stage *stage, const char *bytes, gsize len)
{
    gint64 end = g_get_monotonic_time() + DEADLINE_US;
    while (len) {
        gssize n = write(stage->host, bytes, len);
        run_agent();
        if (g_get_monotonic_time() > end)
            g_error("the agent doesn't read");
        if (n <= 0)
            continue;
        bytes += n;
        len -= (gsize)n;
    }
}

static void
say(const Stage *stage, const char *text)
{
    say_bytes(stage, text, strlen(text));
}

static void
expect_reports(Stage *stage)
{
    expect(stage, "\n{\"type\":\"hello\",\"version\":\"0.1\",\"protocol\":1,");
    expect(stage, "{\"type\":\"status\",\"gpus\":[]}\n");
}

static void
expect_alive(Stage *stage, guint id)
{
    g_autofree char *ping = g_strdup_printf("\n{\"type\":\"ping\",\"id\":%u}\n", id);
    g_autofree char *pong = g_strdup_printf("{\"type\":\"pong\",\"id\":%u}\n", id);
    say(stage, ping);
    expect(stage, pong);
}

static void
test_hello(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_socket(stage);
    expect_reports(stage);
    g_assert_true(g_str_has_prefix(stage->heard->str, "\n"));
    expect_alive(stage, 1);
    expect_alive(stage, 2);
    g_assert_cmpuint(vfg_agent_counts(stage->agent).opened, ==, 1);
}

static void
test_asked_again(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_socket(stage);
    expect_reports(stage);
    say(stage, "{\"type\":\"pi");
    run_agent();
    g_string_truncate(stage->heard, 0);
    say(stage, "\n\n"); /* the first ends the half line, the second asks */
    expect_reports(stage);
    g_assert_cmpuint(vfg_agent_counts(stage->agent).malformed, ==, 1);
}

static void
test_reopen(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_pty(stage);
    for (guint i = 0; i < 20; i++) {
        host_open(stage);
        say(stage, "\n\n");
        expect_reports(stage);
        expect_alive(stage, i);
        vfg_io_close(&stage->host);
        if (i % 2)
            run_agent(); /* else the close and the next open come as one */
    }
    g_assert_cmpuint(vfg_agent_counts(stage->agent).opened, >=, 10);
    g_assert_cmpuint(vfg_agent_counts(stage->agent).malformed, ==, 0);
}

static void
test_half_lines(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_pty(stage);
    for (guint i = 0; i < 10; i++) {
        host_open(stage);
        say(stage, "\n\n");
        expect_reports(stage);
        say(stage, "{\"type\":\"ping\",\"id\":");
        run_agent();
        vfg_io_close(&stage->host);
        if (i % 2)
            run_agent();
    }
    host_open(stage);
    expect_alive(stage, 99);
}

/* The end of the connection ends the half line too: a host that sends no newline first is heard. */
static void
test_half_line_forgotten(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_pty(stage);
    host_open(stage);
    say(stage, "{\"type\":\"ping\",\"id\":");
    run_agent();
    vfg_io_close(&stage->host);
    run_agent();
    host_open(stage);
    say(stage, "{\"type\":\"ping\",\"id\":5}\n");
    expect(stage, "{\"type\":\"pong\",\"id\":5}\n");
}

/* More than the agent reads in one go, and nothing that wakes it up again afterwards. */
static void
test_burst(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *burst = g_malloc(100000);
    for (guint i = 0; i < 100000; i++)
        burst[i] = i % 2 ? '\n' : 'x';
    start_on_socket(stage);
    expect_reports(stage);
    g_assert_cmpint(write(stage->host, burst, 100000), ==, 100000);
    run_agent();
    g_assert_cmpuint(vfg_agent_counts(stage->agent).malformed, ==, 50000);
}

static void
test_garbage(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    g_autofree char *bytes = g_malloc(100000);
    for (guint i = 0; i < 100000; i++)
        bytes[i] = (char)g_rand_int_range(rand, 0, 256);
    start_on_socket(stage);
    say_bytes(stage, bytes, 100000);
    expect_alive(stage, 1);
    g_assert_cmpuint(vfg_agent_counts(stage->agent).malformed, >, 100);
}

static void
test_long_line(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *megabyte = g_strnfill(1 << 20, '[');
    start_on_socket(stage);
    say_bytes(stage, megabyte, 1 << 20);
    say_bytes(stage, "\n", 1);
    say_bytes(stage, megabyte, VFG_FRAME_MAX - 2); /* fits, and is deep */
    expect_alive(stage, 1);
    VfgAgentCounts counts = vfg_agent_counts(stage->agent);
    g_assert_cmpuint(counts.dropped, ==, 1);
    g_assert_cmpuint(counts.malformed, ==, 1);
}

static void
test_unknown(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_socket(stage);
    say(stage, "{\"type\":\"launch\",\"argv\":[\"rm\"]}\n");
    say(stage, "{\"type\":\"status\",\"gpus\":[]}\n"); /* the host's to read, not to write */
    /* It has no program for it. */
    say(stage, "{\"type\":\"provision\",\"profile\":\"cuda\",\"kernel_args\":[]}\n");
    say(stage, "{\"type\":\"ping\",\"id\":\"1\"}\n");
    expect_alive(stage, 1);
    VfgAgentCounts counts = vfg_agent_counts(stage->agent);
    g_assert_cmpuint(counts.unknown, ==, 3);
    g_assert_cmpuint(counts.malformed, ==, 1);
}

/* The program renames itself, so that it is seen to have run. */
static void
test_reboot(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *done = g_build_filename(stage->path, "done", NULL);
    start_on_socket(stage);
    say(stage, "{\"type\":\"reboot\"}\n"); /* not there: only said */
    expect_alive(stage, 1);
    g_assert_true(g_file_set_contents(stage->reboot, "#!/bin/sh\nexec mv \"$0\" \"${0%/*}/done\"\n",
                                      -1, NULL));
    g_assert_cmpint(g_chmod(stage->reboot, 0755), ==, 0);
    say(stage, "{\"type\":\"reboot\"}\n");
    expect_alive(stage, 2);
    while (!g_file_test(done, G_FILE_TEST_EXISTS))
        g_usleep(1000);
    g_assert_cmpuint(vfg_agent_counts(stage->agent).unknown, ==, 0);
    g_unlink(done);
}

/* The agent keeps reading, so the host can always write; what it owes stays small. */
static void
test_host_never_reads(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_socket(stage);
    expect_reports(stage);
    gsize before = mallinfo2().uordblks; /* 0 under a sanitizer */
    for (guint i = 0; i < 50000; i++)
        say(stage, "{\"type\":\"ping\",\"id\":5}\n\n");
    g_assert_cmpuint(mallinfo2().uordblks, <, before + (256 << 10));
    g_string_truncate(stage->heard, 0);
    expect_alive(stage, 77777);
    expect_reports(stage);
}

static gboolean
on_time(gpointer data)
{
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

/* A poll that is level-triggered on a hung up port would turn without end. */
static guint
count_wakeups(guint milliseconds)
{
    gboolean over = FALSE;
    guint wakeups = 0;
    g_timeout_add(milliseconds, on_time, &over);
    while (!over) {
        g_main_context_iteration(NULL, TRUE);
        wakeups++;
    }
    return wakeups;
}

static void
test_sleeps(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_pty(stage);
    run_agent();
    g_assert_cmpuint(count_wakeups(200), <=, 10);
    host_open(stage);
    say(stage, "\n\n");
    expect_reports(stage);
    g_assert_cmpuint(count_wakeups(200), <=, 10);
    vfg_io_close(&stage->host);
    run_agent();
    g_assert_cmpuint(count_wakeups(200), <=, 10);
}

static void
test_lost(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    start_on_socket(stage);
    expect_reports(stage);
    say(stage, "{\"type\":\"ping\",\"id\":1}\n");
    vfg_io_close(&stage->host);
    g_assert_cmpuint(count_wakeups(100), <=, 10);
    start_on_socket(stage);
    g_string_truncate(stage->heard, 0);
    expect_reports(stage);
    expect_alive(stage, 2);
}

static void
test_log(void)
{
    g_autofree char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    g_autoptr(VfgLog) log = vfg_log_new(stream);
    for (guint i = 0; i < 1000; i++)
        vfg_log_chat(log, "chat %u", i);
    vfg_log_say(log, "news");
    for (guint i = 0; i < 1000; i++)
        vfg_log_say(log, "more");
    fclose(stream);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), <=, 24);
    g_assert_nonnull(strstr(text, "chat 9\n"));
    g_assert_null(strstr(text, "chat 11\n"));
    g_assert_nonnull(strstr(text, "(990 lines left out)\nvfiogpu-agent: news\n"));
}

#define ADD(path, func) g_test_add(path, Stage, NULL, stage_set_up, func, stage_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/agent-channel/hello", test_hello);
    ADD("/agent-channel/asked-again", test_asked_again);
    ADD("/agent-channel/reopen", test_reopen);
    ADD("/agent-channel/half-lines", test_half_lines);
    ADD("/agent-channel/half-line-forgotten", test_half_line_forgotten);
    ADD("/agent-channel/burst", test_burst);
    ADD("/agent-channel/garbage", test_garbage);
    ADD("/agent-channel/long-line", test_long_line);
    ADD("/agent-channel/unknown", test_unknown);
    ADD("/agent-channel/reboot", test_reboot);
    ADD("/agent-channel/host-never-reads", test_host_never_reads);
    ADD("/agent-channel/sleeps", test_sleeps);
    ADD("/agent-channel/lost", test_lost);
    g_test_add_func("/agent-channel/log", test_log);
    return g_test_run();
}
