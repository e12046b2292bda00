/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the journal of a GPU says. */

#include "custody-show.h"

#include "custody.h"

/* Also one that is not complete; nothing of a snapshot, whose state is not here. */
static VfgJournalState *
look(VfgApp *app, const char *gpu)
{
    VfgJournalState *state = app->live ? vfg_journal_read(app->state_dir, gpu, NULL) : NULL;
    if (state && vfg_custody_is_void(app, state))
        g_clear_pointer(&state, vfg_journal_state_free);
    return state;
}

GPtrArray *
vfg_app_custody_lines(VfgApp *app, const char *gpu)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(VfgJournalState) state = look(app, gpu);
    if (!state)
        return lines;
    if (!state->complete)
        g_ptr_array_add(lines,
                        g_strdup("a command works on it, or was cut off: 'vfiogpu recover'"));
    else if (*state->owner)
        g_ptr_array_add(lines, g_strdup_printf("handed over for the VM %s", state->owner));
    else
        g_ptr_array_add(lines, g_strdup("handed over by 'vfiogpu bind'"));
    for (guint i = 0; i < state->priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(state->priors, i);
        g_autofree char *address = vfg_pci_address_dup(prior->address);
        g_ptr_array_add(lines, g_strdup_printf("  %s goes back to %s", address,
                                               prior->driver ? prior->driver : "no driver"));
    }
    return lines;
}

json_t *
vfg_app_custody_to_json(VfgApp *app, const char *gpu)
{
    g_autoptr(VfgJournalState) state = look(app, gpu);
    if (!state)
        return json_null();
    json_t *functions = json_array();
    for (guint i = 0; i < state->priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(state->priors, i);
        g_autofree char *address = vfg_pci_address_dup(prior->address);
        json_array_append_new(functions,
                              json_pack("{s:s, s:s?, s:s?}", "address", address, "driver",
                                        prior->driver, "driver_override", prior->driver_override));
    }
    return json_pack("{s:s?, s:b, s:o}", "vm", *state->owner ? state->owner : NULL, "complete",
                     state->complete, "functions", functions);
}
