/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stopping a VM. */

#include "stop.h"

#include "custody.h"
#include "error.h"
#include "give-back.h"
#include "plan-vm.h"
#include "vmdefs.h"

#define SAY_EVERY 10 /* s */

typedef struct {
    VfgApp *app;
    const char *name;
    VfgVirt *virt;
    const VfgStopOptions *options;
} Stop;

static VfgPlan *
make_plan(const Stop *stop, gboolean running, const GPtrArray *journals, GError **error)
{
    VfgPlan *restore = vfg_vm_plan_restore(stop->app, stop->name, journals, error);
    if (!restore)
        return NULL;
    g_autoptr(GPtrArray) restores = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_plan_free);
    g_ptr_array_add(restores, restore);
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
    if (!vfg_custody_claim(custody, vm, error) || !vfg_vm_take(custody, journals, error) ||
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
    g_autoptr(GPtrArray) journals = vfg_vm_journals(app, name, error);
    if (!journals || !require_known(&stop, state, journals, error))
        return NULL;
    gboolean running = !vfg_domain_state_is_off(state);
    return run_stop(&stop, running, journals, error);
}
