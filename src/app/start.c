/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Starting a VM. */

#include "start.h"

#include "custody.h"
#include "error.h"
#include "give-back.h"
#include "plan-vm.h"
#include "start-record.h"
#include "start-steps.h"
#include "verify.h"
#include "vmdefs.h"

/* Every FAIL stands in the way; the worst is told, the rest counted. */
static gboolean
require_no_fail(const VfgApp *app, const VfgVmdef *vmdef, const VfgSettled *settled, GError **error)
{
    g_autoptr(GPtrArray) findings = vfg_app_check_vm(app, vmdef, settled, error);
    if (!findings)
        return FALSE;
    guint n = 0;
    while (n < findings->len &&
           ((const VfgFinding *)g_ptr_array_index(findings, n))->level == VFG_LEVEL_FAIL)
        n++;
    if (n == 0)
        return TRUE;
    const VfgFinding *first = g_ptr_array_index(findings, 0);
    g_autofree char *more =
        n > 1 ? g_strdup_printf(" (and %u more: vfiogpu check %s)", n - 1, vmdef->name) : NULL;
    VfgErrorCode code =
        g_str_equal(first->id, "gpu-quarantined") ? VFG_ERROR_REFUSED : VFG_ERROR_FAILED;
    vfg_error_set(error, code, first->fix, "%s: %s%s%s%s", first->subject, first->title,
                  *first->cause ? ": " : "", first->cause, more ? more : "");
    return FALSE;
}

/* Looks at the domain: it must be off; what libvirt has of it is kept. */
static gboolean
require_off(VfgStart *start, GError **error)
{
    const char *name = start->vmdef->name;
    VfgVirt *virt = vfg_app_virt(start->app, error);
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!virt || !vfg_virt_get_definition(virt, name, &state, &start->definition, error))
        return FALSE;
    if (vfg_domain_state_is_off(state))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, "vfiogpu status shows it; vfiogpu stop ends it",
                  "%s is %s already", name, vfg_domain_state_name(state));
    return FALSE;
}

/* A GPU that was handed over for another VM is that VM's until it is stopped. */
static gboolean
require_free_gpu(VfgApp *app, const char *address, const char *name, gboolean *journalled,
                 GError **error)
{
    g_autoptr(VfgJournalState) state = NULL;
    if (!vfg_custody_look(app, address, &state, error))
        return FALSE;
    *journalled = state != NULL;
    if (!state || !*state->owner || g_str_equal(state->owner, name))
        return TRUE;
    g_autofree char *fix = g_strdup_printf("vfiogpu stop %s", state->owner);
    vfg_error_set(error, VFG_ERROR_FAILED, fix, "the GPU %s belongs to the VM %s", address,
                  state->owner);
    return FALSE;
}

static gboolean
plan_touches(const VfgPlan *plan, const VfgGpu *gpu)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        for (guint k = 0; k < gpu->functions->len; k++) {
            const VfgPciFunction *function = g_ptr_array_index(gpu->functions, k);
            char address[VFG_PCI_ADDRESS_SIZE];
            if (g_str_equal(step->subject, vfg_pci_address_format(function->address, address)))
                return TRUE;
        }
    }
    return FALSE;
}

/* Journals for the GPUs that the plan changes; one that `bind` handed over keeps its own. */
static gboolean
begin_journals(const VfgStart *start, VfgCustody *custody, const VfgPlan *plan, GError **error)
{
    for (guint i = 0; i < start->settled->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(start->settled->gpus, i);
        g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
        gboolean journalled = FALSE;
        if (!require_free_gpu(start->app, address, start->vmdef->name, &journalled, error))
            return FALSE;
        if (!journalled && plan_touches(plan, gpu) &&
            !vfg_custody_begin(custody, gpu, start->vmdef->name, error))
            return FALSE;
    }
    return TRUE;
}

static VfgPlan *
make_plan(const VfgStart *start, GError **error)
{
    g_autoptr(GPtrArray) can_be_made = g_ptr_array_new();
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    vfg_app_missing_disks(start->app, start->vmdef, can_be_made, missing);
    for (guint i = 0; i < start->settled->gpus->len; i++)
        vfg_inventory_find_holders(start->app, start->settled->inventory,
                                   g_ptr_array_index(start->settled->gpus, i));
    g_autoptr(VfgPlan) plan =
        vfg_plan_start(start->settled->inventory->host, start->vmdef, start->settled->gpus,
                       can_be_made, start->options->wait, &start->options->consent, error);
    if (!plan || !require_no_fail(start->app, start->vmdef, start->settled, error))
        return NULL;
    vfg_plan_note_domain(plan, &start->settled->sizing, &start->settled->locality);
    return g_steal_pointer(&plan);
}

static gboolean
claim_all(VfgCustody *custody, const VfgVmdef *vmdef, const VfgSettled *settled, GError **error)
{
    g_autofree char *vm = g_strdup_printf("vm-%s", vmdef->name);
    if (!vfg_custody_claim(custody, vm, error))
        return FALSE;
    for (guint i = 0; i < settled->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(settled->gpus, i);
        g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
        if (!vfg_custody_claim(custody, address, error))
            return FALSE;
    }
    return TRUE;
}

static void
say_all(const VfgApp *app, const char *name, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        vfg_app_say(app, "%s%s%s", name ? name : "", name ? ": " : "",
                    (const char *)g_ptr_array_index(lines, i));
}

/* What an earlier start of this VM left. */
static gboolean
settle_leftovers(VfgApp *app, const char *name, GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    gboolean good = vfg_app_give_back(app, name, lines, error);
    say_all(app, NULL, lines);
    return good;
}

/* GPUs that VMs which are off still have: a guest that shut itself down told nobody. */
static gboolean
release_gpus(VfgApp *app, const VfgSettled *settled, GError **error)
{
    for (guint i = 0; i < settled->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(settled->gpus, i);
        gboolean released = FALSE;
        g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
        if (!vfg_app_release(app, address, &released, error))
            return FALSE;
    }
    return TRUE;
}

/* The VM on this host as it is once nobody else works on its GPUs. */
static VfgSettled *
settle_claimed(const VfgStart *start, VfgCustody *custody, GError **error)
{
    VfgApp *app = start->app;
    g_autoptr(VfgSettled) settled = vfg_settled_new(app, start->vmdef, TRUE, error);
    if (!settled || !release_gpus(app, settled, error) ||
        !claim_all(custody, start->vmdef, settled, error))
        return NULL;
    return vfg_settled_is_current(app, settled) ? g_steal_pointer(&settled)
                                                : vfg_settled_new(app, start->vmdef, TRUE, error);
}

static gboolean
begin_record(const VfgStart *start, GError **error)
{
    const VfgApp *app = start->app;
    const char *name = start->vmdef->name;
    g_autofree char *boot_id =
        vfg_root_read_text(app->root, "/proc/sys/kernel/random/boot_id", error);
    return boot_id &&
           vfg_start_record_begin(app->state_dir, name, boot_id, start->definition, error);
}

static void
end_record(const VfgStart *start)
{
    g_autoptr(GError) trouble = NULL;
    if (!vfg_start_record_remove(start->app->state_dir, start->vmdef->name, &trouble))
        vfg_app_say(start->app, "%s", trouble->message);
}

/* From the first record on disk to the last. */
static gboolean
run_transaction(VfgStart *start, VfgCustody *custody, const VfgPlan *plan, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!begin_journals(start, custody, plan, error))
        return FALSE;
    if (!begin_record(start, error)) {
        vfg_custody_abandon(custody);
        return FALSE;
    }
    gboolean good = vfg_custody_run(custody, plan, vfg_start_step, start, &failure);
    if (!g_error_matches(failure, VFG_ERROR, VFG_ERROR_RECOVER))
        end_record(start);
    if (failure && !g_error_matches(failure, VFG_ERROR, VFG_ERROR_RECOVER))
        vfg_app_say(start->app, "%s: what was done was undone", start->vmdef->name);
    say_all(start->app, start->vmdef->name, start->kept);
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return good;
}

static void
say_notes(const VfgStart *start)
{
    if (!g_str_equal(start->vmdef->guest->profile, "none"))
        vfg_app_say(start->app,
                    "the profile '%s' is set up where the agent's seed, vfiogpud or --wait=ready "
                    "says so",
                    start->vmdef->guest->profile);
    if (!start->settled->kvm)
        vfg_app_say(start->app, "%s: %s runs emulated (TCG), which is slow",
                    start->vmdef->accel == VFG_ACCEL_TCG ? "accel=\"tcg\" in its definition"
                                                         : "no KVM on this host",
                    start->vmdef->name);
}

static VfgPlan *
run_start(VfgStart *start, GError **error)
{
    VfgApp *app = start->app;
    const char *name = start->vmdef->name;
    g_autoptr(VfgCustody) custody = vfg_custody_new(app);
    custody->consent = start->options->consent;
    g_autoptr(VfgSettled) settled =
        settle_leftovers(app, name, error) ? settle_claimed(start, custody, error) : NULL;
    if (!settled || !require_off(start, error))
        return NULL;
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
    start->settled = settled;
    start->kept = kept;
    g_autoptr(VfgPlan) plan = make_plan(start, error);
    if (!plan)
        return NULL;
    say_notes(start);
    return run_transaction(start, custody, plan, error) ? g_steal_pointer(&plan) : NULL;
}

static VfgPlan *
plan_start(VfgStart *start, GError **error)
{
    g_autoptr(VfgSettled) settled = vfg_settled_new(start->app, start->vmdef, FALSE, error);
    start->settled = settled;
    return settled ? make_plan(start, error) : NULL;
}

VfgPlan *
vfg_app_start(VfgApp *app, const char *name, const VfgStartOptions *options, GError **error)
{
    if (!options->dry_run && !vfg_app_require_live(app, error))
        return NULL;
    if (!options->dry_run)
        vfg_app_expect_virt(app);
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, name, error);
    VfgStart start = {.app = app, .vmdef = vmdef, .options = options, .ran = FALSE};
    if (!vmdef)
        return NULL;
    VfgPlan *plan = options->dry_run ? plan_start(&start, error) : run_start(&start, error);
    g_free(start.definition);
    g_free(start.defined);
    return plan;
}
