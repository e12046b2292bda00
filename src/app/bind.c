/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Handing one GPU to vfio-pci and back. */

#include "bind.h"

#include "custody.h"
#include "error.h"
#include "give-back.h"
#include "gpu-find.h"
#include "persist.h"
#include "plan-bind.h"
#include "restore.h"

#include <string.h>

static gboolean
no_other(const VfgStep *step, gpointer data G_GNUC_UNUSED, GError **error)
{
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "a %s step has no place in this plan",
                  vfg_step_kind_name(step->kind));
    return FALSE;
}

/* Journal, then acts. A GPU that is ours already needs nothing; one that is only partly on vfio-pci
 * is completed. */
static gboolean
run_bind(VfgCustody *custody, const char *address, const VfgPlan *plan,
         const VfgJournalState *state, const GPtrArray *priors, GError **error)
{
    if (plan->steps->len == 0)
        return TRUE;
    gboolean begun = state ? vfg_custody_resume(custody, state, error)
                           : vfg_custody_begin_with(custody, address, priors, "", error);
    return begun && vfg_custody_run(custody, plan, no_other, NULL, error);
}

static VfgPlan *
bind_gpu(VfgCustody *custody, const VfgInventory *inventory, const VfgGpu *gpu,
         const VfgBindOptions *options, GError **error)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(VfgJournalState) state = NULL;
    if (!vfg_custody_look(custody->app, address, &state, error))
        return NULL;
    g_autoptr(GPtrArray) priors = vfg_prior_state_with_peers(gpu, &options->consent);
    g_autoptr(VfgPlan) plan = vfg_plan_bind(inventory->host, gpu, &options->consent, error);
    if (!plan || (!options->dry_run && !run_bind(custody, address, plan, state, priors, error)))
        return NULL;
    if (!options->persistent)
        return g_steal_pointer(&plan);
    VfgPlan *persist = vfg_app_persist(custody->app, inventory->host, address,
                                       state ? state->priors : priors, options->dry_run, error);
    if (!persist)
        return NULL;
    vfg_plan_append(plan, persist);
    return g_steal_pointer(&plan);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The GPU and the peers that go with it, in the same order by every command, lest two of them wait
 * for each other. */
static gboolean
claim_all(VfgCustody *custody, const char *address, const VfgBindOptions *options, GError **error)
{
    const GPtrArray *allowed = options->consent.allowed;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_ptr_array_add(names, (gpointer)address);
    for (guint i = 0; allowed && i < allowed->len; i++)
        if (!g_ptr_array_find_with_equal_func(names, g_ptr_array_index(allowed, i), g_str_equal,
                                              NULL))
            g_ptr_array_add(names, g_ptr_array_index(allowed, i));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        if (!vfg_custody_claim(custody, g_ptr_array_index(names, i), error))
            return FALSE;
    return TRUE;
}

static VfgCustody *
make_custody(VfgApp *app, const VfgBindOptions *options)
{
    VfgCustody *custody = vfg_custody_new(app);
    custody->consent = options->consent;
    app->act_timeout = options->timeout;
    return custody;
}

VfgPlan *
vfg_app_bind(VfgApp *app, const char *selector, const VfgBindOptions *options, GError **error)
{
    if (!options->dry_run && !vfg_app_require_live(app, error))
        return NULL;
    g_autoptr(VfgInventory) seen = vfg_inventory_new(app, error);
    const VfgGpu *gpu = seen ? vfg_gpu_select(seen->gpus, selector, error) : NULL;
    if (!gpu)
        return NULL;
    gboolean released = FALSE;
    g_autoptr(VfgCustody) custody = make_custody(app, options);
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    if (!options->dry_run && !vfg_app_release(app, address, &released, error))
        return NULL;
    if (!options->dry_run && !claim_all(custody, address, options, error))
        return NULL;
    /* What was seen before the claim may have changed while we waited for it. */
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, error);
    gpu = inventory ? vfg_gpu_select(inventory->gpus, address, error) : NULL;
    if (gpu)
        vfg_inventory_find_holders(app, inventory, gpu);
    return gpu ? bind_gpu(custody, inventory, gpu, options, error) : NULL;
}

static gboolean
require_journal(const VfgJournalState *state, const VfgGpu *gpu, const char *address,
                GError **error)
{
    if (state)
        return TRUE;
    gboolean on_vfio = g_strcmp0(gpu->function->driver, "vfio-pci") == 0;
    vfg_error_set(
        error, VFG_ERROR_FAILED,
        on_vfio ? "what bound it (vfio-pci.ids, a modprobe.d file, another tool) must give it "
                  "back: its original driver is not known here"
                : NULL,
        "%s was not bound by vfiogpu; its driver is %s", address,
        gpu->function->driver ? gpu->function->driver : "none");
    return FALSE;
}

/* A GPU that a VM was started with is given back by `stop`, which asks the VM first. */
static gboolean
require_no_owner(const VfgJournalState *state, GError **error)
{
    if (!*state->owner)
        return TRUE;
    g_autofree char *fix = g_strdup_printf("vfiogpu stop %s", state->owner);
    vfg_error_set(error, VFG_ERROR_REFUSED, fix, "%s belongs to the VM %s", state->gpu,
                  state->owner);
    return FALSE;
}

/* What is remembered of the GPU: by its journal or, after a reboot, by the record of a persistent
 * one. */
static gboolean
find_state(VfgApp *app, const char *address, const VfgBindOptions *options, gboolean *journalled,
           VfgJournalState **ret, GError **error)
{
    g_autoptr(VfgJournalState) state = NULL;
    if (!vfg_custody_look(app, address, &state, error))
        return FALSE;
    *journalled = state != NULL;
    if (!state && options->persistent)
        state = vfg_app_persist_look(app, address);
    *ret = g_steal_pointer(&state);
    return TRUE;
}

static VfgPlan *
unbind_gpu(VfgCustody *custody, const char *address, const VfgJournalState *state,
           gboolean journalled, const VfgBindOptions *options, GError **error)
{
    VfgApp *app = custody->app;
    g_autoptr(VfgPlan) whole = vfg_plan_new("unbind", address);
    if (options->persistent) {
        VfgPlan *files = vfg_app_unpersist(app, address, options->dry_run, error);
        if (!files)
            return NULL;
        vfg_plan_append(whole, files);
    }
    g_autoptr(VfgInventory) now = vfg_inventory_new(app, error);
    g_autoptr(VfgPlan) plan = now ? vfg_app_plan_restore(app, now->host, state, error) : NULL;
    if (!plan)
        return NULL;
    if (!options->dry_run) {
        gboolean begun = journalled
                             ? vfg_custody_resume(custody, state, error)
                             : vfg_custody_begin_with(custody, address, state->priors, "", error);
        if (!begun || !vfg_custody_run_restore(custody, plan, error))
            return NULL;
    }
    vfg_plan_append(whole, g_steal_pointer(&plan));
    return g_steal_pointer(&whole);
}

VfgPlan *
vfg_app_unbind(VfgApp *app, const char *selector, const VfgBindOptions *options, GError **error)
{
    if (!options->dry_run && !vfg_app_require_live(app, error))
        return NULL;
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, error);
    const VfgGpu *gpu = inventory ? vfg_gpu_select(inventory->gpus, selector, error) : NULL;
    if (!gpu)
        return NULL;
    g_autoptr(VfgCustody) custody = make_custody(app, options);
    g_autoptr(VfgJournalState) state = NULL;
    gboolean released = FALSE, journalled = FALSE;
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    if (!options->dry_run && !vfg_app_release(app, address, &released, error))
        return NULL;
    if (released && !options->persistent) /* nothing is left to do */
        return vfg_plan_new("unbind", address);
    if ((!options->dry_run && !vfg_custody_claim(custody, address, error)) ||
        !find_state(app, address, options, &journalled, &state, error) ||
        !require_journal(state, gpu, address, error) || !require_no_owner(state, error))
        return NULL;
    return unbind_gpu(custody, address, state, journalled, options, error);
}

GPtrArray *
vfg_app_bind_files(const VfgApp *app, const char *gpu)
{
    return app->live ? vfg_app_persist_files(app, gpu) : g_ptr_array_new_with_free_func(g_free);
}
