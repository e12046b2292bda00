/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The listening socket. */

#include "server.h"

#include "session.h"
#include "vgpu-error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct VfgVgpuServer {
    int fd;
    char *path; /* NULL: there is no socket to remove */
};

static int
open_socket(GError **error)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        vfg_vgpu_error_set_errno(error, errno, "cannot make a socket");
    return fd;
}

/* TRUE if nothing is at the path any more. */
static gboolean
remove_stale(const char *path, const struct sockaddr_un *address, GError **error)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return TRUE;
    if (!S_ISSOCK(status.st_mode)) {
        vfg_vgpu_error_set(error, EEXIST, "%s is there and is no socket; name another path", path);
        return FALSE;
    }
    int fd = open_socket(error);
    if (fd < 0)
        return FALSE;
    gboolean stale =
        connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (!stale) {
        vfg_vgpu_error_set(error, EADDRINUSE, "%s is served by another process; end that first",
                           path);
        return FALSE;
    }
    if (unlink(path) < 0) {
        vfg_vgpu_error_set_errno(error, errno, "cannot remove the stale socket %s", path);
        return FALSE;
    }
    return TRUE;
}

VfgVgpuServer *
vfg_vgpu_server_new(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        vfg_vgpu_error_set(error, ENAMETOOLONG, "%s is too long for a socket: at most %zu bytes",
                           path, sizeof address.sun_path - 1);
        return NULL;
    }
    strcpy(address.sun_path, path);
    g_autoptr(VfgVgpuServer) server = g_new0(VfgVgpuServer, 1);
    server->fd = -1;
    if (!remove_stale(path, &address, error))
        return NULL;
    server->fd = open_socket(error);
    if (server->fd < 0)
        return NULL;
    /* The mode of the socket is that of its file descriptor's inode, and so is in place before
     * anyone can connect. */
    if (fchmod(server->fd, S_IRUSR | S_IWUSR) < 0 ||
        bind(server->fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        vfg_vgpu_error_set_errno(error, errno, "cannot make the socket %s", path);
        return NULL;
    }
    server->path = g_strdup(path);
    if (listen(server->fd, 1) < 0) {
        vfg_vgpu_error_set_errno(error, errno, "cannot listen on %s", path);
        return NULL;
    }
    return g_steal_pointer(&server);
}

/* The next client's socket; -1 with `stopped` set, or with an error. */
static int
accept_client(const VfgVgpuServer *server, int stop_fd, gboolean *stopped, GError **error)
{
    for (;;) {
        struct pollfd fds[] = {{server->fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
        int ready = poll(fds, G_N_ELEMENTS(fds), -1);
        if (ready > 0 && fds[1].revents) {
            *stopped = TRUE;
            return -1;
        }
        int fd = ready > 0 ? accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
        if (fd >= 0)
            return fd;
        if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) {
            vfg_vgpu_error_set_errno(error, errno, "cannot accept a client on %s", server->path);
            return -1;
        }
    }
}

gboolean
vfg_vgpu_server_run(VfgVgpuServer *server, VfgVgpuDevice *device, int stop_fd, FILE *log,
                    GError **error)
{
    gboolean stopped = FALSE;
    while (!stopped) {
        int fd = accept_client(server, stop_fd, &stopped, error);
        if (fd < 0)
            return stopped;
        if (log) {
            fprintf(log, "a client connected\n");
            fflush(log);
        }
        g_autoptr(VfgVgpuChannel) channel = vfg_vgpu_channel_new(fd, stop_fd, VFG_VGPU_PATIENCE_MS);
        stopped = !vfg_vgpu_session_run(device, channel, log);
    }
    return TRUE;
}

void
vfg_vgpu_server_free(VfgVgpuServer *server)
{
    if (!server)
        return;
    if (server->fd >= 0)
        close(server->fd);
    if (server->path)
        unlink(server->path);
    g_free(server->path);
    g_free(server);
}
