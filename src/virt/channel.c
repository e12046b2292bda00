/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A virtio-serial channel of a running domain. The event loop's thread receives, the caller's
 * thread takes the portions from a queue. */

#include "channel.h"

#include "error.h"
#include "virt-private.h"

#define CHUNK 16384
#define CHUNKS_MAX 16 /* held for a slow caller; then no more is read */

#define ENDINGS (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)

/* The event loop's end. libvirt frees it once no callback runs any more, which may be after the
 * channel is gone. */
typedef struct {
    GAsyncQueue *portions; /* of GBytes; an empty one says that the channel ended */
    gboolean over;         /* the end is in the queue */
    gint *full; /* the channel's too, atomic: nothing is read until the caller catches up */
} Inbox;

struct VfgChannel {
    VfgVirt *virt;
    virStreamPtr stream;
    GAsyncQueue *portions; /* the inbox's */
    gint *full;            /* the inbox's */
    gboolean watching;     /* the stream's callback is set */
    gboolean ended;        /* the end was taken from the queue */
};

static void
inbox_free(void *data)
{
    Inbox *inbox = data;
    g_async_queue_unref(inbox->portions);
    g_atomic_rc_box_release(inbox->full);
    g_free(inbox);
}

static void
on_stream(virStreamPtr stream, int events, void *data)
{
    Inbox *inbox = data;
    char bytes[CHUNK];
    int n = events & VIR_STREAM_EVENT_READABLE ? virStreamRecv(stream, bytes, sizeof bytes) : -2;
    if (n > 0)
        g_async_queue_push(inbox->portions, g_bytes_new(bytes, (gsize)n));
    if (g_async_queue_length(inbox->portions) >= CHUNKS_MAX) {
        g_atomic_int_set(inbox->full, 1);
        virStreamEventUpdateCallback(stream, ENDINGS);
    }
    gboolean over = n == 0 || n == -1 || events & ENDINGS;
    if (over && !inbox->over) {
        g_async_queue_push(inbox->portions, g_bytes_new(NULL, 0));
        inbox->over = TRUE;
        virStreamEventUpdateCallback(stream, 0);
    }
}

static gboolean
open_stream(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = vfg_call_find(call, error);
    g_autoptr(virStream) stream =
        domain ? virStreamNew(call->connection, VIR_STREAM_NONBLOCK) : NULL;
    if (stream && virDomainOpenChannel(domain, call->text, stream, 0) == 0) {
        call->stream = g_steal_pointer(&stream);
        return TRUE;
    }
    if (!domain)
        return FALSE;
    gboolean busy = virGetLastErrorCode() == VIR_ERR_OPERATION_FAILED;
    g_autoptr(GError) local = NULL;
    vfg_virt_set_error(&local, "cannot open the agent's channel of %s", call->name);
    vfg_error_set_fix(
        local, busy ? "another vfiogpu command has the channel open: wait until it ends" : NULL);
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

VfgChannel *
vfg_channel_open(VfgVirt *virt, const char *name, const char *port, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    call->text = g_strdup(port);
    if (!vfg_call_run(virt, call, open_stream, VFG_CALL_AGAIN, 0, error))
        return NULL;
    g_autoptr(VfgChannel) channel = g_new0(VfgChannel, 1);
    channel->portions = g_async_queue_new_full((GDestroyNotify)g_bytes_unref);
    channel->virt = virt;
    channel->stream = g_steal_pointer(&call->stream);
    Inbox *inbox = g_new0(Inbox, 1);
    inbox->portions = g_async_queue_ref(channel->portions);
    channel->full = g_atomic_rc_box_new0(gint);
    inbox->full = g_atomic_rc_box_acquire(channel->full);
    channel->watching =
        virStreamEventAddCallback(channel->stream,
                                  VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR |
                                      VIR_STREAM_EVENT_HANGUP,
                                  on_stream, inbox, inbox_free) == 0;
    if (!channel->watching) {
        inbox_free(inbox);
        vfg_virt_set_error(error, "cannot watch the agent's channel of %s", name);
        return NULL;
    }
    return g_steal_pointer(&channel);
}

void
vfg_channel_free(VfgChannel *channel)
{
    if (!channel)
        return;
    if (channel->watching)
        virStreamEventRemoveCallback(channel->stream);
    vfg_virt_drop_stream(channel->virt, channel->stream);
    g_async_queue_unref(channel->portions);
    g_clear_pointer(&channel->full, g_atomic_rc_box_release);
    g_free(channel);
}

gboolean
vfg_channel_write_some(VfgChannel *channel, const char *bytes, gsize len, gsize *taken,
                       GError **error)
{
    int n = virStreamSend(channel->stream, bytes, len);
    if (n == -1) {
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "cannot write to the agent's channel: %s",
                      virGetLastErrorMessage());
        return FALSE;
    }
    *taken = n > 0 ? (gsize)n : 0;
    return TRUE;
}

/* The caller has caught up with the guest. */
static void
read_again(VfgChannel *channel)
{
    if (g_atomic_int_get(channel->full) &&
        g_async_queue_length(channel->portions) < CHUNKS_MAX / 2) {
        g_atomic_int_set(channel->full, 0);
        virStreamEventUpdateCallback(channel->stream, VIR_STREAM_EVENT_READABLE | ENDINGS);
    }
}

gboolean
vfg_channel_poll(VfgChannel *channel, guint milliseconds, VfgChannelFunc func, gpointer data,
                 GError **error)
{
    g_autoptr(GBytes) portion = NULL;
    read_again(channel);
    if (!channel->ended)
        portion = g_async_queue_timeout_pop(channel->portions, (guint64)milliseconds * 1000);
    if (!channel->ended && !portion)
        return TRUE;
    gsize len = 0;
    const char *bytes = portion ? g_bytes_get_data(portion, &len) : NULL;
    channel->ended = len == 0;
    if (len)
        func(bytes, len, data);
    else
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "the agent's channel was closed");
    return len != 0;
}
