/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's command table. */

#include "commands.h"

#include "error.h"

static const VfgAgentCommand commands[] = {
    {"provision", "[OPTION…]", "Install driver, toolkit, runtime; --dry-run shows the commands",
     vfg_agent_cmd_provision},
    {"run", "", "Report this guest and its GPUs to the host (the default)", vfg_agent_cmd_run},
    {"kernel-args", "show|add|remove [ARG…]", "The kernel's arguments in the boot loaders' files",
     vfg_agent_cmd_kernel_args},
    {"status", "", "How far provisioning is", vfg_agent_cmd_status},
};

const VfgAgentCommand *
vfg_agent_command_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(commands[i].name, name))
            return &commands[i];
    return NULL;
}

char *
vfg_agent_commands_describe(void)
{
    GString *out = g_string_new("Commands:\n");
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", commands[i].name, commands[i].arguments);
        g_string_append_printf(out, "  %-38s %s\n", usage, commands[i].summary);
    }
    g_string_append(out, "\n'vfiogpu-agent COMMAND --help' shows the options of a command.");
    return g_string_free(out, FALSE);
}

static gboolean
check_count(const char *name, char **words, guint min, guint max, GError **error)
{
    guint count = words ? g_strv_length(words) : 0;
    if (count >= min && count <= max)
        return TRUE;
    g_autofree char *fix = g_strdup_printf("vfiogpu-agent %s --help", name);
    vfg_error_set(error, VFG_ERROR_USAGE, fix, "'%s' has too %s arguments", name,
                  count < min ? "few" : "many");
    return FALSE;
}

char **
vfg_agent_command_parse(const char *name, const GOptionEntry *entries, int argc, char **argv,
                        guint min, guint max, GError **error)
{
    const VfgAgentCommand *command = vfg_agent_command_find(name);
    g_auto(GStrv) words = NULL;
    const GOptionEntry rest[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autofree char *usage = g_strdup_printf("%s %s", name, command ? command->arguments : "");
    g_autoptr(GOptionContext) context = g_option_context_new(usage);
    g_autoptr(GError) local = NULL;
    if (command)
        g_option_context_set_summary(context, command->summary);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, rest, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &local)) {
        g_autofree char *fix = g_strdup_printf("vfiogpu-agent %s --help", name);
        vfg_error_set(error, VFG_ERROR_USAGE, fix, "%s", local->message);
        return NULL;
    }
    if (!check_count(name, words, min, max, error))
        return NULL;
    return words ? g_steal_pointer(&words) : g_new0(char *, 1);
}

/* The unit starts it without a command, perhaps with options of `run`. */
int
vfg_agent_commands_run(int argc, char **argv, GError **error)
{
    if (argc < 2 || argv[1][0] == '-')
        return vfg_agent_cmd_run(argc, argv, error);
    const VfgAgentCommand *command = vfg_agent_command_find(argv[1]);
    if (command)
        return command->run(argc - 1, argv + 1, error);
    g_autofree char *shown = g_strescape(argv[1], NULL);
    vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu-agent --help lists them",
                  "there is no command '%.64s'", shown);
    return 2;
}
