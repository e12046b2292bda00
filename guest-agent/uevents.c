/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's device events (lib/kobject_uevent.c). */

#include "uevents.h"

#include "error.h"
#include "io.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define KERNEL_GROUP 1 /* the events of the kernel; group 2 is udev's */
#define MAX_MESSAGE 8192
#define MAX_AT_ONCE 64

struct VfgUevents {
    VfgFd fd;
    guint source;
    VfgUeventFunc func;
    gpointer data;
};

const char *
vfg_uevent_subsystem(const char *bytes, gsize len)
{
    static const char key[] = "SUBSYSTEM=";
    for (gsize at = 0; at < len; at += strlen(bytes + at) + 1)
        if (g_str_has_prefix(bytes + at, key))
            return bytes + at + strlen(key);
    return NULL;
}

/* Takes one message; FALSE: no more. Only the kernel (port 0) is believed: any process may send to
 * the group. */
static gboolean
take_message(VfgUevents *uevents)
{
    char bytes[MAX_MESSAGE + 1];
    struct sockaddr_nl from = {0};
    socklen_t from_len = sizeof from;
    gssize n = recvfrom(uevents->fd, bytes, MAX_MESSAGE, 0, (struct sockaddr *)&from, &from_len);
    if (n < 0 && errno == ENOBUFS)
        uevents->func(NULL, uevents->data);
    if (n < 0)
        return errno == EINTR || errno == ENOBUFS;
    bytes[n] = '\0';
    const char *subsystem = vfg_uevent_subsystem(bytes, (gsize)n);
    if (from.nl_pid == 0 && subsystem)
        uevents->func(subsystem, uevents->data);
    return TRUE;
}

static gboolean
on_readable(G_GNUC_UNUSED int fd, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    for (guint i = 0; i < MAX_AT_ONCE && take_message(data); i++)
        continue;
    return G_SOURCE_CONTINUE;
}

VfgUevents *
vfg_uevents_new(VfgUeventFunc func, gpointer data, GError **error)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
    g_auto(VfgFd) fd =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        vfg_error_set_errno(error, errno, "cannot listen for device events");
        return NULL;
    }
    VfgUevents *uevents = g_new0(VfgUevents, 1);
    uevents->func = func;
    uevents->data = data;
    uevents->source = g_unix_fd_add(fd, G_IO_IN, on_readable, uevents);
    uevents->fd = fd;
    fd = -1;
    return uevents;
}

void
vfg_uevents_free(VfgUevents *uevents)
{
    if (!uevents)
        return;
    g_source_remove(uevents->source);
    vfg_io_close(&uevents->fd);
    g_free(uevents);
}
