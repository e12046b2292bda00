/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent: the command line. */

#include "commands.h"
#include "error.h"

#include <locale.h>
#include <stdio.h>

/* Says what went wrong and gives the exit status, as the host's command does. */
static int
report(const GError *error)
{
    const char *fix = vfg_error_get_fix(error);
    fprintf(stderr, "vfiogpu-agent: %s\n", error->message);
    if (fix)
        fprintf(stderr, "  fix: %s\n", fix);
    if (g_error_matches(error, VFG_ERROR, VFG_ERROR_USAGE))
        return 2;
    if (g_error_matches(error, VFG_ERROR, VFG_ERROR_REFUSED))
        return 4;
    if (g_error_matches(error, VFG_ERROR, VFG_ERROR_RECOVER))
        return 5;
    return g_error_matches(error, VFG_ERROR, VFG_ERROR_TIMEOUT) ? 6 : 1;
}

static void
print_help(void)
{
    g_autofree char *commands = vfg_agent_commands_describe();
    printf("vfiogpu-agent [COMMAND] [OPTION…]\n\n"
           "Reports this guest and its GPUs to the vfiogpu host and prepares the system for them.\n"
           "\n%s\n",
           commands);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    setlocale(LC_ALL, "");
    g_set_prgname("vfiogpu-agent");
    const char *first = argc > 1 ? argv[1] : "";
    int status = 0;
    if (g_str_equal(first, "--version"))
        puts("vfiogpu-agent " VFG_AGENT_VERSION);
    else if (g_str_equal(first, "--help") || g_str_equal(first, "-h"))
        print_help();
    else
        status = vfg_agent_commands_run(argc, argv, &error);
    if (error)
        status = report(error);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "vfiogpu-agent: cannot write the output\n");
        status = status ? status : 1;
    }
    return status;
}
