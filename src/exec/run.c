/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a plan. */

#include "run.h"

#include "error.h"
#include "sysfs.h"

static gboolean
run_sysfs_step(const VfgRun *run, const VfgStep *step, GError **error)
{
    VfgJournal *journal = g_hash_table_lookup(run->journals, step->subject);
    return vfg_sysfs_check_before(run->root, step, error) &&
           (!journal || vfg_journal_intent(journal, step, error)) &&
           vfg_sysfs_act(run->root, step, run->timeout, error) &&
           vfg_sysfs_check_after(run->root, step, error) &&
           (!journal || vfg_journal_done(journal, step, error));
}

static gboolean
run_step(const VfgRun *run, const VfgStep *step, GError **error)
{
    gboolean done = vfg_step_is_sysfs(step) ? run_sysfs_step(run, step, error)
                                            : run->other(step, run->data, error);
    if (done)
        return TRUE;
    g_autofree char *what = vfg_step_describe(step);
    g_prefix_error(error, "cannot %s: ", what);
    return FALSE;
}

/* Undoes the first `n` steps, last first. A step whose verification failed may have had half an
 * effect, so the failed one is undone too where its `to` is there. */
static gboolean
undo(const VfgRun *run, const VfgPlan *plan, guint n, GError **error)
{
    gboolean whole = TRUE;
    for (guint i = n; i-- > 0;) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        g_autoptr(VfgStep) inverse = vfg_step_inverse(step);
        g_autoptr(GError) local = NULL;
        if (!inverse || run_step(run, inverse, &local))
            continue;
        if (whole)
            g_propagate_error(error, g_steal_pointer(&local));
        whole = FALSE;
    }
    return whole;
}

static gboolean
has_taken_effect(const VfgRun *run, const VfgStep *step)
{
    return vfg_step_is_sysfs(step) && vfg_sysfs_check_after(run->root, step, NULL);
}

gboolean
vfg_run_plan(const VfgRun *run, const VfgPlan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        if (run->progress)
            run->progress(i, plan->steps->len, step, run->data);
        g_autoptr(GError) failure = NULL, trouble = NULL;
        if (run_step(run, step, &failure))
            continue;
        if (undo(run, plan, i + has_taken_effect(run, step), &trouble)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        vfg_error_set(error, VFG_ERROR_RECOVER, "run 'vfiogpu recover'",
                      "%s; undoing it failed too: %s", failure->message, trouble->message);
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
        if (g_hash_table_contains(failed, step->subject))
            continue;
        if (run->progress)
            run->progress(i, plan->steps->len, step, run->data);
        if (run_step(run, step, &local))
            continue;
        g_hash_table_add(failed, step->subject);
        if (whole)
            g_propagate_error(error, g_steal_pointer(&local));
        whole = FALSE;
    }
    return whole;
}
