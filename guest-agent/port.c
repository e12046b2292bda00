/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where the channel to the host is. */

#include "port.h"

#include "error.h"
#include "io.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"

/* The node of the sysfs entry `name`, if the port is ours and a node exists. */
static char *
match_port(VfgRoot *root, const char *name)
{
    g_autofree char *attribute = g_strdup_printf(PORTS "/%s/name", name);
    g_autofree char *port_name = vfg_root_read_text(root, attribute, NULL);
    if (g_strcmp0(port_name, VFG_AGENT_CHANNEL) != 0)
        return NULL;
    g_autofree char *node = g_strconcat("/dev/", name, NULL);
    if (vfg_root_exists(root, node))
        return g_steal_pointer(&node);
    const char *by_name = "/dev/virtio-ports/" VFG_AGENT_CHANNEL;
    return vfg_root_exists(root, by_name) ? g_strdup(by_name) : NULL;
}

char *
vfg_port_find(VfgRoot *root)
{
    g_autoptr(GPtrArray) names = vfg_root_list(root, PORTS, NULL);
    char *path = NULL;
    for (guint i = 0; names && !path && i < names->len; i++)
        path = match_port(root, g_ptr_array_index(names, i));
    return path;
}

static int
open_socket(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        vfg_error_set_errno(error, ENAMETOOLONG, "cannot connect to %s", path);
        return -1;
    }
    g_auto(VfgFd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        vfg_error_set_errno(error, errno, "cannot connect to %s", path);
        return -1;
    }
    int result = fd;
    fd = -1;
    return result;
}

static int
open_device(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct termios mode;
    if (fd < 0 && errno == EBUSY)
        vfg_error_set(error, VFG_ERROR_FAILED, NULL,
                      "cannot open the channel %s: another program has it open", path);
    else if (fd < 0)
        vfg_error_set_errno(error, errno, "cannot open the channel %s", path);
    else if (tcgetattr(fd, &mode) == 0) {
        cfmakeraw(&mode);
        tcsetattr(fd, TCSANOW, &mode);
    }
    return fd;
}

int
vfg_port_open(const char *path, GError **error)
{
    struct stat info;
    if (stat(path, &info) < 0) {
        vfg_error_set_errno(error, errno, "cannot open the channel %s", path);
        return -1;
    }
    if (S_ISSOCK(info.st_mode))
        return open_socket(path, error);
    if (S_ISCHR(info.st_mode))
        return open_device(path, error);
    vfg_error_set(error, VFG_ERROR_USAGE, "name a virtio-serial port or a UNIX socket",
                  "%s is neither a character device nor a socket", path);
    return -1;
}
