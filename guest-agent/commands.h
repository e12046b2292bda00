/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's commands: one line of the table in commands.c each. */

#pragma once

#include <glib.h>

/* `run` gets the arguments behind the command's name (argv[0] is the name) and gives the exit
 * status; it sets *error where it failed, and then its return value does not count. */
typedef struct {
    const char *name;
    const char *arguments;
    const char *summary;
    int (*run)(int argc, char **argv, GError **error);
} VfgAgentCommand;

/* The command of that name, or NULL. It lives as long as the program. */
const VfgAgentCommand *vfg_agent_command_find(const char *name);

/* The table as the lines of --help. The caller frees them. */
char *vfg_agent_commands_describe(void);

/* Parses the options `entries` (NULL-terminated) of the command `name`, whose help calls its
 * arguments `arguments`; the words left must be between `min` and `max`. Gives them as a new array
 * without the name. Wrong usage is VFG_ERROR_USAGE. */
char **vfg_agent_command_parse(const char *name, const GOptionEntry *entries, int argc, char **argv,
                               guint min, guint max, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs the command line of the agent: the command that it names, or `run` where it names none. */
int vfg_agent_commands_run(int argc, char **argv, GError **error);

/* The commands, each in the file cmd-NAME.c. */
int vfg_agent_cmd_provision(int argc, char **argv, GError **error);
int vfg_agent_cmd_run(int argc, char **argv, GError **error);
int vfg_agent_cmd_status(int argc, char **argv, GError **error);
int vfg_agent_cmd_kernel_args(int argc, char **argv, GError **error);
