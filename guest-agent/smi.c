/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A child that prints lines. */

#include "smi.h"

#include "io.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

struct VfgSmi {
    GPid pid;
    VfgFd fd;
    guint source; /* 0: the output ended */
    VfgSmiLineFunc func;
    gpointer data;
    char line[LINE_MAX_BYTES + 1];
    gsize len;
};

static void
take_bytes(VfgSmi *smi, const char *bytes, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            if (smi->len < LINE_MAX_BYTES)
                smi->line[smi->len++] = bytes[i];
            continue;
        }
        smi->line[smi->len] = '\0';
        smi->len = 0;
        smi->func(smi->line, smi->data);
    }
}

static gboolean
on_readable(int fd, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    VfgSmi *smi = data;
    char bytes[1024];
    gssize n = read(fd, bytes, sizeof bytes);
    if (n > 0)
        take_bytes(smi, bytes, (gsize)n);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return G_SOURCE_CONTINUE;
    smi->source = 0;
    return G_SOURCE_REMOVE;
}

/* It ends with the agent, and gets the signals that the agent has blocked for itself. */
static void
prepare_child(gpointer data G_GNUC_UNUSED)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

VfgSmi *
vfg_smi_new(const char *const *words, VfgSmiLineFunc func, gpointer data, GError **error)
{
    GPid pid = 0;
    int fd = -1;
    if (!g_spawn_async_with_pipes(NULL, (char **)words, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_STDERR_TO_DEV_NULL,
                                  prepare_child, NULL, &pid, NULL, &fd, NULL, error))
        return NULL;
    VfgSmi *smi = g_new0(VfgSmi, 1);
    smi->pid = pid;
    smi->fd = fd;
    smi->func = func;
    smi->data = data;
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    smi->source = g_unix_fd_add(fd, G_IO_IN, on_readable, smi);
    return smi;
}

void
vfg_smi_free(VfgSmi *smi)
{
    if (!smi)
        return;
    if (smi->source)
        g_source_remove(smi->source);
    vfg_io_close(&smi->fd);
    kill(smi->pid, SIGKILL);
    waitpid(smi->pid, NULL, 0);
    g_free(smi);
}

gboolean
vfg_smi_runs(const VfgSmi *smi)
{
    return smi->source != 0;
}
