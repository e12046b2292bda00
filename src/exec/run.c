/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a plan. */

#include "run.h"

#include "error.h"
#include "sysfs.h"

/* *acted: whether it came to the act. */
static gboolean
run_sysfs_step(const VfgRun *run, const VfgStep *step, gboolean *acted, GError **error)
{
    VfgJournal *journal = g_hash_table_lookup(run->journals, step->subject);
    if (!vfg_sysfs_check_before(run->root, step, error) ||
        (journal && !vfg_journal_intent(journal, step, error)))
        return FALSE;
    *acted = TRUE;
    return vfg_sysfs_act(run->root, step, run->timeout, error) &&
           vfg_sysfs_check_after(run->root, step, error) &&
           (!journal || vfg_journal_done(journal, step, error));
}

static gboolean
run_step(const VfgRun *run, const VfgStep *step, gboolean *acted, GError **error)
{
    *acted = FALSE;
    gboolean done = vfg_step_is_sysfs(step) ? run_sysfs_step(run, step, acted, error)
                                            : run->other(step, run->data, error);
    if (done)
        return TRUE;
    g_autofree char *what = vfg_step_describe(step);
    g_prefix_error(error, "cannot %s: ", what);
    return FALSE;
}

/* A driver takes no function whose driver_override names another one (drivers/pci/pci-driver.c,
 * pci_match_device), so overrides go back before the original drivers are bound. */
static int
undo_rank(const VfgStep *inverse)
{
    return inverse->kind == VFG_STEP_BIND ? 2 : inverse->kind == VFG_STEP_SET_OVERRIDE ? 1 : 0;
}

static int
compare_ranks(gconstpointer a, gconstpointer b)
{
    return undo_rank(*(VfgStep *const *)a) - undo_rank(*(VfgStep *const *)b);
}

/* The steps that undo the first `n`: last first within each rank (the sort is stable, as glib
 * documents). */
static VfgPlan *
plan_undo(const VfgPlan *plan, guint n)
{
    VfgPlan *undo = vfg_plan_new("undo", plan->subject);
    for (guint i = n; i-- > 0;) {
        VfgStep *inverse = vfg_step_inverse(g_ptr_array_index(plan->steps, i));
        if (inverse)
            g_ptr_array_add(undo->steps, inverse);
    }
    g_ptr_array_sort(undo->steps, compare_ranks);
    return undo;
}

/* Undoes as much as can be undone of the first `n` steps. */
static gboolean
undo(const VfgRun *run, const VfgPlan *plan, guint n, GError **error)
{
    gboolean whole = TRUE;
    g_autoptr(VfgPlan) steps = plan_undo(plan, n);
    for (guint i = 0; i < steps->steps->len; i++) {
        gboolean acted = FALSE;
        g_autoptr(GError) local = NULL;
        if (run_step(run, g_ptr_array_index(steps->steps, i), &acted, &local))
            continue;
        if (whole)
            g_propagate_error(error, g_steal_pointer(&local));
        whole = FALSE;
    }
    return whole;
}

/* A driver that hangs holds its device's lock, which the setting and the reading of driver_override
 * wait for too (drivers/base/driver.c, driver_set_override), and it may still finish: nothing more
 * is touched. */
static gboolean
may_still_happen(const VfgStep *step, gboolean acted, const GError *failure)
{
    return acted && step->kind != VFG_STEP_LOAD_MODULE &&
           g_error_matches(failure, VFG_ERROR, VFG_ERROR_TIMEOUT);
}

/* Brings the host back after the failure of step `at`. An act whose verification failed may have
 * had its effect, so that step is undone too where its `to` is there. */
static void
settle(const VfgRun *run, const VfgPlan *plan, guint at, gboolean acted, GError *failure,
       GError **error)
{
    const VfgStep *step = g_ptr_array_index(plan->steps, at);
    g_autoptr(GError) owned = failure;
    g_autoptr(GError) trouble = NULL;
    if (may_still_happen(step, acted, failure)) {
        vfg_error_set(error, VFG_ERROR_RECOVER,
                      "see what the kernel says (dmesg) and which processes hold the device; once "
                      "it is free, run 'vfiogpu recover'",
                      "%s; what was done before is not undone while that lasts", failure->message);
        return;
    }
    gboolean happened = acted && vfg_sysfs_check_after(run->root, step, NULL);
    if (undo(run, plan, at + happened, &trouble)) {
        g_propagate_error(error, g_steal_pointer(&owned));
        return;
    }
    vfg_error_set(error, VFG_ERROR_RECOVER, "run 'vfiogpu recover'",
                  "%s; undoing it failed too: %s", failure->message, trouble->message);
}

gboolean
vfg_run_plan(const VfgRun *run, const VfgPlan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        GError *failure = NULL;
        gboolean acted = FALSE;
        if (run->progress)
            run->progress(i, plan->steps->len, step, run->data);
        if (run_step(run, step, &acted, &failure))
            continue;
        settle(run, plan, i, acted, failure, error);
        return FALSE;
    }
    return TRUE;
}

gboolean
vfg_run_restore(const VfgRun *run, const VfgPlan *plan, GError **error)
{
    gboolean whole = TRUE;
    g_autoptr(GHashTable) failed = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        g_autoptr(GError) local = NULL;
        gboolean acted = FALSE;
        if (g_hash_table_contains(failed, step->subject))
            continue;
        if (run->progress)
            run->progress(i, plan->steps->len, step, run->data);
        if (run_step(run, step, &acted, &local))
            continue;
        g_hash_table_add(failed, step->subject);
        if (whole)
            g_propagate_error(error, g_steal_pointer(&local));
        whole = FALSE;
    }
    return whole;
}
