/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning for the host, with a script in the place of the agent's program. */

#include "provisioner.h"
#include "temp-tree.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    TempTree *tree;
    char *program;
    VfgRoot *facts;
    VfgLog *log;
    VfgProvisioner *provisioner;
    GString *news; /* "phase step state; …" */
} Fixture;

static void
on_news(gpointer data)
{
    Fixture *f = data;
    const VfgProgress *progress = vfg_provisioner_progress(f->provisioner);
    g_string_append_printf(f->news, "%s %u %s; ", vfg_phase_name(progress->phase), progress->step,
                           progress->state ? progress->state : "-");
}

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autofree char *script =
        g_strconcat("#!/bin/sh\necho \"$*\" >\"${0%/*}/called\"\n", (const char *)data, NULL);
    f->tree = temp_tree_new();
    temp_tree_put(f->tree, "program", script);
    f->program = temp_tree_path(f->tree, "program");
    g_assert_cmpint(g_chmod(f->program, 0755), ==, 0);
    f->facts = vfg_root_new(f->tree->top, NULL);
    f->log = vfg_log_new(NULL);
    f->news = g_string_new(NULL);
    f->provisioner = vfg_provisioner_new(f->program, f->facts, f->log, on_news, f);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_provisioner_free(f->provisioner);
    vfg_log_free(f->log);
    vfg_root_free(f->facts);
    g_string_free(f->news, TRUE);
    g_free(f->program);
    temp_tree_free(f->tree);
}

/* Asks, and waits until it is over. */
static void
ask(Fixture *f, const char *arg, const char *policy)
{
    g_autoptr(VfgConfigure) configure = vfg_configure_new();
    configure->profile = g_strdup("cuda");
    if (arg)
        vfg_configure_add_arg(configure, arg, policy);
    gsize before = f->news->len;
    vfg_provisioner_configure(f->provisioner, configure);
    while (f->news->len == before ||
           vfg_provisioner_progress(f->provisioner)->phase == VFG_PHASE_RUNNING)
        g_main_context_iteration(NULL, TRUE);
}

#define LINE(step, state)                                                                  \
    "echo '{\"step\":" step ",\"steps\":2,\"id\":\"i\",\"title\":\"t\",\"state\":\"" state \
    "\",\"package\":null,\"percent\":5,\"text\":null}'\n"

static void
test_done(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, "pci=realloc", "always");
    g_assert_cmpstr(f->news->str, ==,
                    "running 0 -; running 1 running; running 2 done; done 2 done; ");
    g_autofree char *called = temp_tree_get(f->tree, "called");
    g_assert_cmpstr(called, ==,
                    "provision --profile cuda --progress-json --reboot "
                    "--kernel-arg=pci=realloc\n");
    temp_tree_remove(f->tree, "called");
    ask(f, NULL, NULL); /* it is done: only told again */
    g_assert_false(temp_tree_has(f->tree, "called"));
    g_assert_true(g_str_has_suffix(f->news->str, "done 2 done; done 2 done; "));
}

static void
test_failed(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, "pci=realloc", "never");
    g_assert_cmpstr(f->news->str, ==, "running 0 -; running 1 failed; failed 1 failed; ");
    g_assert_cmpstr(vfg_provisioner_progress(f->provisioner)->text, ==, "no disk space");
    g_autofree char *called = temp_tree_get(f->tree, "called");
    g_assert_null(strstr(called, "realloc"));
    temp_tree_remove(f->tree, "called");
    ask(f, NULL, NULL); /* what failed is tried again */
    g_assert_true(temp_tree_has(f->tree, "called"));
}

/* A reboot that was begun leaves status 0 behind. */
static void
test_reboot(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, NULL, NULL);
    g_assert_cmpstr(f->news->str, ==, "running 0 -; running 1 reboot; reboot 1 reboot; ");
}

static void
test_bad_argument(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, "a;b", "always");
    g_assert_cmpstr(f->news->str, ==, "failed 0 -; ");
    g_assert_false(temp_tree_has(f->tree, "called"));
}

static void
test_noise(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, NULL, NULL);
    g_assert_cmpstr(f->news->str, ==, "running 0 -; running 0 -; done 0 -; ");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, script, func) \
    g_test_add("/provisioner/" name, Fixture, script, set_up, func, tear_down)
    ADD("done", LINE("1", "running") LINE("2", "done"), test_done);
    ADD("failed", LINE("1", "failed") "echo 'vfiogpu-agent: no disk space' >&2\nexit 1\n",
        test_failed);
    ADD("reboot", LINE("1", "reboot"), test_reboot);
    ADD("bad-argument", "", test_bad_argument);
    ADD("noise", "echo x\necho '[1]'\necho '{\"step\":-1,\"steps\":\"x\"}'\n", test_noise);
    return g_test_run();
}
