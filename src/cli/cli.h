/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the commands share: common options, parsing, printing. Only this folder prints. */

#pragma once

#include "app.h"

#include <jansson.h>

typedef struct {
    char *sysroot;
    char *uri;
    char *state_dir;
    char *data_dir;
    char *color; /* "auto", "always", "never" */
    gboolean json;
    gboolean verbose;
    gboolean quiet;
} VfgCli;

/* A command: `run` gets the arguments behind its name (argv[0] is the name) and gives the exit
 * status; it sets *error where it failed, and then its return value does not count. */
typedef struct {
    const char *name;
    const char *arguments;
    const char *summary;
    int (*run)(VfgCli *cli, int argc, char **argv, GError **error);
} VfgCommand;

/* Exit statuses (DESIGN, "Command line"). */
#define VFG_EXIT_CHECK_FAILED 3

/* The commands, in order of the help; defined by the cmd-*.c files. */
int vfg_cmd_list(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_capture(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_diagnose(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_show(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_check(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_plan(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_bind(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_unbind(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_recover(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_define(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_undefine(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_dumpxml(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_vms(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_start(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_stop(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_restart(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_agent(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_status(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_events(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_health(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_vnc(VfgCli *cli, int argc, char **argv, GError **error);
int vfg_cmd_screenshot(VfgCli *cli, int argc, char **argv, GError **error);

/* Frees what the common options hold. */
void vfg_cli_clear(VfgCli *cli);

/* The common options as a group; the caller hands it to a context. */
GOptionGroup *vfg_cli_common_group(VfgCli *cli);

/* Parses the options of a command: its own `entries` (NULL-terminated, may be NULL) and the common
 * ones. Afterwards the rest must be between `min` and `max` arguments, which are given as a new
 * array (without the name). */
char **vfg_cli_parse(VfgCli *cli, const VfgCommand *command, const GOptionEntry *entries, int argc,
                     char **argv, guint min, guint max, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for entries with callbacks, which get `data`. */
char **vfg_cli_parse_with(VfgCli *cli, const VfgCommand *command, const GOptionEntry *entries,
                          gpointer data, int argc, char **argv, guint min, guint max,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the value of --timeout is one: 0, where it was not given, to a day. */
gboolean vfg_cli_check_timeout(const VfgCommand *command, int seconds,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The app made from the common options, with progress lines on stderr unless -q. */
VfgApp *vfg_cli_app(VfgCli *cli, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Prints a JSON value, indented, and drops the reference. */
void vfg_cli_print_json(json_t *value);

/* Prints a document where --json was given; drops the reference in any case. */
void vfg_cli_end_json(const VfgCli *cli, json_t *document);

/* Whether stdout gets colours. */
gboolean vfg_cli_use_color(const VfgCli *cli);

/* Prints "vfiogpu: MESSAGE" and "  fix: FIX" to stderr and gives the exit status. */
int vfg_cli_report(const GError *error);
