/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running bind plans on the fake kernel: whatever fails, the host is as it was, or the error says
 * that it must be recovered and the journal knows how. */

#include "run.h"

#include "assert-error.h"
#include "fake-kernel.h"
#include "gpu-find.h"
#include "plan-bind.h"
#include "probe.h"
#include "stride.h"

#include <fcntl.h>
#include <unistd.h>

#define GPU "0000:82:00.0"
#define AUDIO "0000:82:00.1"
#define USB "0000:82:00.2"
#define DEADLINE 3 /* s: shorter than the fake kernel is late */
#define BOUND GPU " vfio-pci vfio-pci\n" AUDIO " vfio-pci vfio-pci\n" USB " vfio-pci vfio-pci\n"

typedef struct {
    FakeKernel *kernel;
    TempTree *state; /* the state directory */
    char *before;
    VfgHost *host;
    GPtrArray *gpus;
    GPtrArray *priors;
    VfgJournal *journal;
    GHashTable *journals;
    VfgRun run;
} Fixture;

/* A card with three functions: one with its driver and an override already, one with a driver, one
 * without. vfio-pci is not loaded. */
static FakeKernel *
make_kernel(void)
{
    FakeKernel *kernel = fake_kernel_new();
    fake_kernel_add_function(kernel, GPU, "10de:1e04", 0x0300, "nvidia nouveau", 7);
    fake_kernel_add_function(kernel, AUDIO, "10de:10f7", 0x0403, "snd_hda_intel", 7);
    fake_kernel_add_function(kernel, USB, "10de:1ad6", 0x0c03, "", 7);
    g_assert_true(vfg_root_write(kernel->root, "/sys/bus/pci/devices/" GPU "/driver_override",
                                 "nvidia", NULL));
    return kernel;
}

static gboolean
no_other(const VfgStep *step G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
         GError **error G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

/* Reads the fake host as a command does. */
static void
look(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&f->gpus, g_ptr_array_unref);
    g_clear_pointer(&f->host, vfg_host_free);
    f->host = vfg_probe_host(f->kernel->root, &error);
    g_assert_no_error(error);
    f->gpus = vfg_gpu_find_all(f->host);
    g_assert_cmpuint(f->gpus->len, ==, 1);
}

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const functions[] = {GPU, AUDIO, USB};
    g_autoptr(GError) error = NULL;
    f->kernel = make_kernel();
    f->state = temp_tree_new();
    f->before = fake_kernel_state(f->kernel);
    look(f);
    f->priors = vfg_prior_state_of_gpu(f->gpus->pdata[0]);
    f->journal = vfg_journal_create(f->state->top, GPU, "d2l", "boot", f->priors, &error);
    g_assert_no_error(error);
    f->journals = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
        g_hash_table_insert(f->journals, (gpointer)functions[i], f->journal);
    f->run = (VfgRun){
        .root = f->kernel->root, .journals = f->journals, .timeout = 30, .other = no_other};
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_hash_table_unref(f->journals);
    vfg_journal_free(f->journal);
    g_ptr_array_unref(f->priors);
    g_clear_pointer(&f->gpus, g_ptr_array_unref);
    vfg_host_free(f->host);
    g_free(f->before);
    temp_tree_free(f->state);
    fake_kernel_free(f->kernel);
}

static VfgPlan *
plan_bind(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    look(f);
    VfgPlan *plan = vfg_plan_bind(f->host, f->gpus->pdata[0], &(VfgConsent){0}, &error);
    g_assert_no_error(error);
    return plan;
}

static void
run_plan(const Fixture *f, const VfgPlan *plan)
{
    g_autoptr(GError) error = NULL;
    gboolean good = vfg_run_plan(&f->run, plan, &error);
    g_assert_no_error(error);
    g_assert_true(good);
}

static void
run_restore(const Fixture *f, const VfgPlan *plan)
{
    g_autoptr(GError) error = NULL;
    gboolean good = vfg_run_restore(&f->run, plan, &error);
    g_assert_no_error(error);
    g_assert_true(good);
}

static VfgPlan *
plan_restore(Fixture *f)
{
    look(f);
    return vfg_plan_restore(f->host, GPU, f->priors);
}

static void
assert_state(const Fixture *f, const char *wanted)
{
    g_autofree char *state = fake_kernel_state(f->kernel);
    g_assert_cmpstr(state, ==, wanted);
}

static void
test_there_and_back(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgPlan) bind = plan_bind(f);
    run_plan(f, bind);
    assert_state(f, BOUND);
    g_autofree char *log = fake_kernel_log(f->kernel);
    g_auto(GStrv) parts = g_strsplit(log, "unbind ", 2);
    g_assert_cmpstr(parts[0], ==,
                    "override " GPU "\n" /* the one of make_kernel */
                    "modprobe\n"
                    "override " GPU "\noverride " AUDIO "\noverride " USB "\n");
    /* Both are unbound at the same time, so either may be the first. */
    g_assert_nonnull(strstr(log, "\nunbind " GPU "\n"));
    g_assert_nonnull(strstr(log, "\nunbind " AUDIO "\n"));
    g_assert_true(g_str_has_suffix(log, "\nbind " GPU " vfio-pci\nbind " AUDIO
                                        " vfio-pci\nbind " USB " vfio-pci\n"));
    g_autoptr(VfgPlan) again = plan_bind(f);
    g_assert_cmpuint(again->steps->len, ==, 0);
    run_plan(f, again);
    g_autoptr(VfgPlan) back = plan_restore(f);
    run_restore(f, back);
    assert_state(f, f->before);
    g_autoptr(VfgPlan) nothing = plan_restore(f);
    g_assert_cmpuint(nothing->steps->len, ==, 0);
}

/* Every act on a function stands in the journal before it is done, and its end after. */
static void
test_journal(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    fake_kernel_fail(f->kernel, "bind " AUDIO " vfio-pci", FAKE_EINVAL, TRUE);
    g_assert_false(vfg_run_plan(&f->run, bind, &error));
    g_autofree char *text = temp_tree_get(f->state, "journal/" GPU);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint intents = 0, done = 0;
    for (guint i = 0; lines[i]; i++) {
        intents += strstr(lines[i], " intent step=") != NULL;
        done += strstr(lines[i], " done step=") != NULL;
    }
    /* 3 overrides, 2 unbinds, 1 bind done; 1 bind tried; 6 undone. */
    g_assert_cmpuint(intents, ==, 13);
    g_assert_cmpuint(done, ==, 12);
    g_autoptr(VfgJournalState) state = vfg_journal_read(f->state->top, GPU, &error);
    g_assert_false(state->complete);
    g_assert_cmpuint(state->priors->len, ==, 3);
}

/* A journal that can't be written stops the act. */
static void
test_journal_full(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0) {
        g_test_skip("no /dev/full");
        return;
    }
    g_assert_cmpint(dup2(full, *(int *)f->journal), >=, 0); /* its first member is the descriptor */
    close(full);
    g_assert_false(vfg_run_plan(&f->run, bind, &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot set driver_override of " GPU);
    assert_state(f, f->before);
    g_autofree char *log = fake_kernel_log(f->kernel);
    g_assert_cmpstr(log, ==, "override " GPU "\nmodprobe\n");
}

/* One operation fails, once: everything done before it is undone and the error is its own. */
static void
try_fault(const char *operation, FakeFault fault)
{
    Fixture f = {0};
    g_autoptr(GError) error = NULL;
    set_up(&f, NULL);
    g_autoptr(VfgPlan) bind = plan_bind(&f);
    g_test_message("%s fails, fault %d", operation, fault);
    fake_kernel_fail(f.kernel, operation, fault, TRUE);
    g_assert_false(vfg_run_plan(&f.run, bind, &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot ");
    assert_state(&f, f.before);
    g_autoptr(VfgPlan) second = plan_bind(&f);
    run_plan(&f, second); /* and it can be tried again */
    assert_state(&f, BOUND);
    tear_down(&f, NULL);
}

static const char *const operations[] = {
    "override " GPU, "override " AUDIO,       "override " USB,           "unbind " GPU,
    "unbind " AUDIO, "bind " GPU " vfio-pci", "bind " AUDIO " vfio-pci", "bind " USB " vfio-pci"};

static void
test_faults(void)
{
    static const FakeFault faults[3] = {FAKE_EINVAL, FAKE_NOTHING, FAKE_HALF};
    for (gsize i = 0; i < 3 * G_N_ELEMENTS(operations); i += test_stride())
        try_fault(operations[i / 3], faults[i % 3]);
}

/* The journal's prior states bring everything back. */
static void
assert_recovery(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgJournalState) state = vfg_journal_read(f->state->top, GPU, &error);
    g_assert_no_error(error);
    look(f);
    g_autoptr(VfgPlan) restore = vfg_plan_restore(f->host, GPU, state->priors);
    run_restore(f, restore);
    assert_state(f, f->before);
}

/* A driver that hangs holds the device's lock, so that touching more would hang as well. */
static void
try_hang(const char *operation)
{
    Fixture f = {0};
    g_autoptr(GError) error = NULL;
    set_up(&f, NULL);
    g_autoptr(VfgPlan) bind = plan_bind(&f);
    fake_kernel_fail(f.kernel, operation, FAKE_HANG, TRUE);
    f.run.timeout = DEADLINE;
    g_assert_false(vfg_run_plan(&f.run, bind, &error));
    assert_error(error, VFG_ERROR_RECOVER, "did not return within 3 s");
    assert_fix(error, "vfiogpu recover");
    g_autofree char *log = fake_kernel_log(f.kernel);
    g_autofree char *last = g_strconcat(operation, "\n", NULL);
    if (!g_str_has_prefix(operation, "unbind "))
        g_assert_true(g_str_has_suffix(log, last));
    g_assert_null(strstr(log, "\nbind " USB " vfio-pci\nunbind"));
    g_autoptr(VfgJournalState) state = vfg_journal_read(f.state->top, GPU, NULL);
    g_assert_cmpuint(state->hangs->len, ==, 1);
    const VfgJournalHang *hang = state->hangs->pdata[0];
    g_assert_nonnull(strstr(operation, hang->subject));
    g_assert_cmpint(hang->pid, >, 0);
    assert_recovery(&f);
    tear_down(&f, NULL);
}

static void
test_hangs(void)
{
    try_hang("override " AUDIO);
    try_hang("unbind " GPU);
    try_hang("bind " USB " vfio-pci");
}

static void
test_module(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    fake_kernel_fail(f->kernel, "modprobe", FAKE_EINVAL, FALSE);
    g_assert_false(vfg_run_plan(&f->run, bind, &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot load the module vfio-pci");
    assert_state(f, f->before);
}

/* The undoing fails too: VFG_ERROR_RECOVER with both reasons, all else is undone, and once the
 * fault is gone the journal's prior states bring everything back. */
static void
try_double_fault(const char *operation, const char *inverse)
{
    Fixture f = {0};
    g_autoptr(GError) error = NULL;
    set_up(&f, NULL);
    g_autoptr(VfgPlan) bind = plan_bind(&f);
    g_test_message("%s fails, and %s while undoing", operation, inverse);
    fake_kernel_fail(f.kernel, operation, FAKE_EINVAL, FALSE);
    fake_kernel_fail(f.kernel, inverse, FAKE_EBUSY, FALSE);
    g_assert_false(vfg_run_plan(&f.run, bind, &error));
    assert_error(error, VFG_ERROR_RECOVER, "Invalid argument");
    g_assert_nonnull(strstr(error->message, "undoing it failed too: cannot "));
    g_assert_nonnull(strstr(error->message, "Device or resource busy"));
    assert_fix(error, "vfiogpu recover");
    fake_kernel_heal(f.kernel);
    assert_recovery(&f);
    tear_down(&f, NULL);
}

static void
test_double_faults(void)
{
    try_double_fault("bind " AUDIO " vfio-pci", "bind " GPU " nvidia");
    try_double_fault("bind " USB " vfio-pci", "bind " AUDIO " snd_hda_intel");
    try_double_fault("unbind " AUDIO, "bind " GPU " nvidia");
}

/* A state that somebody else made in the meantime stops the plan and is not undone: it isn't ours.
 */
static void
test_meanwhile(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    g_assert_true(vfg_root_write(f->kernel->root, "/sys/bus/pci/devices/" AUDIO "/driver_override",
                                 "vfio-pci", NULL));
    g_autofree char *now = fake_kernel_state(f->kernel);
    g_assert_false(vfg_run_plan(&f->run, bind, &error));
    assert_error(error, VFG_ERROR_FAILED, "is vfio-pci before the step, not none");
    assert_state(f, now);
}

/* The function is pulled out halfway: the others are undone. */
static void
test_unplugged(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    fake_kernel_unplug(f->kernel, USB);
    g_autofree char *now = fake_kernel_state(f->kernel);
    g_assert_false(vfg_run_plan(&f->run, bind, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, USB " is gone from the PCI bus");
    assert_state(f, now);
}

/* A driver that hangs may return later and finish: nothing may have been forgotten by then. */
static void
test_late(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    fake_kernel_fail(f->kernel, "unbind " AUDIO, FAKE_LATE, TRUE);
    f->run.timeout = DEADLINE;
    g_assert_false(vfg_run_plan(&f->run, bind, &error));
    for (guint i = 0; i < 300; i++) {
        g_autofree char *state = fake_kernel_state(f->kernel);
        if (strstr(state, AUDIO " - "))
            break;
        g_usleep(G_USEC_PER_SEC / 10);
    }
    g_autofree char *state = fake_kernel_state(f->kernel);
    g_assert_nonnull(strstr(state, AUDIO " - "));
    assert_error(error, VFG_ERROR_RECOVER, AUDIO);
    assert_recovery(f);
}

static void
test_restore_goes_on(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) bind = plan_bind(f);
    run_plan(f, bind);
    g_autoptr(VfgPlan) back = plan_restore(f);
    fake_kernel_fail(f->kernel, "unbind " GPU, FAKE_EBUSY, TRUE);
    fake_kernel_fail(f->kernel, "override " USB, FAKE_EINVAL, TRUE);
    g_assert_false(vfg_run_restore(&f->run, back, &error));
    assert_error(error, VFG_ERROR_FAILED, "unbind " GPU " from vfio-pci");
    assert_state(f, GPU " vfio-pci vfio-pci\n" AUDIO " snd_hda_intel -\n" USB " - vfio-pci\n");
    g_clear_error(&error);
    g_autoptr(VfgPlan) rest = plan_restore(f);
    run_restore(f, rest);
    assert_state(f, f->before);
}

/* The steps that are not the kernel's go to the caller, and are undone by their inverses. */
static gboolean
on_other(const VfgStep *step, gpointer data, GError **error)
{
    g_string_append_printf(data, "%s ", vfg_step_kind_name(step->kind));
    if (step->kind != VFG_STEP_WAIT_AGENT)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_TIMEOUT, NULL, "no hello");
    return FALSE;
}

static void
on_progress(guint at, guint n, const VfgStep *step G_GNUC_UNUSED, gpointer data)
{
    g_string_append_printf(data, "%u/%u ", at, n);
}

static void
test_others(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(VfgPlan) plan = vfg_plan_new("start", "d2l");
    vfg_plan_add(plan, VFG_STEP_SET_OVERRIDE, AUDIO, NULL, "vfio-pci");
    vfg_plan_add(plan, VFG_STEP_DEFINE, "d2l", NULL, "defined");
    vfg_plan_add(plan, VFG_STEP_BOOT, "d2l", "shut off", "running");
    vfg_plan_add(plan, VFG_STEP_WAIT_AGENT, "d2l", NULL, NULL);
    f->run.other = on_other;
    f->run.progress = on_progress;
    f->run.data = log;
    g_assert_false(vfg_run_plan(&f->run, plan, &error));
    assert_error(error, VFG_ERROR_TIMEOUT, "cannot wait for the agent in d2l: no hello");
    g_assert_cmpstr(log->str, ==, "0/4 1/4 define 2/4 boot 3/4 wait-agent power-off undefine ");
    assert_state(f, f->before);
}

static gboolean
on_stubborn(const VfgStep *step, gpointer data, GError **error)
{
    GString *log = data;
    if (step->kind == VFG_STEP_POWER_OFF)
        vfg_error_set(error, VFG_ERROR_TIMEOUT, NULL, "it does not go off");
    else if (step->kind == VFG_STEP_BOOT && g_str_equal(step->to, "unknown"))
        vfg_error_set(error, VFG_ERROR_RECOVER, NULL, "who knows");
    else
        return on_other(step, data, error);
    g_string_append_printf(log, "%s ", vfg_step_kind_name(step->kind));
    return FALSE;
}

/* A VM that can't be switched off keeps its devices, and one that may run. */
static void
test_stubborn(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const states[] = {"running", "unknown"};
    static const char *const logs[] = {"boot wait-agent power-off ", "boot "};
    f->run.other = on_stubborn;
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) log = g_string_new(NULL);
        g_autoptr(VfgPlan) plan = vfg_plan_new("start", "d2l");
        if (i == 0)
            vfg_plan_add(plan, VFG_STEP_SET_OVERRIDE, AUDIO, NULL, "vfio-pci");
        vfg_plan_add(plan, VFG_STEP_BOOT, "d2l", NULL, states[i]);
        vfg_plan_add(plan, VFG_STEP_WAIT_AGENT, "d2l", NULL, NULL);
        f->run.data = log;
        g_assert_false(vfg_run_plan(&f->run, plan, &error));
        assert_error(error, VFG_ERROR_RECOVER, i ? "who knows" : "undoing it failed too");
        g_assert_cmpstr(log->str, ==, logs[i]);
        assert_state(f, GPU " nvidia nvidia\n" AUDIO " snd_hda_intel vfio-pci\n" USB " - -\n");
    }
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/run/there-and-back", test_there_and_back},
        {"/run/journal", test_journal},
        {"/run/journal-full", test_journal_full},
        {"/run/module", test_module},
        {"/run/meanwhile", test_meanwhile},
        {"/run/unplugged", test_unplugged},
        {"/run/late", test_late},
        {"/run/restore-goes-on", test_restore_goes_on},
        {"/run/others", test_others},
        {"/run/stubborn", test_stubborn},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/run/faults", test_faults);
    g_test_add_func("/run/hangs", test_hangs);
    g_test_add_func("/run/double-faults", test_double_faults);
    return g_test_run();
}
