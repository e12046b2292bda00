/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who has a GPU. */

#include "custody.h"

#include "error.h"
#include "harm.h"
#include "holders.h"
#include "plan-bind.h"
#include "signals.h"

VfgCustody *
vfg_custody_new(VfgApp *app)
{
    VfgCustody *custody = g_new0(VfgCustody, 1);
    custody->app = app;
    custody->claims = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_claim_free);
    custody->gpus = g_ptr_array_new_with_free_func(g_free);
    custody->begun = g_ptr_array_new_with_free_func(g_free);
    custody->owned = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_journal_free);
    custody->journals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    custody->hung = g_ptr_array_new_with_free_func(g_free);
    custody->holders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return custody;
}

void
vfg_custody_free(VfgCustody *custody)
{
    if (!custody)
        return;
    g_hash_table_unref(custody->holders);
    g_hash_table_unref(custody->journals);
    g_ptr_array_unref(custody->owned);
    g_ptr_array_unref(custody->begun);
    g_ptr_array_unref(custody->gpus);
    g_ptr_array_unref(custody->claims);
    g_ptr_array_unref(custody->hung);
    g_free(custody);
}

gboolean
vfg_custody_claim(VfgCustody *custody, const char *name, GError **error)
{
    VfgClaim *claim =
        vfg_claim_take(custody->app->root, custody->app->state_dir, name, VFG_CLAIM_TIMEOUT, error);
    if (!claim)
        return FALSE;
    g_ptr_array_add(custody->claims, claim);
    return TRUE;
}

static char *
read_boot_id(VfgApp *app, GError **error)
{
    return vfg_root_read_text(app->root, "/proc/sys/kernel/random/boot_id", error);
}

gboolean
vfg_custody_is_void(VfgApp *app, const VfgJournalState *state)
{
    g_autofree char *boot_id = read_boot_id(app, NULL);
    return boot_id && !g_str_equal(state->boot_id, boot_id);
}

gboolean
vfg_custody_look(VfgApp *app, const char *gpu, VfgJournalState **ret, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(VfgJournalState) state = NULL;
    if (vfg_root_is_writable(app->root))
        state = vfg_journal_read(app->state_dir, gpu, &local);
    if (local && !g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (state && vfg_custody_is_void(app, state))
        g_clear_pointer(&state, vfg_journal_state_free);
    if (state && !state->complete) {
        vfg_error_set(error, VFG_ERROR_RECOVER, "run 'vfiogpu recover'",
                      "an earlier command was cut off while it worked on %s", gpu);
        return FALSE;
    }
    *ret = g_steal_pointer(&state);
    return TRUE;
}

static gboolean
drop_void_journal(VfgApp *app, const char *gpu, GError **error)
{
    g_autoptr(VfgJournalState) state = vfg_journal_read(app->state_dir, gpu, NULL);
    return !state || !vfg_custody_is_void(app, state) ||
           vfg_journal_remove(app->state_dir, gpu, error);
}

/* Takes a journal over and makes it known for each of its functions. */
static void
keep_journal(VfgCustody *custody, const char *gpu, const GPtrArray *priors, VfgJournal *journal)
{
    g_ptr_array_add(custody->gpus, g_strdup(gpu));
    g_ptr_array_add(custody->owned, journal);
    for (guint i = 0; i < priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(priors, i);
        g_hash_table_replace(custody->journals, vfg_pci_address_dup(prior->address), journal);
    }
}

gboolean
vfg_custody_begin_with(VfgCustody *custody, const char *gpu, const GPtrArray *priors,
                       const char *owner, GError **error)
{
    g_autofree char *boot_id = read_boot_id(custody->app, error);
    if (!boot_id || !drop_void_journal(custody->app, gpu, error))
        return FALSE;
    VfgJournal *journal =
        vfg_journal_create(custody->app->state_dir, gpu, owner, boot_id, priors, error);
    if (!journal)
        return FALSE;
    keep_journal(custody, gpu, priors, journal);
    g_ptr_array_add(custody->begun, g_strdup(gpu));
    return TRUE;
}

gboolean
vfg_custody_begin(VfgCustody *custody, const VfgGpu *gpu, const char *owner, GError **error)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(GPtrArray) priors = vfg_prior_state_of_gpu(gpu);
    return vfg_custody_begin_with(custody, address, priors, owner, error);
}

gboolean
vfg_custody_resume(VfgCustody *custody, const VfgJournalState *state, GError **error)
{
    VfgJournal *journal = vfg_journal_open(custody->app->state_dir, state->gpu, error);
    if (!journal)
        return FALSE;
    keep_journal(custody, state->gpu, state->priors, journal);
    return TRUE;
}

typedef struct {
    VfgCustody *custody;
    VfgRunOther other;
    gpointer data;
    gboolean completed; /* the journals say so */
} Handlers;

static gboolean
complete_journals(Handlers *handlers, GError **error)
{
    const GPtrArray *journals = handlers->custody->owned;
    for (guint i = 0; !handlers->completed && i < journals->len; i++)
        if (!vfg_journal_complete(g_ptr_array_index(journals, i), error))
            return FALSE;
    handlers->completed = TRUE;
    return TRUE;
}

static gboolean
on_other(const VfgStep *step, gpointer data, GError **error)
{
    Handlers *handlers = data;
    return complete_journals(handlers, error) && handlers->other(step, handlers->data, error);
}

static gboolean
on_interrupted(gpointer data, GError **error)
{
    const Handlers *handlers = data;
    return !vfg_app_go_on(handlers->custody->app, error);
}

/* Who has open what the steps unbind. A driver may remove its device files before it waits for
 * those who have them open (snd_card_free does), and /proc names them by other paths then. */
static void
remember_holders(const VfgCustody *custody, VfgHost *host, const GPtrArray *steps)
{
    vfg_probe_holders(custody->app->root, host);
    for (guint i = 0; i < steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(steps, i);
        VfgPciAddress address;
        if (step->kind == VFG_STEP_UNBIND && vfg_pci_address_parse(step->subject, &address, NULL))
            g_hash_table_replace(custody->holders, g_strdup(step->subject),
                                 vfg_harm_list_holders(host, address));
    }
}

/* The rules once more, on the host as it is now: a disk may have been mounted since. */
static gboolean
on_guard(const GPtrArray *steps, gpointer data, GError **error)
{
    const Handlers *handlers = data;
    const VfgCustody *custody = handlers->custody;
    g_autoptr(VfgInventory) now = vfg_inventory_new(custody->app, error);
    if (!now)
        return FALSE;
    remember_holders(custody, now->host, steps);
    return vfg_plan_still_harmless(now->host, now->gpus, steps, &custody->consent, error);
}

static void
on_progress(guint at, guint n, const VfgStep *step, gpointer data)
{
    const Handlers *handlers = data;
    g_autofree char *what = vfg_step_describe(step);
    vfg_app_say(handlers->custody->app, "[%u/%u] %s", at + 1, n, what);
}

static gboolean
remove_journals(VfgCustody *custody, const GPtrArray *gpus, GError **error)
{
    for (guint i = 0; i < gpus->len; i++)
        if (!vfg_journal_remove(custody->app->state_dir, g_ptr_array_index(gpus, i), error))
            return FALSE;
    return TRUE;
}

void
vfg_custody_abandon(VfgCustody *custody)
{
    g_autoptr(GError) trouble = NULL;
    if (!remove_journals(custody, custody->begun, &trouble))
        vfg_app_say(custody->app, "%s", trouble->message);
}

/* All is undone: those begun here are gone, those of GPUs that were handed over before still hold.
 */
static void
drop_or_complete(VfgCustody *custody)
{
    for (guint i = 0; i < custody->gpus->len; i++) {
        g_autoptr(GError) trouble = NULL;
        const char *gpu = g_ptr_array_index(custody->gpus, i);
        if (!g_ptr_array_find_with_equal_func(custody->begun, gpu, g_str_equal, NULL) &&
            !vfg_journal_complete(g_ptr_array_index(custody->owned, i), &trouble))
            vfg_app_say(custody->app, "%s", trouble->message);
    }
    vfg_custody_abandon(custody);
}

static VfgRun
make_run(const VfgCustody *custody, Handlers *handlers)
{
    return (VfgRun){.root = custody->app->root,
                    .journals = custody->journals,
                    .timeout =
                        custody->app->act_timeout ? custody->app->act_timeout : VFG_ACT_TIMEOUT,
                    .other = on_other,
                    .progress = on_progress,
                    .guard = on_guard,
                    .interrupted = on_interrupted,
                    .data = handlers,
                    .hung = custody->hung};
}

/* Who had the function open whose driver hangs: that is what it waits for. */
static void
name_holders(const VfgCustody *custody, GError *failure)
{
    g_autoptr(GString) named = g_string_new(NULL);
    if (!custody->hung->len)
        return;
    for (guint i = 0; i < custody->hung->len; i++) {
        const char *holders =
            g_hash_table_lookup(custody->holders, g_ptr_array_index(custody->hung, i));
        if (holders && *holders)
            g_string_append_printf(named, "; %s", holders);
    }
    g_autofree char *before = failure->message;
    failure->message = g_strdup_printf(
        "%s%s", before, named->len ? named->str : "; no process was seen to have it open");
}

gboolean
vfg_custody_run(VfgCustody *custody, const VfgPlan *plan, VfgRunOther other, gpointer data,
                GError **error)
{
    g_autoptr(VfgSignals) signals = vfg_signals_hold();
    Handlers handlers = {custody, other, data, FALSE};
    VfgRun run = make_run(custody, &handlers);
    g_autoptr(GError) failure = NULL;
    custody->app->signals = signals;
    gboolean done = vfg_run_plan(&run, plan, &failure);
    custody->app->signals = NULL;
    if (done)
        return complete_journals(&handlers, error);
    if (!g_error_matches(failure, VFG_ERROR, VFG_ERROR_RECOVER))
        drop_or_complete(custody);
    name_holders(custody, failure);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

gboolean
vfg_custody_run_restore(VfgCustody *custody, const VfgPlan *plan, GError **error)
{
    g_autoptr(VfgSignals) held G_GNUC_UNUSED = vfg_signals_hold();
    Handlers handlers = {custody, NULL, NULL, TRUE};
    VfgRun run = make_run(custody, &handlers);
    g_autoptr(GError) failure = NULL;
    g_autoptr(VfgInventory) now = vfg_inventory_new(custody->app, error);
    if (!now)
        return FALSE;
    remember_holders(custody, now->host, plan->steps);
    if (vfg_run_restore(&run, plan, &failure))
        return remove_journals(custody, custody->gpus, error);
    name_holders(custody, failure);
    if (custody->hung->len) {
        failure->code = VFG_ERROR_RECOVER;
        vfg_error_set_fix(failure, "once nothing has it open any more, run 'vfiogpu recover'");
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}
