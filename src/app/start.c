/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Starting a VM. */

#include "start.h"

#include "agent.h"
#include "custody.h"
#include "disk.h"
#include "error.h"
#include "placement.h"
#include "plan-vm.h"
#include "seed.h"
#include "verify.h"
#include "vmdefs.h"

#define BOOT_TIMEOUT 120 /* s until the emulator runs */
#define WAIT_KVM 180     /* s until an agent must have spoken */
#define WAIT_TCG 900     /* s, emulated */
#define WAIT_PER_GIB 2   /* s: older kernels map big BARs page by page */

typedef struct {
    VfgApp *app;
    const VfgVmdef *vmdef;
    const VfgSettled *settled;
    const VfgStartOptions *options;
} Start;

static guint64
total_bar_bytes(const GPtrArray *gpus)
{
    guint64 total = 0;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        for (guint k = 0; k < gpu->function->n_bars; k++)
            total += gpu->function->bars[k].size;
    }
    return total;
}

static guint
agent_timeout(const Start *start)
{
    if (start->options->timeout)
        return start->options->timeout;
    guint base = start->settled->kvm ? WAIT_KVM : WAIT_TCG;
    return base + WAIT_PER_GIB * (guint)(total_bar_bytes(start->settled->gpus) >> 30);
}

/* An emulator that has memory to clear and BARs to map answers nobody. */
static guint
boot_timeout(const Start *start)
{
    guint64 bytes = start->vmdef->memory + total_bar_bytes(start->settled->gpus);
    return BOOT_TIMEOUT + WAIT_PER_GIB * (guint)(bytes >> 30);
}

static gboolean
define(const Start *start, GError **error)
{
    g_autofree char *xml = vfg_settled_to_xml(start->settled, start->vmdef, error);
    VfgVirt *virt = xml ? vfg_app_virt(start->app, error) : NULL;
    return virt && vfg_virt_define(virt, start->vmdef->name, xml, error);
}

/* A fresh system has no agent yet. Without one the VM is as good, so that its lack is only told. */
static void
make_seed(const Start *start)
{
    g_autoptr(GError) error = NULL;
    if (g_str_equal(start->vmdef->profile, "none"))
        return;
    if (vfg_app_seed_make(start->app, start->vmdef, &error))
        vfg_app_say(start->app, "a CD-ROM brings the agent into %s", start->vmdef->name);
    else
        vfg_app_say(start->app, "note: %s gets no agent: %s", start->vmdef->name, error->message);
}

static gboolean
create_disk(const Start *start, const char *file, GError **error)
{
    for (guint i = 0; i < start->vmdef->disks->len; i++) {
        const VfgVmdefDisk *disk = g_ptr_array_index(start->vmdef->disks, i);
        if (!g_str_equal(disk->file, file))
            continue;
        if (!vfg_app_create_disk(start->app, disk, error))
            return FALSE;
        if (i == 0)
            make_seed(start);
        return TRUE;
    }
    g_return_val_if_reached(FALSE);
}

static gboolean
wait_agent(const Start *start, GError **error)
{
    g_autoptr(VfgSession) session =
        vfg_app_await_agent(start->app, start->vmdef->name, agent_timeout(start), error);
    return session != NULL;
}

static gboolean
do_step(const VfgStep *step, gpointer data, GError **error)
{
    const Start *start = data;
    const char *name = start->vmdef->name;
    VfgVirt *virt = vfg_app_virt(start->app, error);
    if (!virt)
        return FALSE;
    switch (step->kind) {
    case VFG_STEP_CREATE_DISK:
        return create_disk(start, step->subject, error);
    case VFG_STEP_DEFINE:
        return define(start, error);
    case VFG_STEP_BOOT:
        return vfg_virt_boot(virt, name, boot_timeout(start), error);
    case VFG_STEP_WAIT_AGENT:
        return wait_agent(start, error);
    case VFG_STEP_POWER_OFF:
        return vfg_virt_destroy(virt, name, error);
    default:
        g_return_val_if_reached(FALSE);
    }
}

/* Every FAIL stands in the way; the worst is told, the rest counted. */
static gboolean
require_no_fail(const VfgApp *app, const VfgVmdef *vmdef, const VfgInventory *inventory,
                GError **error)
{
    g_autoptr(GPtrArray) findings = vfg_app_check_vm(app, vmdef, inventory, error);
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

static gboolean
require_off(VfgVirt *virt, const char *name, GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!vfg_virt_get_state(virt, name, &state, NULL, error))
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
begin_journals(const Start *start, VfgCustody *custody, const VfgPlan *plan, GError **error)
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
make_plan(const Start *start, GError **error)
{
    g_autoptr(GPtrArray) can_be_made = g_ptr_array_new();
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    vfg_app_missing_disks(start->app, start->vmdef, can_be_made, missing);
    for (guint i = 0; i < start->settled->gpus->len; i++)
        vfg_inventory_find_holders(start->app, start->settled->inventory,
                                   g_ptr_array_index(start->settled->gpus, i));
    g_autoptr(VfgPlan) plan =
        vfg_plan_start(start->settled->inventory->host, start->vmdef, start->settled->gpus,
                       can_be_made, start->options->wait, error);
    if (!plan || !require_no_fail(start->app, start->vmdef, start->settled->inventory, error))
        return NULL;
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

static VfgPlan *
run_start(Start *start, GError **error)
{
    VfgApp *app = start->app;
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autoptr(VfgCustody) custody = vfg_custody_new(app);
    if (!virt || !claim_all(custody, start->vmdef, start->settled, error))
        return NULL;
    /* Anything may have changed while we waited for the claims. */
    g_autoptr(VfgSettled) settled = vfg_settled_new(app, start->vmdef, virt, error);
    if (!settled || !require_off(virt, start->vmdef->name, error))
        return NULL;
    start->settled = settled;
    g_autoptr(VfgPlan) plan = make_plan(start, error);
    if (!plan)
        return NULL;
    if (!begin_journals(start, custody, plan, error)) {
        vfg_custody_abandon(custody);
        return NULL;
    }
    if (!g_str_equal(start->vmdef->profile, "none"))
        vfg_app_say(app, "note: the profile '%s' is not set up in the guest by this version",
                    start->vmdef->profile);
    if (!settled->kvm)
        vfg_app_say(app, "%s: %s runs emulated (TCG), which is slow",
                    start->vmdef->accel == VFG_ACCEL_TCG ? "accel=\"tcg\" in its definition"
                                                         : "no KVM on this host",
                    start->vmdef->name);
    if (!vfg_custody_run(custody, plan, do_step, start, error))
        return NULL;
    return g_steal_pointer(&plan);
}

VfgPlan *
vfg_app_start(VfgApp *app, const char *name, const VfgStartOptions *options, GError **error)
{
    if (!options->dry_run && !vfg_app_require_live(app, error))
        return NULL;
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, name, error);
    g_autoptr(VfgSettled) settled = vmdef ? vfg_settled_new(app, vmdef, NULL, error) : NULL;
    if (!settled)
        return NULL;
    Start start = {app, vmdef, settled, options};
    return options->dry_run ? make_plan(&start, error) : run_start(&start, error);
}
