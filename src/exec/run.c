/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a plan. */

#include "run.h"

#include "error.h"
#include "process.h"
#include "sysfs.h"

/* One step on its way. */
typedef struct {
    const VfgStep *step;
    VfgChild *child; /* NULL: not begun, or it needed none */
    gboolean acted;  /* it came to the act */
    gboolean hung;   /* which did not return in time and may still happen */
    GError *error;   /* NULL: done, as far as it came */
} Act;

/* A plan on its way. */
typedef struct {
    const VfgRun *run;
    const VfgPlan *plan;
    gboolean *done; /* for each step: it was, or its `to` is there although it failed */
} Walk;

static VfgJournal *
journal_of(const VfgRun *run, const VfgStep *step)
{
    return g_hash_table_lookup(run->journals, step->subject);
}

/* Precondition, intent, and the act begun. */
static void
begin_act(const VfgRun *run, Act *act)
{
    const VfgStep *step = act->step;
    VfgJournal *journal = journal_of(run, step);
    if (!vfg_sysfs_check_before(run->root, step, &act->error) ||
        (journal && !vfg_journal_intent(journal, step, &act->error)))
        return;
    act->acted = TRUE;
    if (vfg_sysfs_is_done(run->root, step))
        return;
    if (step->kind == VFG_STEP_LOAD_MODULE)
        (void)!vfg_sysfs_act(run->root, step, run->timeout, &act->error);
    else
        act->child = vfg_sysfs_start(run->root, step, &act->error);
}

/* A driver that hangs holds its device's lock, which the setting and the reading of driver_override
 * wait for too (drivers/base/driver.c, driver_set_override), and it may still finish: nothing more
 * is touched. The journal says which process hangs. */
static void
note_hang(const VfgRun *run, Act *act)
{
    VfgJournal *journal = journal_of(run, act->step);
    int pid = vfg_child_pid(act->child);
    g_autoptr(VfgProcess) process = vfg_process_look(run->root, pid);
    g_autoptr(GError) trouble = NULL;
    act->hung = TRUE;
    if (run->hung)
        g_ptr_array_add(run->hung, g_strdup(act->step->subject));
    if (journal &&
        !vfg_journal_hang(journal, act->step, pid, process ? process->start : 0, &trouble))
        g_prefix_error(&act->error, "%s; ", trouble->message);
}

/* The end of the act, verification, outcome. */
static void
finish_act(const VfgRun *run, Act *act, gint64 deadline)
{
    const VfgStep *step = act->step;
    VfgJournal *journal = journal_of(run, step);
    if (act->child && !vfg_child_await(act->child, deadline, run->timeout, &act->error) &&
        g_error_matches(act->error, VFG_ERROR, VFG_ERROR_TIMEOUT))
        note_hang(run, act);
    if (!act->error && vfg_sysfs_check_after(run->root, step, &act->error) && journal)
        (void)!vfg_journal_done(journal, step, &act->error);
}

static void
act_clear(Act *act)
{
    vfg_child_free(act->child);
    g_clear_error(&act->error);
}

static void
prefix_failure(Act *act)
{
    if (!act->error)
        return;
    g_autofree char *what = vfg_step_describe(act->step);
    g_prefix_error(&act->error, "cannot %s: ", what);
}

/* Steps of the kernel's, at the same time where there are several. With `go_on` one that can't
 * begin does not keep the others from it. */
static void
run_sysfs(const VfgRun *run, Act *acts, guint n, gboolean go_on)
{
    guint begun = 0;
    for (; begun < n && (go_on || begun == 0 || !acts[begun - 1].error); begun++)
        begin_act(run, &acts[begun]);
    gint64 deadline = g_get_monotonic_time() + (gint64)run->timeout * G_USEC_PER_SEC;
    for (guint i = 0; i < begun; i++) {
        if (!acts[i].error)
            finish_act(run, &acts[i], deadline);
        prefix_failure(&acts[i]);
    }
}

static void
run_other(const VfgRun *run, Act *act)
{
    (void)!run->other(act->step, run->data, &act->error);
    prefix_failure(act);
}

static void
run_acts(const VfgRun *run, Act *acts, guint n, gboolean go_on)
{
    if (vfg_step_is_sysfs(acts[0].step))
        run_sysfs(run, acts, n, go_on);
    else
        run_other(run, acts);
}

/* How many steps from `at` on are done at the same time: those that unbind, each another function.
 */
static guint
count_together(const VfgPlan *plan, guint at)
{
    g_autoptr(GHashTable) subjects = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = 0;
    for (guint i = at; i < plan->steps->len; i++, n++) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        if (step->kind != VFG_STEP_UNBIND || !g_hash_table_add(subjects, step->subject))
            break;
    }
    return MAX(n, 1);
}

/* Overrides go back before the original drivers are bound: a driver takes no function whose
 * driver_override names another one (drivers/pci/pci-driver.c, pci_match_device). What is shown on
 * a GPU comes back once it is there. */
static int
undo_rank(const VfgStep *inverse)
{
    if (inverse->kind == VFG_STEP_SET_CONSOLE || inverse->kind == VFG_STEP_SET_FRAMEBUFFER)
        return 3;
    return inverse->kind == VFG_STEP_BIND ? 2 : inverse->kind == VFG_STEP_SET_OVERRIDE ? 1 : 0;
}

static int
compare_ranks(gconstpointer a, gconstpointer b)
{
    return undo_rank(*(VfgStep *const *)a) - undo_rank(*(VfgStep *const *)b);
}

/* The steps that undo what was done: last first within each rank (the sort is stable, as glib
 * documents). */
static VfgPlan *
plan_undo(const Walk *walk)
{
    VfgPlan *undo = vfg_plan_new("undo", walk->plan->subject);
    for (guint i = walk->plan->steps->len; i-- > 0;) {
        const VfgStep *step = g_ptr_array_index(walk->plan->steps, i);
        VfgStep *inverse = walk->done[i] ? vfg_step_inverse(step) : NULL;
        if (inverse)
            g_ptr_array_add(undo->steps, inverse);
    }
    g_ptr_array_sort(undo->steps, compare_ranks);
    return undo;
}

/* A VM that can't be switched off keeps its devices: unbinding them would wait for it for ever. */
static gboolean
ends_it(const Act *act)
{
    return act->error && act->step->kind == VFG_STEP_POWER_OFF;
}

/* Does as much as can be done, and gives the first failure. Of one function nothing is done after a
 * failure where `careful`. */
static gboolean
run_all(const VfgRun *run, const VfgPlan *plan, gboolean careful, GError **error)
{
    g_autoptr(GHashTable) failed = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean whole = TRUE, go_on = TRUE;
    for (guint at = 0, n = 0; go_on && at < plan->steps->len; at += n) {
        g_autofree Act *acts = NULL;
        guint wanted = 0;
        n = count_together(plan, at);
        acts = g_new0(Act, n);
        for (guint i = at; i < at + n; i++) {
            const VfgStep *step = g_ptr_array_index(plan->steps, i);
            if (careful && g_hash_table_contains(failed, step->subject))
                continue;
            if (careful && run->progress)
                run->progress(i, plan->steps->len, step, run->data);
            acts[wanted++].step = step;
        }
        if (wanted)
            run_acts(run, acts, wanted, TRUE);
        for (guint i = 0; i < wanted; i++) {
            go_on = go_on && !ends_it(&acts[i]);
            if (acts[i].error)
                g_hash_table_add(failed, acts[i].step->subject);
            if (acts[i].error && whole)
                g_propagate_error(error, g_steal_pointer(&acts[i].error));
            act_clear(&acts[i]);
        }
        whole = whole && g_hash_table_size(failed) == 0;
    }
    return whole;
}

/* Brings the host back after a failure. */
static void
settle(const Walk *walk, gboolean hung, const GError *failure, GError **error)
{
    g_autoptr(VfgPlan) undo = plan_undo(walk);
    g_autoptr(GError) trouble = NULL;
    if (hung)
        vfg_error_set(error, VFG_ERROR_RECOVER,
                      "see what the kernel says (dmesg) and which processes hold the device; once "
                      "it is free, run 'vfiogpu recover'",
                      "%s; what was done before is not undone while that lasts", failure->message);
    else if (g_error_matches(failure, VFG_ERROR, VFG_ERROR_RECOVER) ||
             run_all(walk->run, undo, FALSE, &trouble))
        g_propagate_error(error, g_error_copy(failure));
    else
        vfg_error_set(error, VFG_ERROR_RECOVER, "run 'vfiogpu recover'",
                      "%s; undoing it failed too: %s", failure->message, trouble->message);
}

/* The failure that is told: one that hangs before others. */
static const Act *
find_failure(const Act *acts, guint n)
{
    const Act *found = NULL;
    for (guint i = 0; i < n; i++)
        if (acts[i].error && (!found || (acts[i].hung && !found->hung)))
            found = &acts[i];
    return found;
}

/* An act whose verification failed may have had its effect: then it counts as done, and is undone.
 * Nothing is asked of a function that hangs. */
static void
note_done(Walk *walk, guint at, const Act *acts, guint n, gboolean hung)
{
    for (guint i = 0; i < n; i++) {
        const Act *act = &acts[i];
        gboolean sysfs = vfg_step_is_sysfs(act->step);
        walk->done[at + i] =
            sysfs
                ? act->acted && (!act->error ||
                                 (!hung && vfg_sysfs_check_after(walk->run->root, act->step, NULL)))
                : !act->error;
    }
}

static gboolean
ask_guard(const VfgRun *run, const Act *acts, guint n, GError **error)
{
    if (!run->guard || acts[0].step->kind != VFG_STEP_UNBIND)
        return TRUE;
    g_autoptr(GPtrArray) steps = g_ptr_array_new();
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(steps, (gpointer)acts[i].step);
    return run->guard(steps, run->data, error);
}

/* Runs the `n` steps from `at` on; a failure is settled. */
static gboolean
advance(Walk *walk, guint at, guint n, GError **error)
{
    const VfgRun *run = walk->run;
    g_autofree Act *acts = g_new0(Act, n);
    g_autoptr(GError) stop = NULL;
    for (guint i = 0; i < n; i++) {
        acts[i].step = g_ptr_array_index(walk->plan->steps, at + i);
        if (run->progress)
            run->progress(at + i, walk->plan->steps->len, acts[i].step, run->data);
    }
    if ((run->interrupted && run->interrupted(run->data, &stop)) ||
        !ask_guard(run, acts, n, &stop)) {
        settle(walk, FALSE, stop, error);
        return FALSE;
    }
    run_acts(run, acts, n, FALSE);
    const Act *failure = find_failure(acts, n);
    note_done(walk, at, acts, n, failure && failure->hung);
    if (failure)
        settle(walk, failure->hung, failure->error, error);
    for (guint i = 0; i < n; i++)
        act_clear(&acts[i]);
    return failure == NULL;
}

gboolean
vfg_run_plan(const VfgRun *run, const VfgPlan *plan, GError **error)
{
    g_autofree gboolean *done = g_new0(gboolean, plan->steps->len + 1);
    Walk walk = {run, plan, done};
    for (guint at = 0, n = 0; at < plan->steps->len; at += n) {
        n = count_together(plan, at);
        if (!advance(&walk, at, n, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vfg_run_restore(const VfgRun *run, const VfgPlan *plan, GError **error)
{
    return run_all(run, plan, TRUE, error);
}
