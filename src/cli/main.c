/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu: the command table. */

#include "config.h"

#include "cli.h"
#include "error.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const VfgCommand commands[] = {
    {"list", "", "GPUs: address, name, ids, driver, group, BARs", vfg_cmd_list},
    {"show", "GPU", "Everything about one GPU", vfg_cmd_show},
    {"check", "[GPU|VM]", "What works and what does not, with cause and fix", vfg_cmd_check},
    {"plan", "start|stop|bind|unbind X", "The steps that would run; changes nothing", vfg_cmd_plan},
    {"bind", "GPU", "Hand a GPU, its whole slot, to vfio-pci", vfg_cmd_bind},
    {"unbind", "GPU", "Give it back to its original driver", vfg_cmd_unbind},
    {"recover", "", "Settle what a crash left", vfg_cmd_recover},
    {"define", "FILE", "Check a VM definition and store it", vfg_cmd_define},
    {"undefine", "VM", "Remove a stored definition and the libvirt domain", vfg_cmd_undefine},
    {"dumpxml", "VM", "The libvirt domain XML that the VM would start with", vfg_cmd_dumpxml},
    {"vms", "", "VM definitions known", vfg_cmd_vms},
    {"start", "VM", "Check, bind, define, boot", vfg_cmd_start},
    {"stop", "VM", "Shut down, then give the GPUs back", vfg_cmd_stop},
    {"restart", "VM", "Stop, then start", vfg_cmd_restart},
    {"diagnose", "[FILE|-]", "Explain a kernel log: causes, symptoms, fixes", vfg_cmd_diagnose},
    {"capture", "FILE.tar", "This host's facts as a file, redacted, for --sysroot",
     vfg_cmd_capture},
    {"status", "[VM]", "State, screen, agent, the guest's GPUs", vfg_cmd_status},
    {"events", "[VM]", "What guests reported of their GPUs", vfg_cmd_events},
    {"health", "clear GPU", "End the quarantine of a GPU", vfg_cmd_health},
    {"agent", "install|provision|reboot VM",
     "Bring the agent into a guest; have it set up or reboot", vfg_cmd_agent},
    {"vnc", "VM", "Where the VM's VNC screen is", vfg_cmd_vnc},
    {"screenshot", "VM FILE.png", "A picture of the VM's screen", vfg_cmd_screenshot},
};

static char *
describe_commands(void)
{
    GString *out = g_string_new("Commands:\n");
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", commands[i].name, commands[i].arguments);
        g_string_append_printf(out, "  %-34s %s\n", usage, commands[i].summary);
    }
    g_string_append(out, "\n'vfiogpu COMMAND --help' shows the options of a command.\n"
                         "GPUs are named by address (82:00.0), ids (10de:1e37) or vendor (nvidia,\n"
                         "amd, intel), with [n] for the n-th.");
    return g_string_free(out, FALSE);
}

static const VfgCommand *
find_command(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(commands[i].name, name))
            return &commands[i];
    return NULL;
}

/* Options before the command are common ones; parsing stops at the first word that is none. */
static gboolean
parse_leading(VfgCli *cli, int *argc, char ***argv, gboolean *version, GError **error)
{
    const GOptionEntry entries[] = {
        {"version", 0, 0, G_OPTION_ARG_NONE, version, "Print the version", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autofree char *description = describe_commands();
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND …");
    g_option_context_set_summary(context, "Gives GPUs to virtual machines.");
    g_option_context_set_description(context, description);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_group(context, vfg_cli_common_group(cli));
    g_autoptr(GError) local = NULL;
    if (g_option_context_parse(context, argc, argv, &local))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu --help", "%s", local->message);
    return FALSE;
}

static int
run(VfgCli *cli, int argc, char **argv, GError **error)
{
    gboolean version = FALSE;
    if (!parse_leading(cli, &argc, &argv, &version, error))
        return 2;
    if (version) {
        printf("vfiogpu %s\n", VERSION);
        return 0;
    }
    if (argc > 1 && g_str_equal(argv[1], "--")) {
        argc--;
        argv++;
    }
    const VfgCommand *command = argc > 1 ? find_command(argv[1]) : NULL;
    if (!command) {
        g_autofree char *shown = argc > 1 ? g_strescape(argv[1], NULL) : NULL;
        vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu --help lists them",
                      shown ? "there is no command '%.64s'" : "no command was given%s",
                      shown ? shown : "");
        return 2;
    }
    return command->run(cli, argc - 1, argv + 1, error);
}

int
main(int argc, char **argv)
{
    VfgCli cli = {0};
    g_autoptr(GError) error = NULL;
    setlocale(LC_ALL, "");
    g_set_prgname("vfiogpu");
    int status = run(&cli, argc, argv, &error);
    if (error)
        status = vfg_cli_report(error);
    vfg_cli_clear(&cli);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "vfiogpu: cannot write the output\n");
        status = status ? status : 1;
    }
    return status;
}
