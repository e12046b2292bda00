/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent status: how far provisioning is, and the GPUs' counters. */

#include "commands.h"
#include "counter-look.h"
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

static void
print_counters(const json_t *readings)
{
    static const char *const headings[] = {"GPU", "COUNTER", "VALUE", "", NULL};
    g_autoptr(VfgTable) table = vfg_table_new(headings);
    for (gsize i = 0; i < json_array_size(readings); i++) {
        const char *address = NULL, *name = NULL, *part = NULL, *detail = NULL;
        json_int_t value = 0;
        if (json_unpack(json_array_get(readings, i), "{s:s, s:s, s:s?, s:I, s:s?}", "address",
                        &address, "counter", &name, "part", &part, "value", &value, "detail",
                        &detail) < 0)
            continue;
        g_autofree char *whole = g_strdup_printf("%s%s%s", name, part ? " " : "", part ? part : "");
        g_autofree char *number = g_strdup_printf("%" JSON_INTEGER_FORMAT, value);
        const char *cells[] = {address, whole, number, detail ? detail : "", NULL};
        vfg_table_add(table, cells);
    }
    g_autofree char *text = vfg_table_format(table);
    if (json_array_size(readings))
        printf("\n%s", text);
}

static void
print_json(const VfgProvisionState *state, json_t *readings)
{
    json_t *object = vfg_provision_state_json(state);
    json_object_set(object, "counters", readings);
    g_autofree char *text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    puts(text);
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
    g_autoptr(VfgRoot) root = vfg_root_new("/", error);
    if (!root)
        return 1;
    const char *search = g_getenv("PATH");
    json_t *readings = vfg_counter_look(root, search ? search : "/usr/sbin:/usr/bin:/sbin:/bin");
    if (json) {
        print_json(state, readings);
    } else {
        print_state(state);
        print_counters(readings);
    }
    json_decref(readings);
    return 0;
}
