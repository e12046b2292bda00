/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every operation of bind and of unbind fails in every way: afterwards the host is as it was, or as
 * it was to be, or the error says that it must be recovered, and recovering brings it back. None is
 * taken for a success. Then round trips. */

#include "bind-fixture.h"

#include "assert-error.h"
#include "error.h"
#include "growth.h"
#include "leave-child.h"
#include "stride.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_TIMEOUT 4 /* s: an act that does not hang takes less also on a busy machine */

static const FakeFault faults[] = {FAKE_EBUSY, FAKE_EINVAL, FAKE_ENODEV,  FAKE_ENOMEM,
                                   FAKE_EIO,   FAKE_HANG,   FAKE_NOTHING, FAKE_HALF};

typedef gboolean (*Command)(BindFixture *f, const char *gpu, GError **error);

/* The operations that a command does, from the fake kernel's log. */
static char **
operations_of(BindFixture *f, Command command)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = fake_kernel_log(f->kernel);
    g_assert_true(command(f, FIXTURE_GPU, &error));
    g_autofree char *after = fake_kernel_log(f->kernel);
    g_autofree char *own = g_strchomp(g_strdup(after + strlen(before)));
    return g_strsplit(own, "\n", -1);
}

typedef enum { OLD_STATE, RECOVERED, N_OUTCOMES } Outcome;

static Outcome
judge(BindFixture *f, const GError *error, const char *was)
{
    g_autofree char *now = fake_kernel_state(f->kernel);
    g_assert_nonnull(error);
    fake_kernel_heal(f->kernel);
    if (!g_error_matches(error, VFG_ERROR, VFG_ERROR_RECOVER) && g_str_equal(now, was))
        return OLD_STATE;
    /* Named: the message says so, or the next command refuses until it is recovered. */
    g_autoptr(GError) next = NULL;
    if (!g_error_matches(error, VFG_ERROR, VFG_ERROR_RECOVER)) {
        g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &next));
        assert_error(next, VFG_ERROR_RECOVER, FIXTURE_GPU);
    }
    bind_fixture_assert_recovery(f);
    return RECOVERED;
}

static Outcome
try_fault(Command before, Command command, const char *operation, FakeFault fault)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    g_test_message("%s meets fault %d", operation, fault);
    f->timeout = fault == FAKE_HANG ? HANG_TIMEOUT : 60;
    g_assert_true(!before || before(f, FIXTURE_GPU, NULL));
    g_autofree char *was = fake_kernel_state(f->kernel);
    fake_kernel_fail(f->kernel, operation, fault, TRUE);
    g_assert_false(command(f, FIXTURE_GPU, &error));
    return judge(f, error, was);
}

/* In a process of its own, so that those that wait for a deadline wait together. */
static pid_t
start_fault(Command before, Command command, const char *operation, FakeFault fault)
{
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0)
        leave_child((int)try_fault(before, command, operation, fault));
    return pid;
}

static Outcome
await_fault(pid_t pid)
{
    int status = 0;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status)); /* it has said why */
    g_assert_cmpint(WEXITSTATUS(status), <, N_OUTCOMES);
    return (Outcome)WEXITSTATUS(status);
}

static void
try_all(const char *name, Command before, Command command)
{
    guint outcomes[N_OUTCOMES] = {0}, tried = 0;
    g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(pid_t));
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_assert_true(!before || before(f, FIXTURE_GPU, NULL));
    g_auto(GStrv) operations = operations_of(f, command);
    g_assert_cmpuint(g_strv_length(operations), ==, 8);
    guint n = g_strv_length(operations) * (guint)G_N_ELEMENTS(faults);
    for (guint i = 0; i < n; i += test_stride(), tried++) {
        const char *operation = operations[i / G_N_ELEMENTS(faults)];
        FakeFault fault = faults[i % G_N_ELEMENTS(faults)];
        if (fault != FAKE_HANG) {
            outcomes[try_fault(before, command, operation, fault)]++;
            continue;
        }
        pid_t pid = start_fault(before, command, operation, fault);
        g_array_append_val(waiting, pid);
    }
    for (guint i = 0; i < waiting->len; i++)
        outcomes[await_fault(g_array_index(waiting, pid_t, i))]++;
    g_assert_cmpuint(outcomes[OLD_STATE] + outcomes[RECOVERED], ==, tried);
    printf("# %s: %u failures, %u back at once, %u recovered\n", name, tried, outcomes[OLD_STATE],
           outcomes[RECOVERED]);
}

static void
test_bind(void)
{
    try_all("bind", NULL, bind_fixture_bind);
}

static void
test_unbind(void)
{
    try_all("unbind", bind_fixture_bind, bind_fixture_unbind);
}

/* A GPU whose driver hangs: who had it open is named, though its files are gone; the other one can
 * be bound meanwhile, and the next command on the first is told to recover. */
static void
test_hang(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    f->timeout = HANG_TIMEOUT;
    fake_kernel_hold_sound(f->kernel, FIXTURE_AUDIO, 900);
    fake_kernel_fail(f->kernel, "unbind " FIXTURE_AUDIO, FAKE_HANG, TRUE);
    g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &error));
    assert_error(error, VFG_ERROR_RECOVER, "did not return within " G_STRINGIFY(HANG_TIMEOUT) " s");
    assert_error(error, VFG_ERROR_RECOVER,
                 "; process 900 (pipewire, user 1000) has /dev/snd/controlC0 open");
    assert_fix(error, "vfiogpu recover");
    g_clear_error(&error);
    g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &error));
    assert_error(error, VFG_ERROR_RECOVER, "was cut off");
    g_clear_error(&error);
    assert_succeeds(bind_fixture_bind(f, FIXTURE_OTHER, &error), error);
    g_assert_no_error(error);
    assert_succeeds(bind_fixture_unbind(f, FIXTURE_OTHER, &error), error);
    bind_fixture_assert_recovery(f);
}

/* The process that hangs is named while it is there, and nothing is waited for. */
static void
test_still_hangs(void)
{
    static const char journal[] = "journal/" FIXTURE_GPU;
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    f->timeout = HANG_TIMEOUT;
    fake_kernel_fail(f->kernel, "unbind " FIXTURE_GPU, FAKE_HANG, TRUE);
    g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &error));
    g_clear_error(&error);
    fake_kernel_jam(f->kernel, FIXTURE_GPU);
    g_autofree char *settled = bind_fixture_recover(f, &error);
    g_assert_null(settled);
    assert_error(error, VFG_ERROR_RECOVER, "a driver still hangs in " FIXTURE_GPU);
    g_assert_true(temp_tree_has(f->state, journal));
    g_clear_error(&error);
    g_assert_false(bind_fixture_bind(f, FIXTURE_OTHER, &error) &&
                   !bind_fixture_unbind(f, FIXTURE_OTHER, &error));
    g_assert_no_error(error);
    fake_kernel_unjam(f->kernel, FIXTURE_GPU, "vfio-pci\n");
    bind_fixture_assert_recovery(f);
}

/* A function that was pulled out, a driver that is gone, another boot, a torn record. */
static void
test_recover_rest(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    fake_kernel_fail(f->kernel, "bind " FIXTURE_AUDIO " vfio-pci", FAKE_EIO, TRUE);
    fake_kernel_fail(f->kernel, "bind " FIXTURE_GPU " nvidia", FAKE_EIO, FALSE);
    g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &error));
    assert_error(error, VFG_ERROR_RECOVER, "undoing it failed too");
    fake_kernel_heal(f->kernel);
    g_clear_error(&error);
    temp_tree_remove(f->kernel->tree, "sys/bus/pci/drivers/nvidia");
    fake_kernel_unplug(f->kernel, FIXTURE_AUDIO);
    g_autofree char *settled = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(settled, FIXTURE_GPU " was given back"));
    g_assert_nonnull(strstr(settled, FIXTURE_GPU " stays without a driver: nvidia is not loaded"));
    g_assert_nonnull(strstr(settled, FIXTURE_AUDIO " is gone from the PCI bus"));
    g_autofree char *again = bind_fixture_recover(f, &error);
    g_assert_cmpstr(again, ==, "");
}

static void
test_reboot(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    assert_succeeds(bind_fixture_bind(f, FIXTURE_OTHER, &error), error);
    temp_tree_put(f->kernel->tree, "proc/sys/kernel/random/boot_id", "another\n");
    g_autofree char *settled = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(settled, ==, FIXTURE_OTHER ": the reboot has given it back");
    g_assert_false(temp_tree_has(f->state, "journal/" FIXTURE_OTHER));
}

#define ROUNDS 100

static void
test_round_trips(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    guint rounds = MAX(8, ROUNDS / test_stride());
    Growth growth = {0};
    while (waitpid(-1, NULL, WNOHANG) > 0) /* those that hung in tests before */
        ;
    for (guint i = 0; i < rounds; i++) {
        assert_succeeds(bind_fixture_bind(f, FIXTURE_GPU, &error), error);
        assert_succeeds(bind_fixture_unbind(f, FIXTURE_GPU, &error), error);
        bind_fixture_assert_back(f);
        if (i == rounds / 4)
            growth = growth_begin();
    }
    growth_assert_none(growth, rounds);
}

/* A signal before the end undoes what was done; none is lost on the way back. */
static void
test_interrupted(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    sigset_t held, before;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &before);
    raise(SIGTERM); /* comes as soon as somebody looks */
    g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &error));
    assert_error(error, VFG_ERROR_INTERRUPTED, "interrupted by SIGTERM");
    bind_fixture_assert_back(f);
    g_clear_error(&error);
    assert_succeeds(bind_fixture_bind(f, FIXTURE_GPU, &error), error);
    raise(SIGTERM);
    assert_succeeds(bind_fixture_unbind(f, FIXTURE_GPU, &error), error); /* finishes */
    g_assert_no_error(error);
    bind_fixture_assert_back(f);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bind-faults/bind", test_bind);
    g_test_add_func("/bind-faults/unbind", test_unbind);
    g_test_add_func("/bind-faults/hang", test_hang);
    g_test_add_func("/bind-faults/still-hangs", test_still_hangs);
    g_test_add_func("/bind-faults/recover-rest", test_recover_rest);
    g_test_add_func("/bind-faults/reboot", test_reboot);
    g_test_add_func("/bind-faults/round-trips", test_round_trips);
    g_test_add_func("/bind-faults/interrupted", test_interrupted);
    return g_test_run();
}
