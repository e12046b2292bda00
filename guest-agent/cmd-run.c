/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent run: the agent and its main loop. */

#include "agent.h"
#include "commands.h"
#include "reporter.h"

#include <glib-unix.h>
#include <signal.h>
#include <sys/signalfd.h>

#define STATE_DIR "/var/lib/vfiogpu-agent" /* as provision has it */

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

static void
on_gpus_changed(gpointer reporter)
{
    vfg_reporter_look_at_gpus(reporter);
}

static gboolean
run(const char *channel, const char *sysroot, const char *state, VfgLog *log, GError **error)
{
    g_autoptr(VfgRoot) ports = vfg_root_new("/", error);
    if (!ports)
        return FALSE;
    g_autoptr(VfgRoot) facts = vfg_root_new(sysroot ? sysroot : "/", error);
    if (!facts)
        return FALSE;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    if (!watch_signals(loop))
        vfg_log_say(log, "cannot watch signals; SIGTERM ends the agent at once");
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    VfgAgentConfig config = {.version = VFG_AGENT_VERSION,
                             .channel = channel,
                             .facts = facts,
                             .ports = ports,
                             .program = program,
                             .state_dir = state ? state : STATE_DIR,
                             .begins = !sysroot,
                             .reboot = sysroot ? NULL : "/sbin/reboot",
                             .log = log};
    g_autoptr(VfgReporter) reporter = vfg_reporter_new(facts, state, log);
    config.spool = vfg_reporter_spool(reporter);
    config.gpus_changed = on_gpus_changed;
    config.gpus_data = reporter;
    g_autoptr(VfgAgent) agent = vfg_agent_new(&config);
    vfg_reporter_start(reporter, "/dev/kmsg", agent);
    g_main_loop_run(loop);
    return TRUE;
}

int
vfg_agent_cmd_run(int argc, char **argv, GError **error)
{
    g_autofree char *channel = NULL, *sysroot = NULL, *state = NULL;
    const GOptionEntry entries[] = {
        {"channel", 0, 0, G_OPTION_ARG_FILENAME, &channel,
         "Use this device or socket instead of looking for the port", "PATH"},
        {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &sysroot,
         "Read the reported facts from this tree instead of /", "DIR"},
        {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state,
         "Keep events until the host has them and the state of provisioning here", "DIR"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) words = vfg_agent_command_parse("run", entries, argc, argv, 0, 0, error);
    if (!words)
        return 2;
    g_autoptr(VfgLog) log = vfg_log_new(stderr);
    return run(channel, sysroot, state, log, error) ? 0 : 1;
}
