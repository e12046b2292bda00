/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's end of an open channel.
 *
 * A port of virtio_console (drivers/char/virtio_console.c) without a host polls as POLLHUP and
 * reads 0 bytes for as long as the host stays away, so a level-triggered poll would spin. The port
 * is therefore watched edge-triggered through an epoll descriptor of its own, which is what the
 * main loop polls: the driver wakes its waiters on each open, close, arrival and drained buffer.
 * Writes without a host, or with a full ring, give EAGAIN. A port that was unplugged reads ENODEV.
 * A pseudo-terminal's master says EIO for "nobody there". A stream socket (tests, and a bare
 * machine) can't come back after its end: that is a lost port. */

#include "channel.h"

#include "error.h"
#include "frame.h"
#include "io.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE 4096
#define MAX_READS 16 /* in one go: a flood must not keep the main loop from its other work */

/* EPOLLHUP is always reported. */
#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLET)

struct VfgChannel {
    VfgFd fd;
    VfgFd epoll;
    guint source;
    gboolean is_socket;
    gboolean present;    /* a host is there */
    gboolean line_begun; /* the last byte read was no newline */
    VfgFrameReader *reader;
    const VfgChannelFuncs *funcs;
    gpointer data;
    char *out; /* the message being written, or NULL */
    gsize out_len;
    gsize out_done;
};

typedef enum {
    READ_EMPTY,  /* all read */
    READ_MORE,   /* stopped in a flood */
    READ_ABSENT, /* no host */
    READ_LOST,
} ReadEnd;

static void
drop_output(VfgChannel *channel)
{
    g_clear_pointer(&channel->out, g_free);
    channel->out_len = channel->out_done = 0;
}

static void
set_present(VfgChannel *channel, gboolean present)
{
    if (channel->present == present)
        return;
    channel->present = present;
    drop_output(channel);
    vfg_frame_reader_reset(channel->reader);
    channel->line_begun = FALSE;
    if (present)
        channel->funcs->opened(channel->data);
    else
        channel->funcs->closed(channel->data);
}

static gboolean
load_output(VfgChannel *channel)
{
    if (!channel->out) {
        channel->out = channel->funcs->next(channel->data);
        channel->out_len = channel->out ? strlen(channel->out) : 0;
        channel->out_done = 0;
    }
    return channel->out != NULL;
}

static gssize
write_some(const VfgChannel *channel)
{
    const char *at = channel->out + channel->out_done;
    gsize left = channel->out_len - channel->out_done;
    gssize n = 0;
    do
        n = channel->is_socket ? send(channel->fd, at, left, MSG_NOSIGNAL)
                               : write(channel->fd, at, left);
    while (n < 0 && errno == EINTR);
    return n;
}

/* An error other than a full port is left for the reading side to judge: it sees the same port. */
static void
write_out(VfgChannel *channel)
{
    while (channel->present && load_output(channel)) {
        gssize n = write_some(channel);
        if (n == 0 || (n < 0 && errno == EAGAIN))
            return;
        if (n < 0) {
            drop_output(channel);
            return;
        }
        channel->out_done += (gsize)n;
        if (channel->out_done == channel->out_len)
            drop_output(channel);
    }
}

/* The frame reader passes over empty lines, but on this channel one is a question. */
static void
tell_empty_lines(VfgChannel *channel, const char *bytes, gsize len)
{
    gboolean found = FALSE;
    for (gsize i = 0; i < len; i++) {
        gboolean newline = bytes[i] == '\n';
        found = found || (newline && !channel->line_begun);
        channel->line_begun = !newline;
    }
    if (found)
        channel->funcs->empty_line(channel->data);
}

static ReadEnd
read_error(int errnum)
{
    if (errnum == EAGAIN)
        return READ_EMPTY;
    return errnum == EIO ? READ_ABSENT : READ_LOST;
}

static ReadEnd
read_in(VfgChannel *channel)
{
    char bytes[READ_SIZE];
    for (guint i = 0; i < MAX_READS; i++) {
        gssize n = 0;
        do
            n = read(channel->fd, bytes, sizeof bytes);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return read_error(errno);
        if (n == 0)
            return channel->is_socket ? READ_LOST : READ_ABSENT;
        tell_empty_lines(channel, bytes, (gsize)n);
        vfg_frame_reader_feed(channel->reader, bytes, (gsize)n, channel->funcs->line,
                              channel->data);
        write_out(channel);
    }
    return READ_MORE;
}

/* Modifying the watch makes epoll look again, so that the rest of a flood gives another event. */
static void
watch_again(VfgChannel *channel)
{
    struct epoll_event event = {.events = EVENTS};
    epoll_ctl(channel->epoll, EPOLL_CTL_MOD, channel->fd, &event);
}

/* The last thing that happens to a lost channel: the owner may free it in the call. */
static gboolean
give_up(VfgChannel *channel)
{
    channel->source = 0;
    set_present(channel, FALSE);
    channel->funcs->lost(channel->data);
    return G_SOURCE_REMOVE;
}

static gboolean
on_event(G_GNUC_UNUSED int fd, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    VfgChannel *channel = data;
    struct epoll_event event;
    if (epoll_wait(channel->epoll, &event, 1, 0) != 1)
        return G_SOURCE_CONTINUE;
    gboolean hup = (event.events & EPOLLHUP) != 0;
    if (!hup)
        set_present(channel, TRUE);
    ReadEnd end = read_in(channel);
    if (end == READ_LOST)
        return give_up(channel);
    if (end == READ_MORE)
        watch_again(channel);
    else if (hup || end == READ_ABSENT)
        set_present(channel, FALSE);
    write_out(channel);
    return G_SOURCE_CONTINUE;
}

static gboolean
watch(VfgChannel *channel, GError **error)
{
    struct epoll_event event = {.events = EVENTS};
    channel->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (channel->epoll < 0 || epoll_ctl(channel->epoll, EPOLL_CTL_ADD, channel->fd, &event) < 0) {
        vfg_error_set_errno(error, errno, "cannot watch the channel");
        return FALSE;
    }
    channel->source = g_unix_fd_add(channel->epoll, G_IO_IN, on_event, channel);
    return TRUE;
}

VfgChannel *
vfg_channel_new(int fd, const VfgChannelFuncs *funcs, gpointer data, GError **error)
{
    g_autoptr(VfgChannel) channel = g_new0(VfgChannel, 1);
    struct stat info = {0};
    channel->fd = fd;
    channel->epoll = -1;
    channel->reader = vfg_frame_reader_new();
    channel->funcs = funcs;
    channel->data = data;
    channel->is_socket = fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
    return watch(channel, error) ? g_steal_pointer(&channel) : NULL;
}

void
vfg_channel_free(VfgChannel *channel)
{
    if (!channel)
        return;
    if (channel->source)
        g_source_remove(channel->source);
    vfg_io_close(&channel->epoll);
    vfg_io_close(&channel->fd);
    vfg_frame_reader_free(channel->reader);
    drop_output(channel);
    g_free(channel);
}

gboolean
vfg_channel_is_open(const VfgChannel *channel)
{
    return channel->present;
}

void
vfg_channel_kick(VfgChannel *channel)
{
    write_out(channel);
}

guint64
vfg_channel_dropped(const VfgChannel *channel)
{
    return vfg_frame_reader_dropped(channel->reader);
}
