/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the commands share. */

#include "cli.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMEOUT_MAX 86400 /* s */

GOptionGroup *
vfg_cli_common_group(VfgCli *cli)
{
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &cli->json, "Print JSON (docs/JSON.md)", NULL},
        {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &cli->sysroot,
         "Read facts from a snapshot instead of /", "FILE|DIR"},
        {"connect", 0, 0, G_OPTION_ARG_STRING, &cli->uri, "Connect to this libvirt", "URI"},
        {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &cli->state_dir, "Keep journals here", "DIR"},
        {"data-dir", 0, 0, G_OPTION_ARG_FILENAME, &cli->data_dir, "Read data files from here",
         "DIR"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &cli->verbose, "Say more", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, "No progress lines", NULL},
        {"color", 0, 0, G_OPTION_ARG_STRING, &cli->color, "auto, always or never", "WHEN"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionGroup *group =
        g_option_group_new("common", "Common options:", "Show the common options", NULL, NULL);
    g_option_group_add_entries(group, entries);
    return group;
}

/* GOption's own errors are wrong usage, whatever they say. */
static gboolean
set_usage_error(GError **error, const char *name, const char *why)
{
    g_autofree char *fix = g_strdup_printf("vfiogpu %s --help", name);
    vfg_error_set(error, VFG_ERROR_USAGE, fix, "%s: %s", name, why);
    return FALSE;
}

static gboolean
check_color(const VfgCli *cli, const char *name, GError **error)
{
    static const char *const known[] = {"auto", "always", "never", NULL};
    return !cli->color || g_strv_contains(known, cli->color) ||
           set_usage_error(error, name, "--color takes auto, always or never");
}

char **
vfg_cli_parse(VfgCli *cli, const VfgCommand *command, const GOptionEntry *entries, int argc,
              char **argv, guint min, guint max, GError **error)
{
    return vfg_cli_parse_with(cli, command, entries, NULL, argc, argv, min, max, error);
}

/* Callbacks get the data of their group, so the command's own entries are a main group made for it.
 */
static GOptionContext *
make_context(VfgCli *cli, const VfgCommand *command, const GOptionEntry *entries, gpointer data)
{
    GOptionContext *context = g_option_context_new(command->arguments);
    GOptionGroup *group = g_option_group_new("main", "Options:", "Show the options", data, NULL);
    if (entries)
        g_option_group_add_entries(group, entries);
    g_option_context_set_summary(context, command->summary);
    g_option_context_set_main_group(context, group);
    g_option_context_add_group(context, vfg_cli_common_group(cli));
    return context;
}

/* The help is "vfiogpu COMMAND …", though the command's name is argv[0] here. */
static char **
copy_words(const VfgCommand *command, int argc, char **argv)
{
    char **words = g_new0(char *, argc + 1);
    words[0] = g_strconcat("vfiogpu ", command->name, NULL);
    for (int i = 1; i < argc; i++)
        words[i] = g_strdup(argv[i]);
    return words;
}

char **
vfg_cli_parse_with(VfgCli *cli, const VfgCommand *command, const GOptionEntry *entries,
                   gpointer data, int argc, char **argv, guint min, guint max, GError **error)
{
    g_autoptr(GOptionContext) context = make_context(cli, command, entries, data);
    g_autoptr(GError) local = NULL;
    g_auto(GStrv) words = copy_words(command, argc, argv);
    if (!g_option_context_parse_strv(context, &words, &local)) {
        set_usage_error(error, command->name, local->message);
        return NULL;
    }
    guint first = words[1] && g_str_equal(words[1], "--") ? 2 : 1;
    guint given = g_strv_length(words) - first;
    if (given < min || given > max) {
        g_autofree char *why =
            g_strdup_printf("%s; its arguments are: %s",
                            given < min ? "an argument is missing" : "too many arguments",
                            *command->arguments ? command->arguments : "none");
        set_usage_error(error, command->name, why);
        return NULL;
    }
    return check_color(cli, command->name, error) ? g_strdupv(words + first) : NULL;
}

static void
print_progress(const char *line, gpointer data G_GNUC_UNUSED)
{
    fprintf(stderr, "%s\n", line);
}

gboolean
vfg_cli_check_timeout(const VfgCommand *command, int seconds, GError **error)
{
    if (seconds >= 0 && seconds <= TIMEOUT_MAX)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_USAGE, NULL, "%s: --timeout takes 1 to %d seconds",
                  command->name, TIMEOUT_MAX);
    return FALSE;
}

VfgApp *
vfg_cli_app(VfgCli *cli, GError **error)
{
    const char *data_dir = cli->data_dir ? cli->data_dir : g_getenv("VFIOGPU_DATA_DIR");
    VfgAppPaths paths = {.sysroot = cli->sysroot,
                         .data_dir = data_dir,
                         .state_dir = cli->state_dir,
                         .uri = cli->uri};
    VfgApp *app = vfg_app_new(&paths, error);
    if (app && !cli->quiet)
        app->progress = print_progress;
    return app;
}

void
vfg_cli_print_json(json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2));
    printf("%s\n", text ? text : "null");
    free(text);
    json_decref(value);
}

void
vfg_cli_end_json(const VfgCli *cli, json_t *document)
{
    if (cli->json)
        vfg_cli_print_json(document);
    else
        json_decref(document);
}

gboolean
vfg_cli_use_color(const VfgCli *cli)
{
    if (cli->color && !g_str_equal(cli->color, "auto"))
        return g_str_equal(cli->color, "always");
    return isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR");
}

static int
exit_status(const GError *error)
{
    if (error->domain != VFG_ERROR)
        return 1;
    switch ((VfgErrorCode)error->code) {
    case VFG_ERROR_USAGE:
        return 2;
    case VFG_ERROR_REFUSED:
        return 4;
    case VFG_ERROR_RECOVER:
        return 5;
    case VFG_ERROR_TIMEOUT:
        return 6;
    case VFG_ERROR_INTERRUPTED:
        return 130;
    default:
        return 1;
    }
}

int
vfg_cli_report(const GError *error)
{
    const char *fix = vfg_error_get_fix(error);
    fprintf(stderr, "%s: %s\n", g_get_prgname(), error->message);
    if (fix && *fix)
        fprintf(stderr, "  fix: %s\n", fix);
    return exit_status(error);
}

void
vfg_cli_clear(VfgCli *cli)
{
    g_free(cli->sysroot);
    g_free(cli->uri);
    g_free(cli->state_dir);
    g_free(cli->data_dir);
    g_free(cli->color);
}
