/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM that is off: its GPUs go back. */

#include "give-back.h"

#include "error.h"
#include "io.h"
#include "restore.h"
#include "undo-start.h"

#define START_TIME 60 /* s */
#define START_INTERVAL (G_USEC_PER_SEC / 2)

GPtrArray *
vfg_vm_journals(VfgApp *app, const char *name, GError **error)
{
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_journal_state_free);
    g_autoptr(GPtrArray) gpus = vfg_journal_list(app->state_dir, error);
    if (!gpus)
        return NULL;
    for (guint i = 0; i < gpus->len; i++) {
        g_autoptr(VfgJournalState) state = NULL;
        if (!vfg_custody_look(app, g_ptr_array_index(gpus, i), &state, error))
            return NULL;
        if (state && g_str_equal(state->owner, name))
            g_ptr_array_add(found, g_steal_pointer(&state));
    }
    return g_steal_pointer(&found);
}

static void
add_once(GPtrArray *names, const char *name)
{
    if (*name && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(name));
}

GPtrArray *
vfg_vm_owners(VfgApp *app, GError **error)
{
    g_autoptr(GPtrArray) names = vfg_start_record_list(app->state_dir, error);
    g_autoptr(GPtrArray) gpus = names ? vfg_journal_list(app->state_dir, error) : NULL;
    if (!gpus)
        return NULL;
    for (guint i = 0; i < gpus->len; i++) {
        g_autoptr(VfgJournalState) state =
            vfg_journal_read(app->state_dir, g_ptr_array_index(gpus, i), NULL);
        if (state && state->complete && !vfg_custody_is_void(app, state))
            add_once(names, state->owner);
    }
    vfg_io_sort_names(names);
    return g_steal_pointer(&names);
}

VfgPlan *
vfg_vm_plan_restore(VfgApp *app, const char *name, const GPtrArray *journals, GError **error)
{
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, error);
    if (!inventory)
        return NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_new("stop", name);
    for (guint i = 0; i < journals->len; i++) {
        VfgPlan *one =
            vfg_app_plan_restore(app, inventory->host, g_ptr_array_index(journals, i), error);
        if (!one)
            return NULL;
        vfg_plan_append(plan, one);
    }
    return g_steal_pointer(&plan);
}

gboolean
vfg_vm_take(VfgCustody *custody, const GPtrArray *journals, GError **error)
{
    for (guint i = 0; i < journals->len; i++) {
        const VfgJournalState *state = g_ptr_array_index(journals, i);
        if (!vfg_custody_claim(custody, state->gpu, error) ||
            !vfg_custody_resume(custody, state, error))
            return FALSE;
    }
    return TRUE;
}

static void note(GPtrArray *settled, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
note(GPtrArray *settled, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    if (settled)
        g_ptr_array_add(settled, g_steal_pointer(&line));
}

static gboolean
restore_gpus(VfgCustody *custody, const char *name, const char *why, GPtrArray *settled,
             GError **error)
{
    g_autoptr(GPtrArray) journals = vfg_vm_journals(custody->app, name, error);
    if (!journals || !vfg_vm_take(custody, journals, error))
        return FALSE;
    if (journals->len == 0)
        return TRUE;
    g_autoptr(VfgPlan) plan = vfg_vm_plan_restore(custody->app, name, journals, error);
    if (!plan || !vfg_custody_run_restore(custody, plan, error))
        return FALSE;
    for (guint i = 0; i < journals->len; i++) {
        const VfgJournalState *state = g_ptr_array_index(journals, i);
        note(settled, "%s was given back: %s is off%s%s", state->gpu, name, why ? ", " : "",
             why ? why : "");
    }
    return TRUE;
}

static gboolean
settle_start(VfgApp *app, const char *name, gboolean off, GPtrArray *settled, GError **error)
{
    g_autoptr(VfgStartState) start = NULL;
    if (!vfg_start_record_read(app->state_dir, name, &start, error))
        return FALSE;
    if (!start)
        return TRUE;
    if (off) {
        g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
        if (!vfg_undo_start(app, start, TRUE, kept, error))
            return FALSE;
        note(settled, "%s: a start that was cut off was undone", name);
        for (guint i = 0; i < kept->len; i++)
            note(settled, "%s: %s", name, (const char *)g_ptr_array_index(kept, i));
    } else {
        note(settled, "%s runs: its start was cut off after that, and counts as done", name);
    }
    return vfg_start_record_remove(app->state_dir, name, error);
}

/* Asked again under the claim: the command that was waited for may have settled it. */
static gboolean
has_anything(VfgApp *app, const char *name, gboolean *ret, GError **error)
{
    g_autoptr(GPtrArray) owners = vfg_vm_owners(app, error);
    if (!owners)
        return FALSE;
    *ret = g_ptr_array_find_with_equal_func(owners, name, g_str_equal, NULL);
    return TRUE;
}

/* A start whose command was killed goes on in libvirtd: what comes of it is waited for. */
static gboolean
get_settled_state(const VfgApp *app, VfgVirt *virt, const char *name, VfgDomainState *state,
                  const char **why, GError **error)
{
    guint seconds = app->act_timeout ? app->act_timeout : START_TIME;
    gint64 deadline = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
    VfgDomainState now = VFG_DOMAIN_STARTING;
    for (;;) {
        if (!vfg_virt_get_state(virt, name, &now, why, error))
            return FALSE;
        if (now != VFG_DOMAIN_STARTING || g_get_monotonic_time() > deadline)
            break;
        g_usleep(START_INTERVAL);
    }
    if (now == VFG_DOMAIN_STARTING) {
        g_autofree char *fix = vfg_domain_starting_fix(name);
        vfg_error_set(error, VFG_ERROR_RECOVER, fix, "%s is starting for more than %u s", name,
                      seconds);
        return FALSE;
    }
    *state = now;
    return TRUE;
}

gboolean
vfg_app_give_back(VfgApp *app, const char *name, GPtrArray *settled, GError **error)
{
    gboolean any = FALSE;
    g_autofree char *vm = g_strdup_printf("vm-%s", name);
    g_autoptr(VfgCustody) custody = vfg_custody_new(app);
    if (!has_anything(app, name, &any, error))
        return FALSE;
    if (!any)
        return TRUE;
    VfgVirt *virt = vfg_app_virt(app, error);
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    const char *why = NULL;
    if (!virt || !vfg_custody_claim(custody, vm, error) || !has_anything(app, name, &any, error) ||
        !get_settled_state(app, virt, name, &state, &why, error))
        return FALSE;
    gboolean off = vfg_domain_state_is_off(state);
    return !any || (settle_start(app, name, off, settled, error) &&
                    (!off || restore_gpus(custody, name, why, settled, error)));
}

gboolean
vfg_app_release(VfgApp *app, const char *gpu, gboolean *released, GError **error)
{
    g_autoptr(VfgJournalState) state = NULL, left = NULL;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    *released = FALSE;
    /* One that is not complete may be in the hands of another command: the claim will tell. */
    if (!vfg_custody_look(app, gpu, &state, NULL) || !state || !*state->owner)
        return TRUE;
    gboolean good = vfg_app_give_back(app, state->owner, lines, error);
    for (guint i = 0; i < lines->len; i++)
        vfg_app_say(app, "%s", (const char *)g_ptr_array_index(lines, i));
    if (!good || !vfg_custody_look(app, gpu, &left, error))
        return FALSE;
    *released = left == NULL;
    return TRUE;
}

gboolean
vfg_app_give_back_all(VfgApp *app, GPtrArray *settled, GError **error)
{
    gboolean whole = TRUE;
    g_autoptr(GPtrArray) names = vfg_vm_owners(app, error);
    for (guint i = 0; names && i < names->len; i++) {
        g_autoptr(GError) local = NULL;
        const char *name = g_ptr_array_index(names, i);
        if (vfg_app_give_back(app, name, settled, &local))
            continue;
        g_prefix_error(&local, "%s: ", name);
        if (whole)
            g_propagate_error(error, g_steal_pointer(&local));
        whole = FALSE;
    }
    return names && whole;
}
