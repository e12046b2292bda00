/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One reader of a channel at a time: vfiogpud lends it to commands and gets it back. */

#include "handover.h"

#include "temp-tree.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    TempTree *tree;
    VfgApp app;
    VfgHandover *server;
} Stage;

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    stage->tree = temp_tree_new();
    stage->app = (VfgApp){.state_dir = stage->tree->top};
    stage->server = vfg_handover_new(&stage->app, &error);
    g_assert_no_error(error);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_handover_free(stage->server);
    temp_tree_free(stage->tree);
}

typedef struct {
    Stage *stage;
    VfgFd fd;
    gboolean good;
} Ask;

static gpointer
ask(gpointer data)
{
    Ask *ask = data;
    g_autoptr(GError) error = NULL;
    ask->fd = -1;
    ask->good = vfg_handover_ask(&ask->stage->app, "d2l", &ask->fd, &error);
    return NULL;
}

/* Turns until the VM is lent or not. */
static void
turn_until(Stage *stage, gboolean lent)
{
    do
        vfg_handover_poll(stage->server);
    while (vfg_handover_is_lent(stage->server, "d2l") != lent);
}

static void
test_lent(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    Ask client = {.stage = stage};
    GThread *thread = g_thread_new("ask", ask, &client);
    turn_until(stage, TRUE);
    g_assert_false(vfg_handover_is_lent(stage->server, "other"));
    vfg_handover_grant(stage->server);
    g_thread_join(thread);
    g_assert_true(client.good);
    g_assert_cmpint(client.fd, >=, 0);
    vfg_handover_grant(stage->server);
    vfg_handover_poll(stage->server);
    g_assert_true(vfg_handover_is_lent(stage->server, "d2l"));
    vfg_io_close(&client.fd);
    turn_until(stage, FALSE);
}

static void
test_no_server(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_true(vfg_handover_is_served(&stage->app));
    g_clear_pointer(&stage->server, vfg_handover_free);
    g_assert_false(vfg_handover_is_served(&stage->app));
    g_auto(VfgFd) fd = 5;
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_handover_ask(&stage->app, "d2l", &fd, &error));
    g_assert_cmpint(fd, ==, -1);
}

/* A killed one leaves its socket behind, but not its lock. */
static void
test_second(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_handover_new(&stage->app, &error));
    g_assert_nonnull(strstr(error->message, "another vfiogpud"));
    g_clear_pointer(&stage->server, vfg_handover_free);
    temp_tree_put(stage->tree, "vfiogpud.socket", "");
    g_clear_error(&error);
    stage->server = vfg_handover_new(&stage->app, &error);
    g_assert_no_error(error);
    g_assert_true(vfg_handover_is_served(&stage->app));
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/handover/lent", test_lent);
    ADD("/handover/no-server", test_no_server);
    ADD("/handover/second", test_second);
    return g_test_run();
}
