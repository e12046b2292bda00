/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stopping a VM. */

#include "stop.h"

#include "custody.h"
#include "error.h"
#include "plan-bind.h"
#include "plan-vm.h"
#include "vmdefs.h"

#define SAY_EVERY 10 /* s */

typedef struct {
    VfgApp *app;
    const char *name;
    VfgVirt *virt;
    const VfgStopOptions *options;
} Stop;

/* The journals of the GPUs that were handed over for the VM. */
static GPtrArray *
find_journals(const Stop *stop, GError **error)
{
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_journal_state_free);
    g_autoptr(GPtrArray) gpus = vfg_journal_list(stop->app->state_dir, error);
    if (!gpus)
        return NULL;
    for (guint i = 0; i < gpus->len; i++) {
        g_autoptr(VfgJournalState) state = NULL;
        if (!vfg_custody_look(stop->app, g_ptr_array_index(gpus, i), &state, error))
            return NULL;
        if (state && g_str_equal(state->owner, stop->name))
            g_ptr_array_add(found, g_steal_pointer(&state));
    }
    return g_steal_pointer(&found);
}

static gboolean
take_all(VfgCustody *custody, const GPtrArray *journals, GError **error)
{
    for (guint i = 0; i < journals->len; i++) {
        const VfgJournalState *state = g_ptr_array_index(journals, i);
        if (!vfg_custody_claim(custody, state->gpu, error) ||
            !vfg_custody_resume(custody, state, error))
            return FALSE;
    }
    return TRUE;
}

static VfgPlan *
make_plan(const Stop *stop, gboolean running, const GPtrArray *journals, GError **error)
{
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(stop->app, error);
    if (!inventory)
        return NULL;
    g_autoptr(GPtrArray) restores = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_plan_free);
    for (guint i = 0; i < journals->len; i++) {
        const VfgJournalState *state = g_ptr_array_index(journals, i);
        g_ptr_array_add(restores, vfg_plan_restore(inventory->host, state->gpu, state->priors));
    }
    return vfg_plan_stop(stop->name, running, stop->options->force, restores);
}

static gboolean
on_tick(guint seconds, gpointer data, GError **error G_GNUC_UNUSED)
{
    const Stop *stop = data;
    if (seconds % SAY_EVERY == 0)
        vfg_app_say(stop->app, "still waiting for %s to power off: %u s", stop->name, seconds);
    return TRUE;
}

static gboolean
switch_off(Stop *stop, GError **error)
{
    guint timeout = stop->options->timeout ? stop->options->timeout : VFG_STOP_TIMEOUT;
    vfg_app_say(stop->app, "%s %s", stop->options->force ? "switch off" : "shut down", stop->name);
    return stop->options->force
               ? vfg_virt_destroy(stop->virt, stop->name, error)
               : vfg_virt_shut_down(stop->virt, stop->name, timeout, on_tick, stop, error);
}

static gboolean
require_known(const Stop *stop, VfgDomainState state, const GPtrArray *journals, GError **error)
{
    if (state != VFG_DOMAIN_ABSENT || journals->len)
        return TRUE;
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(stop->app, stop->name, error);
    return vmdef != NULL;
}

/* The guest first; only what is off can give its GPUs back. */
static VfgPlan *
run_stop(Stop *stop, gboolean running, const GPtrArray *journals, GError **error)
{
    g_autoptr(VfgPlan) whole = make_plan(stop, running, journals, error);
    if (!whole || stop->options->dry_run)
        return g_steal_pointer(&whole);
    g_autoptr(VfgCustody) custody = vfg_custody_new(stop->app);
    g_autofree char *vm = g_strdup_printf("vm-%s", stop->name);
    if (!vfg_custody_claim(custody, vm, error) || !take_all(custody, journals, error) ||
        (running && !switch_off(stop, error)))
        return NULL;
    g_autoptr(VfgPlan) restore = make_plan(stop, FALSE, journals, error);
    if (!restore || !vfg_custody_run_restore(custody, restore, error))
        return NULL;
    return g_steal_pointer(&whole);
}

VfgPlan *
vfg_app_stop(VfgApp *app, const char *name, const VfgStopOptions *options, GError **error)
{
    if (!vfg_app_require_live(app, error))
        return NULL;
    Stop stop = {app, name, vfg_app_virt(app, error), options};
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!stop.virt || !vfg_virt_get_state(stop.virt, name, &state, NULL, error))
        return NULL;
    g_autoptr(GPtrArray) journals = find_journals(&stop, error);
    if (!journals || !require_known(&stop, state, journals, error))
        return NULL;
    gboolean running = state == VFG_DOMAIN_RUNNING || state == VFG_DOMAIN_PAUSED;
    return run_stop(&stop, running, journals, error);
}
