/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A command killed at any act: the journal and a fresh look at the host bring everything back, and
 * a recovery that is killed too can be run again. */

#include "run.h"

#include "assert-error.h"
#include "fake-kernel.h"
#include "gpu-find.h"
#include "plan-bind.h"
#include "probe.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define GPU "0000:82:00.0"
#define AUDIO "0000:82:00.1"

static void
run_plan(GHashTable *journals, VfgRoot *root, const VfgPlan *plan, gboolean restore)
{
    g_autoptr(GError) error = NULL;
    VfgRun run = {.root = root, .journals = journals, .timeout = 30};
    gboolean good =
        restore ? vfg_run_restore(&run, plan, &error) : vfg_run_plan(&run, plan, &error);
    g_assert_no_error(error);
    g_assert_true(good);
}

static void
run_with_journal(const FakeKernel *kernel, VfgJournal *journal, const VfgPlan *plan,
                 gboolean restore)
{
    g_autoptr(GHashTable) journals = g_hash_table_new(g_str_hash, g_str_equal);
    g_assert_nonnull(journal);
    g_hash_table_insert(journals, (gpointer)GPU, journal);
    g_hash_table_insert(journals, (gpointer)AUDIO, journal);
    run_plan(journals, kernel->root, plan, restore);
}

static VfgHost *
look(const FakeKernel *kernel)
{
    g_autoptr(GError) error = NULL;
    VfgHost *host = vfg_probe_host(kernel->root, &error);
    g_assert_no_error(error);
    return host;
}

/* What `bind` does. */
static void
command_bind(const FakeKernel *kernel, const TempTree *state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgHost) host = look(kernel);
    g_autoptr(GPtrArray) gpus = vfg_gpu_find_all(host);
    g_autoptr(GPtrArray) priors = vfg_prior_state_of_gpu(gpus->pdata[0]);
    g_autoptr(VfgPlan) plan = vfg_plan_bind(host, gpus->pdata[0], &(VfgConsent){0}, &error);
    g_autoptr(VfgJournal) journal = vfg_journal_create(state->top, GPU, "", "boot", priors, &error);
    g_assert_no_error(error);
    run_with_journal(kernel, journal, plan, FALSE);
    g_assert_true(vfg_journal_complete(journal, &error));
}

/* What `recover` and `unbind` do. */
static void
command_restore(const FakeKernel *kernel, const TempTree *state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgHost) host = look(kernel);
    g_autoptr(VfgJournalState) read = vfg_journal_read(state->top, GPU, &error);
    g_assert_no_error(error);
    g_autoptr(VfgJournal) journal = vfg_journal_open(state->top, GPU, &error);
    g_autoptr(VfgPlan) plan = vfg_plan_restore(host, GPU, read->priors);
    run_with_journal(kernel, journal, plan, TRUE);
    g_assert_true(vfg_journal_remove(state->top, GPU, &error));
    g_assert_no_error(error);
}

typedef void (*Command)(const FakeKernel *kernel, const TempTree *state);

/* Runs a command that is killed at an operation. Whether it was. */
static gboolean
run_killed(Command command, const FakeKernel *kernel, const TempTree *state, const char *operation,
           FakeFault fault)
{
    int status = 0;
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        fake_kernel_fail(kernel, operation, fault, TRUE);
        command(kernel, state);
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    /* What it had begun goes on; a real command has the GPU claimed meanwhile. */
    while (waitpid(-1, NULL, 0) > 0)
        ;
    fake_kernel_heal(kernel);
    return WIFSIGNALED(status);
}

static FakeKernel *
make_kernel(void)
{
    FakeKernel *kernel = fake_kernel_new();
    fake_kernel_add_driver(kernel, "vfio-pci");
    fake_kernel_add_function(kernel, GPU, "10de:1e04", 0x0300, "nvidia nouveau", 7);
    fake_kernel_add_function(kernel, AUDIO, "10de:10f7", 0x0403, "snd_hda_intel", 7);
    return kernel;
}

static void
assert_state(const FakeKernel *kernel, const char *wanted)
{
    g_autofree char *state = fake_kernel_state(kernel);
    g_assert_cmpstr(state, ==, wanted);
}

static const char *const bind_operations[] = {"override " GPU,         "override " AUDIO,
                                              "unbind " GPU,           "unbind " AUDIO,
                                              "bind " GPU " vfio-pci", "bind " AUDIO " vfio-pci"};
static const char *const restore_operations[] = {
    "unbind " GPU,     "unbind " AUDIO,       "override " GPU,
    "override " AUDIO, "bind " GPU " nvidia", "bind " AUDIO " snd_hda_intel"};

static void
try_killed_bind(const char *operation, FakeFault fault)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(TempTree) state = temp_tree_new();
    g_autofree char *before = fake_kernel_state(kernel);
    g_test_message("bind killed at %s, fault %d", operation, fault);
    g_assert_true(run_killed(command_bind, kernel, state, operation, fault));
    command_restore(kernel, state);
    assert_state(kernel, before);
    g_assert_false(temp_tree_has(state, "journal/" GPU));
}

static void
test_bind(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bind_operations); i++) {
        try_killed_bind(bind_operations[i], FAKE_DIE_BEFORE);
        try_killed_bind(bind_operations[i], FAKE_DIE_AFTER);
    }
}

static void
try_killed_restore(const char *operation, FakeFault fault)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(TempTree) state = temp_tree_new();
    g_autofree char *before = fake_kernel_state(kernel);
    g_test_message("restore killed at %s, fault %d", operation, fault);
    command_bind(kernel, state);
    g_assert_true(run_killed(command_restore, kernel, state, operation, fault));
    g_assert_true(temp_tree_has(state, "journal/" GPU));
    command_restore(kernel, state);
    assert_state(kernel, before);
}

static void
test_restore(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(restore_operations); i++) {
        try_killed_restore(restore_operations[i], FAKE_DIE_BEFORE);
        try_killed_restore(restore_operations[i], FAKE_DIE_AFTER);
    }
}

/* A bind killed, its recovery killed, and so on: each step of the way back, one kill. */
static void
test_again_and_again(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(TempTree) state = temp_tree_new();
    g_autofree char *before = fake_kernel_state(kernel);
    g_assert_true(
        run_killed(command_bind, kernel, state, "bind " AUDIO " vfio-pci", FAKE_DIE_AFTER));
    for (gsize i = 0; i < G_N_ELEMENTS(restore_operations); i++) {
        g_autofree char *now = fake_kernel_state(kernel);
        if (i == 1 && strstr(now, AUDIO " - ")) /* done at the same time as the first */
            continue;
        g_assert_true(
            run_killed(command_restore, kernel, state, restore_operations[i], FAKE_DIE_AFTER));
    }
    command_restore(kernel, state);
    assert_state(kernel, before);
}

/* Somebody bound another driver meanwhile: it stays. */
static void
test_stranger(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(TempTree) state = temp_tree_new();
    g_assert_true(run_killed(command_bind, kernel, state, "unbind " AUDIO, FAKE_DIE_BEFORE));
    fake_kernel_add_driver(kernel, "nouveau");
    g_assert_true(vfg_root_write(kernel->root, "/sys/bus/pci/devices/" GPU "/driver_override",
                                 "nouveau", NULL));
    g_assert_true(vfg_root_write(kernel->root, "/sys/bus/pci/drivers/nouveau/bind", GPU, NULL));
    command_restore(kernel, state);
    assert_state(kernel, GPU " nouveau -\n" AUDIO " snd_hda_intel -\n");
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
    g_test_add_func("/recovery/bind", test_bind);
    g_test_add_func("/recovery/restore", test_restore);
    g_test_add_func("/recovery/again-and-again", test_again_and_again);
    g_test_add_func("/recovery/stranger", test_stranger);
    return g_test_run();
}
