/* SPDX-License-Identifier: GPL-2.0-or-later */

/* From the agent's spool to the host's store, with everything on the way breaking: whatever is cut,
 * killed or rolled back, each event is stored once, in order. A socket pair stands for the channel,
 * the host's end is a session and a store. */

#include "agent.h"

#include "io.h"
#include "message.h"
#include "session.h"
#include "store.h"
#include "stride.h"
#include "temp-tree.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STORM 2000 /* the lab has a bigger one */
#define DEADLINE_US (60 * G_USEC_PER_SEC)

typedef struct {
    TempTree *tree;
    char *store_path;
    VfgRoot *root;
    VfgLog *log;
    /* the guest */
    guint boot;
    VfgSpool *spool;
    VfgAgent *agent;
    guint made; /* events */
    /* the host */
    VfgStore *store;
    VfgSession *session;
    VfgFd host;
    guint unsettled;
} Stage;

static void
boot(Stage *stage)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *boot_id = g_strdup_printf("boot-%u", stage->boot);
    g_autofree char *folder = temp_tree_path(stage->tree, "spool");
    stage->spool = vfg_spool_open(folder, boot_id, VFG_SPOOL_LIMIT, &error);
    g_assert_no_error(error);
    VfgAgentConfig config = {.version = "0.1",
                             .facts = stage->root,
                             .ports = stage->root,
                             .log = stage->log,
                             .spool = stage->spool};
    stage->agent = vfg_agent_new(&config);
}

static void
kill_agent(Stage *stage)
{
    g_clear_pointer(&stage->agent, vfg_agent_free);
    g_clear_pointer(&stage->spool, vfg_spool_free);
}

static void
on_event(const VfgEvent *event, gpointer data)
{
    Stage *stage = data;
    VfgStored stored = {.vm = (char *)"vm", .event = (VfgEvent *)event};
    g_assert_true(vfg_store_add(stage->store, &stored, NULL, NULL));
    stage->unsettled++;
}

static void
write_host(Stage *stage, const char *text)
{
    g_assert_cmpint(send(stage->host, text, strlen(text), MSG_NOSIGNAL), ==, (gssize)strlen(text));
}

/* The host comes, new or again. */
static void
connect_host(Stage *stage)
{
    int ends[2];
    vfg_io_close(&stage->host);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==,
                    0);
    stage->host = ends[0];
    g_assert_true(vfg_agent_take_channel(stage->agent, ends[1], NULL));
    write_host(stage, vfg_session_open(stage->session));
}

static void
start_host(Stage *stage)
{
    g_autoptr(GError) error = NULL;
    stage->store = vfg_store_open(stage->store_path, VFG_STORE_LIMITS, &error);
    g_assert_no_error(error);
    stage->session = vfg_session_new();
    vfg_session_set_event_func(stage->session, on_event, stage);
}

/* Freeing the store gives up what was not committed, as a kill does. */
static void
kill_host(Stage *stage)
{
    vfg_io_close(&stage->host);
    g_clear_pointer(&stage->session, vfg_session_free);
    g_clear_pointer(&stage->store, vfg_store_free);
    stage->unsettled = 0;
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->tree = temp_tree_new();
    temp_tree_make_dir(stage->tree, "empty");
    g_autofree char *empty = temp_tree_path(stage->tree, "empty");
    stage->root = vfg_root_new(empty, NULL);
    stage->store_path = temp_tree_path(stage->tree, "events.db");
    stage->log = vfg_log_new(NULL);
    stage->host = -1;
    boot(stage);
    start_host(stage);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    kill_host(stage);
    kill_agent(stage);
    vfg_log_free(stage->log);
    vfg_root_free(stage->root);
    g_free(stage->store_path);
    temp_tree_free(stage->tree);
}

static void
make_events(Stage *stage, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *line = g_strdup_printf("line %u", ++stage->made);
        VfgEvent event = {.id = (char *)"x",
                          .class_name = (char *)"y",
                          .severity = VFG_SEVERITY_ERROR,
                          .line = line};
        g_assert_true(vfg_spool_add(stage->spool, &event, 0, NULL));
    }
    vfg_agent_tell_news(stage->agent);
}

/* The host reads a portion; `settle`: stores it for good and acknowledges. */
static void
turn(Stage *stage, gboolean settle)
{
    char bytes[16384];
    for (guint i = 0; i < 20; i++)
        g_main_context_iteration(NULL, FALSE);
    gssize n = stage->host >= 0 ? read(stage->host, bytes, sizeof bytes) : 0;
    if (n <= 0)
        return;
    vfg_session_feed(stage->session, bytes, (gsize)n);
    if (!settle || !stage->unsettled)
        return;
    g_assert_true(vfg_store_commit(stage->store, NULL));
    stage->unsettled = 0;
    g_autofree char *ack = vfg_session_make_ack(stage->session);
    if (ack)
        write_host(stage, ack);
}

static gboolean
count_stored(const VfgStored *stored, gpointer data)
{
    guint *n = data;
    g_autofree char *wanted = g_strdup_printf("line %u", ++*n);
    g_assert_cmpstr(stored->event->line, ==, wanted);
    return TRUE;
}

/* Turns until the agent has nothing left; then all must be in the store, once and in order. */
static void
finish(Stage *stage)
{
    gint64 end = g_get_monotonic_time() + DEADLINE_US;
    while (vfg_spool_length(stage->spool) > 0) {
        turn(stage, TRUE);
        g_assert_cmpint(g_get_monotonic_time(), <, end);
    }
    guint n = 0;
    VfgStoreQuery all = {0};
    g_assert_true(vfg_store_each(stage->store, &all, count_stored, &n, NULL));
    g_assert_cmpuint(n, ==, stage->made);
}

static void
test_plain(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    make_events(stage, 5);
    connect_host(stage);
    finish(stage);
    make_events(stage, 5);
    finish(stage);
}

/* One accident after another in the middle of a storm; which and when is drawn, from a fixed seed.
 */
static void
test_storm(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(20261);
    const guint storm = STORM / test_stride();
    connect_host(stage);
    while (stage->made < storm) {
        make_events(stage, MIN((guint)g_rand_int_range(chance, 1, 200), storm - stage->made));
        for (gint i = g_rand_int_range(chance, 0, 4); i > 0; i--)
            turn(stage, g_rand_boolean(chance));
        switch (g_rand_int_range(chance, 0, 8)) {
        case 0: /* the channel is cut for a while */
            vfg_io_close(&stage->host);
            break;
        case 1: /* the host comes back, or another one comes */
            connect_host(stage);
            break;
        case 2: /* vfiogpud is killed */
            kill_host(stage);
            start_host(stage);
            connect_host(stage);
            break;
        case 3: /* the agent is killed */
            kill_agent(stage);
            boot(stage);
            connect_host(stage);
            break;
        case 4: /* the guest is rebooted */
            kill_agent(stage);
            stage->boot++;
            boot(stage);
            connect_host(stage);
            break;
        default:
            break;
        }
    }
    kill_host(stage);
    start_host(stage);
    connect_host(stage);
    finish(stage);
}

/* Acks of another time and of a host that lies take nothing away. */
static void
test_forged_acks(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    make_events(stage, 3);
    connect_host(stage);
    write_host(stage, "{\"type\":\"ack\",\"boot_id\":\"boot-9\",\"sequence\":1}\n"
                      "{\"type\":\"ack\",\"boot_id\":\"boot-0\",\"sequence\":900}\n");
    while (!vfg_agent_counts(stage->agent).unknown)
        turn(stage, FALSE);
    g_assert_cmpuint(vfg_spool_length(stage->spool), ==, 3);
    connect_host(stage);
    finish(stage);
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/agent-events/plain", test_plain);
    ADD("/agent-events/storm", test_storm);
    ADD("/agent-events/forged-acks", test_forged_acks);
    return g_test_run();
}
