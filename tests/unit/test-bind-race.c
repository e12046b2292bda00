/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Two and eight commands at once, on the same GPU and on different ones: each is done as if it were
 * alone, one after the other, or says that there is nothing to do. */

#include "bind-fixture.h"

#include "leave-child.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

/* Hands the GPU over and takes it back, ROUNDS times. That another one has it already, or has given
 * it back, is no failure: a failed act or verification would be. */
static int
work(BindFixture *f, const char *gpu)
{
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GError) error = NULL;
        if (!bind_fixture_bind(f, gpu, &error)) {
            g_printerr("bind: %s\n", error->message);
            return 1;
        }
        if (!bind_fixture_unbind(f, gpu, &error) &&
            !strstr(error->message, "was not bound by vfiogpu")) {
            g_printerr("unbind: %s\n", error->message);
            return 1;
        }
    }
    return 0;
}

static void
race(guint n, gboolean same)
{
    static const char *const gpus[] = {FIXTURE_GPU, FIXTURE_OTHER};
    g_autoptr(BindFixture) f = bind_fixture_new();
    for (guint i = 0; i < n; i++) {
        pid_t pid = fork();
        g_assert_cmpint(pid, >=, 0);
        if (pid == 0)
            leave_child(work(f, gpus[same ? 0 : i % G_N_ELEMENTS(gpus)]));
    }
    for (guint i = 0; i < n; i++) {
        int status = 0;
        g_assert_cmpint(wait(&status), >, 0);
        g_assert_cmpint(status, ==, 0);
    }
    bind_fixture_assert_back(f);
}

static void
test_two(void)
{
    race(2, TRUE);
    race(2, FALSE);
}

static void
test_eight(void)
{
    race(8, TRUE);
    race(8, FALSE);
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bind-race/two", test_two);
    g_test_add_func("/bind-race/eight", test_eight);
    return g_test_run();
}
