/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent: the command line and the main loop. */

#include "agent.h"
#include "io.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <sys/signalfd.h>

#define EXIT_USAGE 2

typedef struct {
    char *channel;
    char *sysroot;
    gboolean version;
    char **verbs;
} Options;

static void
options_clear(Options *options)
{
    g_free(options->channel);
    g_free(options->sysroot);
    g_strfreev(options->verbs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean
parse_options(int argc, char **argv, Options *ret, GError **error)
{
    const GOptionEntry entries[] = {
        {"channel", 0, 0, G_OPTION_ARG_FILENAME, &ret->channel,
         "Use this device or socket instead of looking for the port", "PATH"},
        {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &ret->sysroot,
         "Read the reported facts from this tree instead of /", "DIR"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &ret->version, "Print the version and exit", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &ret->verbs, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[run]");
    g_option_context_set_summary(context, "Reports this guest and its GPUs to the vfiogpu host.");
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, &argc, &argv, error);
}

static gboolean
on_signal(G_GNUC_UNUSED int fd, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

/* A signalfd, since g_unix_signal_add would start a thread for the life of the process. */
static gboolean
watch_signals(GMainLoop *loop)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    int fd = sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
    if (fd < 0)
        return FALSE;
    g_unix_fd_add(fd, G_IO_IN, on_signal, loop);
    return TRUE;
}

static gboolean
run(const Options *options, VfgLog *log, GError **error)
{
    g_autoptr(VfgRoot) ports = vfg_root_new("/", error);
    if (!ports)
        return FALSE;
    g_autoptr(VfgRoot) facts = vfg_root_new(options->sysroot ? options->sysroot : "/", error);
    if (!facts)
        return FALSE;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    if (!watch_signals(loop))
        vfg_log_say(log, "cannot watch signals; SIGTERM ends the agent at once");
    VfgAgentConfig config = {.version = VFG_AGENT_VERSION,
                             .channel = options->channel,
                             .facts = facts,
                             .ports = ports,
                             .log = log};
    VfgAgent *agent = vfg_agent_new(&config);
    g_main_loop_run(loop);
    vfg_agent_free(agent);
    return TRUE;
}

int
main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgLog) log = vfg_log_new(stderr);
    setlocale(LC_ALL, "");
    if (!parse_options(argc, argv, &options, &error)) {
        vfg_log_say(log, "%s", error->message);
        return EXIT_USAGE;
    }
    if (options.version) {
        puts("vfiogpu-agent " VFG_AGENT_VERSION);
        return 0;
    }
    if (options.verbs && (g_strcmp0(options.verbs[0], "run") != 0 || options.verbs[1])) {
        vfg_log_say(log, "unknown verb; the only one is 'run'");
        return EXIT_USAGE;
    }
    if (run(&options, log, &error))
        return 0;
    vfg_log_say(log, "%s", error->message);
    return 1;
}
