/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans from journals. */

#include "restore.h"

#include "error.h"
#include "plan-bind.h"
#include "plan-screen.h"
#include "process.h"

#define STACK_SHOWN 8 /* functions */

/* The task that a journal says hangs, if it is there still: " in process 812 (state D, in …)"; or
 * NULL. */
static char *
describe_hang(const VfgApp *app, const VfgJournalState *state, const char *subject)
{
    for (guint i = 0; i < state->hangs->len; i++) {
        const VfgJournalHang *hang = g_ptr_array_index(state->hangs, i);
        g_autoptr(VfgProcess) process = vfg_process_look(app->root, hang->pid);
        if (!process || process->state == 'Z' || process->start != hang->start ||
            !g_str_equal(hang->subject, subject))
            continue;
        g_autofree char *stack = vfg_process_stack(app->root, hang->pid, STACK_SHOWN);
        return g_strdup_printf(" in process %d (state %c%s%s)", hang->pid, process->state,
                               stack ? ", in " : "", stack ? stack : "");
    }
    return NULL;
}

/* A kernel whose driver_override takes no lock shows a hang by its task alone: the function has no
 * driver any more, and the next bind would wait behind the task. */
static gboolean
refuse_stuck(const VfgApp *app, const VfgHost *host, const VfgJournalState *state, GError **error)
{
    for (guint i = 0; i < state->priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(state->priors, i);
        const VfgPciFunction *now = vfg_host_find_function(host, prior->address);
        char at[VFG_PCI_ADDRESS_SIZE];
        g_autofree char *hang =
            describe_hang(app, state, vfg_pci_address_format(prior->address, at));
        if (!now || (!now->stuck && !hang))
            continue;
        vfg_error_set(error, VFG_ERROR_RECOVER,
                      "once nothing has the device open any more, run 'vfiogpu recover'; a reboot "
                      "gives it back if nothing else does",
                      "%s cannot be given back: a driver still hangs in %s%s", state->gpu, at,
                      hang ? hang : "");
        return FALSE;
    }
    return TRUE;
}

static gboolean
driver_is_there(const VfgApp *app, const char *driver)
{
    g_autofree char *path = g_strconcat("/sys/bus/pci/drivers/", driver, NULL);
    return vfg_root_exists(app->root, path);
}

/* Takes the steps out that can't be done, and says so. */
static void
drop_impossible(const VfgApp *app, VfgPlan *plan)
{
    for (guint i = plan->steps->len; i-- > 0;) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        if (step->kind != VFG_STEP_BIND || driver_is_there(app, step->to))
            continue;
        g_ptr_array_add(plan->notes,
                        g_strdup_printf("%s stays without a driver: %s is not loaded; it takes the "
                                        "function once it is (modprobe)",
                                        step->subject, step->to));
        g_ptr_array_remove_index(plan->steps, i);
    }
}

VfgPlan *
vfg_app_plan_restore(const VfgApp *app, const VfgHost *host, const VfgJournalState *state,
                     GError **error)
{
    if (!refuse_stuck(app, host, state, error))
        return NULL;
    VfgPlan *plan = vfg_plan_restore(host, state->gpu, state->priors);
    vfg_plan_restore_screen(plan, host, state->taken);
    drop_impossible(app, plan);
    for (guint i = 0; i < state->priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(state->priors, i);
        char at[VFG_PCI_ADDRESS_SIZE];
        if (!vfg_host_find_function(host, prior->address))
            g_ptr_array_add(plan->notes,
                            g_strdup_printf("%s is gone from the PCI bus: there is nothing to "
                                            "restore",
                                            vfg_pci_address_format(prior->address, at)));
    }
    return plan;
}
