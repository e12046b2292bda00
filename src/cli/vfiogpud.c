/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpud: keeps the agents' channels of all VMs open, stores what they report, and gives the GPUs
 * of ended guests back. One thread, one loop; giving back, which may wait for others, runs in a
 * process of its own. */

#include "cli.h"
#include "config.h"
#include "error.h"
#include "service.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_USAGE 2

typedef struct {
    char *give_back; /* of this VM, then end */
    gboolean give_back_all;
    gboolean version;
} Options;

static gboolean
parse(VfgCli *cli, Options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"give-back", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options->give_back, NULL,
         NULL},
        {"give-back-all", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options->give_back_all, NULL,
         NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Show the version", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, "Collects what the agents in VMs report, and gives the "
                                          "GPUs of VMs that ended back (docs/EVENTS.md).");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_group(context, vfg_cli_common_group(cli));
    g_autoptr(GError) local = NULL;
    if (!g_option_context_parse(context, argc, argv, &local))
        vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpud --help", "%s", local->message);
    else if (*argc > 1)
        vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpud --help", "vfiogpud takes no arguments");
    else
        return TRUE;
    return FALSE;
}

/* A signalfd, blocked before libvirt starts its threads. */
static int
watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                                                   : -1;
}

static gboolean
is_told_to_end(gpointer data)
{
    struct signalfd_siginfo info;
    return read(GPOINTER_TO_INT(data), &info, sizeof info) == sizeof info;
}

static void
add_option(GPtrArray *words, const char *name, const char *value)
{
    if (!value)
        return;
    g_ptr_array_add(words, (gpointer)name);
    g_ptr_array_add(words, (gpointer)value);
}

static void
unblock_signals(gpointer data G_GNUC_UNUSED)
{
    sigset_t set;
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

/* A process of its own, which glib reaps. */
static void
give_back(const char *vm, gpointer data)
{
    const VfgCli *cli = data;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(words, (gpointer) "/proc/self/exe");
    if (vm)
        add_option(words, "--give-back", vm);
    else
        g_ptr_array_add(words, (gpointer) "--give-back-all");
    add_option(words, "--connect", cli->uri);
    add_option(words, "--state-dir", cli->state_dir);
    add_option(words, "--data-dir", cli->data_dir);
    g_ptr_array_add(words, NULL);
    if (!g_spawn_async(NULL, (char **)words->pdata, NULL, G_SPAWN_DEFAULT, unblock_signals, NULL,
                       NULL, &error))
        fprintf(stderr, "vfiogpud: cannot give back the GPUs of %s: %s\n", vm ? vm : "ended VMs",
                error->message);
}

static int
run_give_back(VfgApp *app, const Options *options, GError **error)
{
    g_autoptr(GPtrArray) settled = g_ptr_array_new_with_free_func(g_free);
    gboolean good = vfg_service_give_back(app, options->give_back, settled, error);
    for (guint i = 0; i < settled->len; i++)
        fprintf(stderr, "vfiogpud: %s\n", (const char *)g_ptr_array_index(settled, i));
    return good ? 0 : 1;
}

static int
run(VfgCli *cli, int argc, char **argv, GError **error)
{
    Options options = {0};
    if (!parse(cli, &options, &argc, &argv, error))
        return EXIT_USAGE;
    if (options.version) {
        printf("vfiogpud %s\n", VERSION);
        return 0;
    }
    gboolean child = options.give_back || options.give_back_all;
    int signals = child ? -1 : watch_signals();
    g_autoptr(VfgApp) app = vfg_cli_app(cli, error);
    int status = 1;
    if (app && child)
        status = run_give_back(app, &options, error);
    else if (app) {
        VfgServiceFuncs funcs = {is_told_to_end, GINT_TO_POINTER(signals), give_back, cli};
        status = vfg_app_serve(app, &funcs, error) ? 0 : 1;
    }
    g_free(options.give_back);
    return status;
}

int
main(int argc, char **argv)
{
    VfgCli cli = {0};
    g_autoptr(GError) error = NULL;
    setlocale(LC_ALL, "");
    g_set_prgname("vfiogpud");
    int status = run(&cli, argc, argv, &error);
    if (error)
        status = vfg_cli_report(error);
    vfg_cli_clear(&cli);
    return status;
}
