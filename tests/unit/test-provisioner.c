/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning for the host, with a script in the place of the agent's program. */

#include "prior-work.h"
#include "provisioner.h"
#include "temp-tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

typedef struct {
    TempTree *tree;
    char *program;
    char *state_dir;
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
    f->state_dir = temp_tree_path(f->tree, "state");
    temp_tree_make_dir(f->tree, "state");
    g_assert_cmpint(g_chmod(f->program, 0755), ==, 0);
    f->facts = vfg_root_new(f->tree->top, NULL);
    f->log = vfg_log_new(NULL);
    f->news = g_string_new(NULL);
    f->provisioner = vfg_provisioner_new(f->program, f->state_dir, f->facts, f->log, on_news, f);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_provisioner_free(f->provisioner);
    vfg_log_free(f->log);
    vfg_root_free(f->facts);
    g_string_free(f->news, TRUE);
    g_free(f->program);
    g_free(f->state_dir);
    temp_tree_free(f->tree);
}

/* Waits for news behind `before` and until nothing is at work. */
static void
settle(Fixture *f, gsize before)
{
    while (f->news->len == before ||
           vfg_provisioner_progress(f->provisioner)->phase == VFG_PHASE_RUNNING)
        g_main_context_iteration(NULL, TRUE);
}

/* Wishes or orders, and waits until it is over. */
static void
wish(Fixture *f, const char *arg, const char *policy,
     void (*how)(VfgProvisioner *provisioner, const VfgConfigure *configure))
{
    g_autoptr(VfgConfigure) configure = vfg_configure_new();
    g_free(configure->profile);
    configure->profile = g_strdup("cuda");
    if (arg)
        vfg_configure_add_arg(configure, arg, policy);
    gsize before = f->news->len;
    how(f->provisioner, configure);
    settle(f, before);
}

static void
ask(Fixture *f, const char *arg, const char *policy)
{
    wish(f, arg, policy, vfg_provisioner_configure);
}

#define LINE(step, state)                                                                  \
    "echo '{\"step\":" step ",\"steps\":2,\"id\":\"i\",\"title\":\"t\",\"state\":\"" state \
    "\",\"package\":null,\"percent\":5,\"text\":null}'\n"

static void
put_state(Fixture *f, const char *phase, const char *boot_id, const char *command)
{
    g_autofree char *text = g_strdup_printf(
        "{\"phase\":\"%s\",\"profile\":\"cuda\",\"boot_id\":\"%s\",\"command\":[%s],\"steps\":["
        "{\"id\":\"a\",\"title\":\"A\",\"state\":\"done\",\"attempts\":1},"
        "{\"id\":\"b\",\"title\":\"B\",\"state\":\"failed\",\"attempts\":1,\"error\":\"no "
        "disk\"}]}",
        phase, boot_id, command);
    temp_tree_put(f->tree, "state/state.json", text);
}

#define COMMAND "provision --profile cuda --progress-json --reboot --state-dir "

static void
assert_called(Fixture *f, const char *options)
{
    g_autofree char *called = temp_tree_get(f->tree, "called");
    g_autofree char *wanted = g_strconcat(COMMAND, f->state_dir, options, "\n", NULL);
    g_assert_cmpstr(called, ==, wanted);
    temp_tree_remove(f->tree, "called");
}

static void
assert_not_called(Fixture *f)
{
    g_assert_false(temp_tree_has(f->tree, "called"));
}

/* What is done is only told again, until it is ordered. */
static void
test_done(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, "pci=realloc", "always");
    g_assert_cmpstr(f->news->str, ==,
                    "running 0 -; running 1 running; running 2 done; done 2 done; ");
    assert_called(f, " --kernel-arg=pci=realloc");
    put_state(f, "done", "", "");
    ask(f, "pci=realloc", "auto");
    assert_not_called(f);
    g_assert_true(g_str_has_suffix(f->news->str, "done 2 failed; "));
    wish(f, "pci=realloc", "auto", vfg_provisioner_provision);
    assert_called(f, " --kernel-arg-auto=pci=realloc");
}

/* So is what failed. */
static void
test_failed(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, "pci=realloc", "never");
    g_assert_cmpstr(f->news->str, ==, "running 0 -; running 1 failed; failed 1 failed; ");
    g_assert_cmpstr(vfg_provisioner_progress(f->provisioner)->text, ==, "no disk space");
    assert_called(f, "");
    put_state(f, "failed", "", "");
    ask(f, NULL, NULL);
    assert_not_called(f);
    g_assert_cmpstr(vfg_provisioner_progress(f->provisioner)->text, ==, "no disk");
    wish(f, NULL, NULL, vfg_provisioner_provision);
    assert_called(f, "");
}

/* What another profile did does not count; what was cut off is gone on with. */
static void
test_other_profile(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgConfigure) configure = vfg_configure_new();
    g_free(configure->profile);
    configure->profile = g_strdup("rocm");
    configure->source = g_strdup("nvidia");
    configure->mirror = g_strdup("http://m/");
    configure->fingerprint = g_strdup("AB");
    put_state(f, "done", "", "");
    vfg_provisioner_configure(f->provisioner, configure);
    settle(f, 0);
    g_autofree char *called = temp_tree_get(f->tree, "called");
    g_assert_nonnull(strstr(called, "--profile rocm "));
    g_assert_nonnull(strstr(called, " --source=nvidia --mirror=http://m/ --fingerprint=AB\n"));
    put_state(f, "running", "", "");
    ask(f, NULL, NULL);
    g_autofree char *resumed = temp_tree_get(f->tree, "called");
    g_assert_true(g_str_has_prefix(resumed, "provision --resume "));
}

/* It is told before the system goes down; a reboot that was begun leaves status 0 behind. */
static void
test_reboot(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    ask(f, NULL, NULL);
    g_assert_cmpstr(f->news->str, ==, "running 0 -; reboot 1 reboot; ");
    while (!g_str_has_suffix(f->news->str, "; reboot 1 reboot; reboot 1 reboot; "))
        g_main_context_iteration(NULL, TRUE);
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

static void
configure_guest(Fixture *f, const char *text)
{
    temp_tree_put(f->tree, "etc/vfiogpu/agent.conf", text);
    temp_tree_put(f->tree, "proc/sys/kernel/random/boot_id", "now\n");
}

/* What the agent calls when it starts; "" for nothing. */
static char *
begin(Fixture *f)
{
    temp_tree_remove(f->tree, "called");
    gsize before = f->news->len;
    vfg_provisioner_begin(f->provisioner);
    if (f->news->len > before)
        settle(f, before);
    return temp_tree_has(f->tree, "called") ? temp_tree_get(f->tree, "called") : g_strdup("");
}

static void
assert_begins(Fixture *f, const char *words)
{
    g_autofree char *called = begin(f);
    g_autofree char *wanted =
        *words ? g_strdup_printf("provision %s --state-dir %s\n", words, f->state_dir)
               : g_strdup("");
    g_assert_cmpstr(called, ==, wanted);
}

/* A fresh image with a configuration sets itself up, goes on after its reboot, and ends. */
static void
test_begin(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(f->tree, "called", "");
    assert_begins(f, ""); /* nothing is configured */
    temp_tree_put(f->tree, "called", "");
    configure_guest(f, "[provision]\nmirror=http://m\nprofile=none\n");
    assert_begins(f, "");
    temp_tree_put(f->tree, "called", "");
    configure_guest(f, "[provision]\nmirror=http://m\n\n[provision]\nprofile=container\n");
    assert_begins(f, "--profile container --progress-json --reboot");
    put_state(f, "running", "", "");
    assert_begins(f, "--resume --progress-json");
    put_state(f, "reboot", "earlier", "");
    assert_begins(f, "--resume --progress-json");
    put_state(f, "reboot", "now", "\"--reboot\"");
    assert_begins(f, "--resume --progress-json");
    put_state(f, "reboot", "now", ""); /* by hand: the reboot is theirs */
    assert_begins(f, "");
}

/* What ended is not begun again by itself. */
static void
test_ended(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    configure_guest(f, "[provision]\nprofile=cuda\n");
    temp_tree_put(f->tree, "called", "");
    put_state(f, "done", "", "");
    assert_begins(f, "");
    temp_tree_put(f->tree, "called", "");
    put_state(f, "failed", "", "");
    assert_begins(f, "");
}

static void
test_bad_configuration(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    configure_guest(f, "[provision]\nprofil=cuda\n");
    temp_tree_put(f->tree, "called", "");
    assert_begins(f, "");
    g_assert_cmpstr(f->news->str, ==, "failed 0 -; ");
    g_assert_nonnull(strstr(vfg_provisioner_progress(f->provisioner)->text, "'profil'"));
}

/* A child of the agent before this one has the lock. */
static int
work_elsewhere(Fixture *f)
{
    g_autofree char *path = temp_tree_path(f->tree, "state/lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
    put_state(f, "running", "", "");
    configure_guest(f, "[provision]\nprofile=cuda\n");
    vfg_provisioner_begin(f->provisioner);
    while (!strstr(f->news->str, "running 2"))
        g_main_context_iteration(NULL, TRUE);
    g_assert_false(temp_tree_has(f->tree, "called"));
    return fd;
}

/* It is followed, and what it came to is told. */
static void
test_follow(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    int fd = work_elsewhere(f);
    put_state(f, "failed", "", "");
    close(fd);
    settle(f, f->news->len);
    g_assert_cmpstr(f->news->str, ==, "running 0 -; running 2 failed; failed 2 failed; ");
    g_assert_cmpstr(vfg_provisioner_progress(f->provisioner)->text, ==, "no disk");
    g_assert_false(temp_tree_has(f->tree, "called"));
}

/* Where it is killed the agent goes on with it. */
static void
test_follow_killed(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    int fd = work_elsewhere(f);
    close(fd);
    settle(f, f->news->len);
    g_autofree char *called = temp_tree_get(f->tree, "called");
    g_assert_true(g_str_has_prefix(called, "provision --resume --progress-json"));
    g_assert_true(g_str_has_suffix(f->news->str, "done 0 -; "));
}

/* What the host wants meanwhile waits instead of failing on the lock. */
static void
test_configure_waits(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = temp_tree_path(f->tree, "state/lock");
    g_autoptr(VfgConfigure) configure = vfg_configure_new();
    g_free(configure->profile);
    configure->profile = g_strdup("cuda");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
    vfg_provisioner_configure(f->provisioner, configure);
    vfg_provisioner_configure(f->provisioner, configure);
    g_assert_false(temp_tree_has(f->tree, "called"));
    close(fd);
    settle(f, f->news->len);
    g_autofree char *called = temp_tree_get(f->tree, "called");
    g_assert_true(g_str_has_prefix(called, "provision --profile cuda --progress-json --reboot"));
}

static void
test_software(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *longer = g_strnfill(257, 'x');
    g_autofree char *state = g_strdup_printf(
        "{\"phase\":\"done\",\"steps\":[],\"driver_state\":\"works\",\"toolkit_version\":\"%s\"}",
        longer);
    g_autoptr(VfgSoftware) bare = vfg_prior_work_software(f->facts, NULL);
    g_assert_null(bare->driver_state);
    temp_tree_put(f->tree, "state/state.json", state);
    temp_tree_put(f->tree, "sys/module/nvidia/version", "580.95.05\n");
    g_autoptr(VfgSoftware) software = vfg_prior_work_software(f->facts, f->state_dir);
    g_assert_cmpstr(software->driver_state, ==, "works");
    g_assert_cmpstr(software->driver_version, ==, "580.95.05");
    g_assert_null(software->toolkit_version);
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
    ADD("other-profile", "", test_other_profile);
    ADD("reboot", LINE("1", "reboot"), test_reboot);
    ADD("begin", "", test_begin);
    ADD("ended", "", test_ended);
    ADD("bad-configuration", "", test_bad_configuration);
    ADD("follow", "", test_follow);
    ADD("follow-killed", "", test_follow_killed);
    ADD("configure-waits", "", test_configure_waits);
    ADD("software", "", test_software);
    ADD("bad-argument", "", test_bad_argument);
    ADD("noise", "echo x\necho '[1]'\necho '{\"step\":-1,\"steps\":\"x\"}'\n", test_noise);
    return g_test_run();
}
