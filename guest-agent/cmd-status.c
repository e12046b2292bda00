/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent status: how far provisioning is. */

#include "commands.h"
#include "escape.h"
#include "state.h"
#include "table.h"

#include <stdio.h>

static void
print_line(const char *name, const char *text)
{
    g_autofree char *shown = vfg_escape_text(text, -1, 1000);
    printf("%s%s\n", name, shown);
}

static void
print_state(const VfgProvisionState *state)
{
    static const char *const headings[] = {"STEP", "STATE", "ATTEMPTS", "ERROR", NULL};
    g_autoptr(VfgTable) table = vfg_table_new(headings);
    print_line("provisioning: ", vfg_provision_phase_name(state->phase));
    if (state->profile)
        print_line("profile:      ", state->profile);
    if (state->driver_state)
        print_line("driver:       ", state->driver_state);
    if (state->driver_version)
        print_line("version:      ", state->driver_version);
    if (state->toolkit_version)
        print_line("CUDA:         ", state->toolkit_version);
    if (state->driver_detail)
        print_line("              ", state->driver_detail);
    for (guint i = 0; i < state->steps->len; i++) {
        const VfgStepRecord *record = g_ptr_array_index(state->steps, i);
        g_autofree char *attempts = g_strdup_printf("%u", record->attempts);
        g_autofree char *why = vfg_escape_text(record->error ? record->error : "", -1, 400);
        const char *cells[] = {record->id, vfg_step_state_name(record->state), attempts, why, NULL};
        vfg_table_add(table, cells);
    }
    g_autofree char *text = vfg_table_format(table);
    if (state->steps->len)
        printf("\n%s", text);
}

int
vfg_agent_cmd_status(int argc, char **argv, GError **error)
{
    g_autofree char *state_dir = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print the state as JSON", NULL},
        {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir,
         "Read the state from here instead of /var/lib/vfiogpu-agent", "DIR"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) words = vfg_agent_command_parse("status", entries, argc, argv, 0, 0, error);
    if (!words)
        return 2;
    g_autoptr(VfgProvisionState) state =
        vfg_provision_state_load(state_dir ? state_dir : "/var/lib/vfiogpu-agent");
    g_autofree char *text = json ? vfg_provision_state_json(state) : NULL;
    if (json)
        printf("%s", text);
    else
        print_state(state);
    return 0;
}
