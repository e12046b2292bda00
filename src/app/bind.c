/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Handing one GPU to vfio-pci and back. */

#include "bind.h"

#include "custody.h"
#include "error.h"
#include "give-back.h"
#include "gpu-find.h"
#include "plan-bind.h"

static gboolean
no_other(const VfgStep *step, gpointer data G_GNUC_UNUSED, GError **error)
{
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "a %s step has no place in this plan",
                  vfg_step_kind_name(step->kind));
    return FALSE;
}

/* Journal, then acts. A GPU that is ours already needs nothing; one that is only partly on vfio-pci
 * is completed. */
static VfgPlan *
bind_gpu(VfgCustody *custody, const VfgInventory *inventory, const VfgGpu *gpu,
         const VfgBindOptions *options, GError **error)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(VfgJournalState) state = NULL;
    if (!vfg_custody_look(custody->app, address, &state, error))
        return NULL;
    g_autoptr(VfgPlan) plan =
        vfg_plan_bind(inventory->host, gpu, options->force_boot_display, error);
    if (!plan || plan->steps->len == 0 || options->dry_run)
        return g_steal_pointer(&plan);
    gboolean begun = state ? vfg_custody_resume(custody, state, error)
                           : vfg_custody_begin(custody, gpu, "", error);
    if (!begun || !vfg_custody_run(custody, plan, no_other, NULL, error))
        return NULL;
    return g_steal_pointer(&plan);
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
    g_autoptr(VfgCustody) custody = vfg_custody_new(app);
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    if (!options->dry_run && !vfg_custody_claim(custody, address, error))
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

VfgPlan *
vfg_app_unbind(VfgApp *app, const char *selector, const VfgBindOptions *options, GError **error)
{
    if (!options->dry_run && !vfg_app_require_live(app, error))
        return NULL;
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, error);
    const VfgGpu *gpu = inventory ? vfg_gpu_select(inventory->gpus, selector, error) : NULL;
    if (!gpu)
        return NULL;
    g_autoptr(VfgCustody) custody = vfg_custody_new(app);
    g_autoptr(VfgJournalState) state = NULL;
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    if ((!options->dry_run && !vfg_custody_claim(custody, address, error)) ||
        !vfg_custody_look(app, address, &state, error) ||
        !require_journal(state, gpu, address, error) || !require_no_owner(state, error))
        return NULL;
    g_autoptr(VfgInventory) now = vfg_inventory_new(app, error);
    g_autoptr(VfgPlan) plan = now ? vfg_plan_restore(now->host, address, state->priors) : NULL;
    if (!plan || options->dry_run)
        return g_steal_pointer(&plan);
    if (!vfg_custody_resume(custody, state, error) ||
        !vfg_custody_run_restore(custody, plan, error))
        return NULL;
    return g_steal_pointer(&plan);
}

static gboolean
restore_cut_off(VfgCustody *custody, const VfgJournalState *state, GError **error)
{
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(custody->app, error);
    if (!inventory || !vfg_custody_resume(custody, state, error))
        return FALSE;
    g_autoptr(VfgPlan) plan = vfg_plan_restore(inventory->host, state->gpu, state->priors);
    return vfg_custody_run_restore(custody, plan, error);
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
    if (state->complete)
        return TRUE;
    if (!restore_cut_off(custody, state, error))
        return FALSE;
    g_ptr_array_add(settled, g_strdup_printf("%s was given back", gpu));
    return TRUE;
}

gboolean
vfg_app_recover(VfgApp *app, GPtrArray *settled, GError **error)
{
    if (!vfg_app_require_live(app, error))
        return FALSE;
    g_autoptr(GPtrArray) gpus = vfg_journal_list(app->state_dir, error);
    for (guint i = 0; gpus && i < gpus->len; i++)
        if (!settle(app, g_ptr_array_index(gpus, i), settled, error))
            return FALSE;
    return gpus && vfg_app_give_back_all(app, settled, error);
}
