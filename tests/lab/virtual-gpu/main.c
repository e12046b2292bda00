/* SPDX-License-Identifier: GPL-2.0-or-later */

/* virtual-gpu: serves one function of a device profile to QEMU's vfio-user-pci. */

#include "fault.h"
#include "profile.h"
#include "server.h"
#include "vgpu-error.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

typedef struct {
    char *socket;
    char *profile;
    int function;
    char **faults;
    char *log;
} Options;

static void
options_clear(Options *options)
{
    g_free(options->socket);
    g_free(options->profile);
    g_free(options->log);
    g_strfreev(options->faults);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean
parse_options(int *argc, char ***argv, Options *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket, "The socket to serve on", "PATH"},
        {"profile", 0, 0, G_OPTION_ARG_FILENAME, &options->profile, "The device's profile", "FILE"},
        {"function", 0, 0, G_OPTION_ARG_INT, &options->function, "Its function (default: 0)", "N"},
        {"fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->faults, "A fault it has; see below",
         "NAME[=VALUE]"},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &options->log,
         "Append to this file what is refused, instead of standard error", "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autofree char *faults = vfg_vgpu_faults_help();
    g_autofree char *description = g_strdup_printf("Faults:\n%s", faults);
    g_option_context_set_summary(context, "Serves one PCI function over vfio-user, until SIGTERM.");
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc > 1 || !options->socket || !options->profile || options->function < 0) {
        vfg_vgpu_error_set(error, EINVAL,
                           "--socket and --profile, a --function from 0, and nothing besides "
                           "options are wanted; see --help");
        return FALSE;
    }
    return TRUE;
}

static VfgVgpuFaults *
read_faults(char **texts, GError **error)
{
    g_autoptr(VfgVgpuFaults) faults = vfg_vgpu_faults_new();
    for (guint i = 0; texts && texts[i]; i++) {
        if (!vfg_vgpu_faults_add(faults, texts[i], error))
            return NULL;
    }
    return g_steal_pointer(&faults);
}

/* A descriptor that becomes readable when the process is asked to end. */
static int
open_stop_fd(GError **error)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    int fd = -1;
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == 0)
        fd = signalfd(-1, &signals, SFD_CLOEXEC);
    if (fd < 0)
        vfg_vgpu_error_set_errno(error, errno, "cannot wait for signals");
    return fd;
}

static gboolean
serve(const Options *options, FILE *log, GError **error)
{
    g_autoptr(VfgVgpuFaults) faults = read_faults(options->faults, error);
    if (!faults)
        return FALSE;
    g_autoptr(VfgVgpuProfile) profile = vfg_vgpu_profile_load(options->profile, error);
    if (!profile)
        return FALSE;
    g_autoptr(VfgVgpuDevice) device =
        vfg_vgpu_device_new(profile, (guint)options->function, faults, error);
    if (!device)
        return FALSE;
    int stop_fd = open_stop_fd(error);
    if (stop_fd < 0)
        return FALSE;
    g_autoptr(VfgVgpuServer) server = vfg_vgpu_server_new(options->socket, error);
    gboolean done = server && vfg_vgpu_server_run(server, device, stop_fd, log, error);
    close(stop_fd);
    return done;
}

int
main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    if (!parse_options(&argc, &argv, &options, &error)) {
        fprintf(stderr, "virtual-gpu: %s\n", error->message);
        return 2;
    }
    FILE *log = options.log ? fopen(options.log, "ae") : stderr;
    if (!log) {
        fprintf(stderr, "virtual-gpu: cannot write %s: %s\n", options.log, g_strerror(errno));
        return EXIT_FAILURE;
    }
    gboolean done = serve(&options, log, &error);
    if (!done)
        fprintf(stderr, "virtual-gpu: %s\n", error->message);
    if (log != stderr)
        fclose(log);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
