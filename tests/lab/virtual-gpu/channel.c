/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whole messages over a UNIX stream socket. */

#include "channel.h"

#include "vgpu-error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct VfgVgpuChannel {
    int socket_fd;
    int stop_fd;
    gint64 patience; /* µs */
};

VfgVgpuChannel *
vfg_vgpu_channel_new(int socket_fd, int stop_fd, guint patience_ms)
{
    VfgVgpuChannel *channel = g_new0(VfgVgpuChannel, 1);
    channel->socket_fd = socket_fd;
    channel->stop_fd = stop_fd;
    channel->patience = (gint64)patience_ms * 1000;
    return channel;
}

/* Waits until the socket is ready for `events`, for ever if `deadline` is 0. RECEIVED means ready.
 */
static VfgVgpuReceived
wait_ready(const VfgVgpuChannel *channel, short events, gint64 deadline, GError **error)
{
    for (;;) {
        struct pollfd fds[] = {{channel->socket_fd, events, 0}, {channel->stop_fd, POLLIN, 0}};
        gint64 left = deadline ? deadline - g_get_monotonic_time() : 0;
        if (deadline && left <= 0) {
            vfg_vgpu_error_set(error, ETIMEDOUT, "the client is stuck in the middle of a message");
            return VFG_VGPU_FAILED;
        }
        int ready = poll(fds, G_N_ELEMENTS(fds), deadline ? (int)(left / 1000) + 1 : -1);
        if (ready < 0 && errno != EINTR) {
            vfg_vgpu_error_set_errno(error, errno, "cannot wait for the client");
            return VFG_VGPU_FAILED;
        }
        if (ready > 0 && fds[1].revents)
            return VFG_VGPU_STOPPED;
        if (ready > 0 && fds[0].revents)
            return VFG_VGPU_RECEIVED;
    }
}

static void
take_fds(VfgVgpuMessage *message, struct msghdr *header)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        gsize count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (gsize i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (message->n_fds < VFG_VGPU_MAX_FDS) {
                message->fds[message->n_fds++] = fd;
                continue;
            }
            close(fd);
            message->fds_lost = TRUE;
        }
    }
    /* What doesn't fit into the buffer, the kernel closes. */
    if (header->msg_flags & MSG_CTRUNC)
        message->fds_lost = TRUE;
}

/* Reads `size` bytes. Descriptors come with whichever part of a message they were sent with; since
 * nothing is read beyond a message's end, they are that message's. */
static VfgVgpuReceived
read_exactly(const VfgVgpuChannel *channel, VfgVgpuMessage *message, guint8 *data, gsize size,
             gint64 *deadline, GError **error)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(VFG_VGPU_MAX_FDS * sizeof(int))];
    } control;
    gsize done = 0;
    while (done < size) {
        VfgVgpuReceived state = wait_ready(channel, POLLIN, *deadline, error);
        if (state != VFG_VGPU_RECEIVED)
            return state;
        struct iovec part = {data + done, size - done};
        struct msghdr header = {.msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = control.bytes,
                                .msg_controllen = sizeof control.bytes};
        gssize count = recvmsg(channel->socket_fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count == 0 && *deadline == 0)
            return VFG_VGPU_CLOSED;
        if (count <= 0) {
            vfg_vgpu_error_set_errno(error, count ? errno : ECONNRESET,
                                     "the client left in the middle of a message");
            return VFG_VGPU_FAILED;
        }
        take_fds(message, &header);
        done += (gsize)count;
        if (*deadline == 0)
            *deadline = g_get_monotonic_time() + channel->patience;
    }
    return VFG_VGPU_RECEIVED;
}

VfgVgpuReceived
vfg_vgpu_channel_receive(VfgVgpuChannel *channel, VfgVgpuMessage *ret, GError **error)
{
    g_auto(VfgVgpuMessage) message = {0};
    guint8 header[VFG_VGPU_HEADER_SIZE];
    gint64 deadline = 0;
    VfgVgpuReceived state =
        read_exactly(channel, &message, header, sizeof header, &deadline, error);
    if (state != VFG_VGPU_RECEIVED)
        return state;
    if (!vfg_vgpu_header_decode(header, &message.header, error))
        return VFG_VGPU_FAILED;
    message.length = message.header.size - VFG_VGPU_HEADER_SIZE;
    message.payload = g_malloc(message.length + 1);
    state = read_exactly(channel, &message, message.payload, message.length, &deadline, error);
    if (state != VFG_VGPU_RECEIVED)
        return state;
    *ret = message;
    memset(&message, 0, sizeof message);
    return VFG_VGPU_RECEIVED;
}

/* The descriptor goes with the first byte, once. */
static gssize
send_part(const VfgVgpuChannel *channel, const GByteArray *message, gsize done, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {message->data + done, message->len - done};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0 && done == 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(first), &fd, sizeof fd);
    }
    return sendmsg(channel->socket_fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

gboolean
vfg_vgpu_channel_send(VfgVgpuChannel *channel, const GByteArray *message, int fd, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + channel->patience;
    gsize done = 0;
    while (done < message->len) {
        gssize count = send_part(channel, message, done, fd);
        if (count >= 0) {
            done += (gsize)count;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN) {
            vfg_vgpu_error_set_errno(error, errno, "cannot send the reply");
            return FALSE;
        }
        VfgVgpuReceived state = wait_ready(channel, POLLOUT, deadline, error);
        if (state == VFG_VGPU_STOPPED)
            vfg_vgpu_error_set(error, EINTR, "stopped in the middle of a reply");
        if (state != VFG_VGPU_RECEIVED)
            return FALSE;
    }
    return TRUE;
}

void
vfg_vgpu_message_clear(VfgVgpuMessage *message)
{
    for (guint i = 0; i < message->n_fds; i++)
        close(message->fds[i]);
    message->n_fds = 0;
    g_clear_pointer(&message->payload, g_free);
}

void
vfg_vgpu_channel_free(VfgVgpuChannel *channel)
{
    if (!channel)
        return;
    close(channel->socket_fd);
    g_free(channel);
}
