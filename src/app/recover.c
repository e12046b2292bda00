/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Settling what a crash left. */

#include "recover.h"

#include "custody.h"
#include "error.h"
#include "give-back.h"
#include "persist.h"
#include "restore.h"

static gboolean
restore_cut_off(VfgCustody *custody, const VfgJournalState *state, GPtrArray *settled,
                GError **error)
{
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(custody->app, error);
    g_autoptr(VfgPlan) plan =
        inventory ? vfg_app_plan_restore(custody->app, inventory->host, state, error) : NULL;
    if (!plan || !vfg_custody_resume(custody, state, error) ||
        !vfg_custody_run_restore(custody, plan, error))
        return FALSE;
    g_ptr_array_add(settled, g_strdup_printf("%s was given back", state->gpu));
    for (guint i = 0; i < plan->notes->len; i++)
        g_ptr_array_add(settled, g_strdup(g_ptr_array_index(plan->notes, i)));
    return TRUE;
}

/* The claim comes first: a command that still works on the GPU has an incomplete journal, too. */
static gboolean
settle(VfgApp *app, const char *gpu, GPtrArray *settled, GError **error)
{
    g_autoptr(VfgCustody) custody = vfg_custody_new(app);
    if (!vfg_custody_claim(custody, gpu, error))
        return FALSE;
    g_autoptr(GError) local = NULL;
    g_autoptr(VfgJournalState) state = vfg_journal_read(app->state_dir, gpu, &local);
    if (g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        return TRUE; /* the command that we waited for has given it back */
    if (!state) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (vfg_custody_is_void(app, state)) {
        g_ptr_array_add(settled, g_strdup_printf("%s: the reboot has given it back", gpu));
        return vfg_journal_remove(app->state_dir, gpu, error);
    }
    return state->complete || restore_cut_off(custody, state, settled, error);
}

gboolean
vfg_app_recover(VfgApp *app, GPtrArray *settled, GError **error)
{
    gboolean whole = TRUE;
    if (!vfg_app_require_live(app, error))
        return FALSE;
    g_autoptr(GPtrArray) gpus = vfg_journal_list(app->state_dir, error);
    if (!gpus)
        return FALSE;
    for (guint i = 0; i < gpus->len; i++) {
        g_autoptr(GError) local = NULL;
        if (settle(app, g_ptr_array_index(gpus, i), settled, &local))
            continue;
        if (whole)
            g_propagate_error(error, g_steal_pointer(&local));
        else
            vfg_app_say(app, "%s", local->message);
        whole = FALSE;
    }
    whole = vfg_app_persist_recover(app, settled, whole ? error : NULL) && whole;
    return vfg_app_give_back_all(app, settled, whole ? error : NULL) && whole;
}
