/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Answers a client's requests. */

#include "session.h"

#include "vgpu-error.h"

#include <errno.h>

#define MAX_COMMAND VFG_VGPU_COMMAND_RESET

typedef struct {
    VfgVgpuDevice *device;
    VfgVgpuChannel *channel;
    FILE *log;
    gboolean greeted; /* versions were agreed on */
    guint64 counts[MAX_COMMAND + 1];
    guint64 refused;
} Session;

typedef struct {
    GByteArray *message; /* NULL: no reply is due */
    int fd;              /* to send along, the device's; -1: none */
} Reply;

typedef gboolean (*AnswerFunc)(Session *session, const VfgVgpuRequest *request, Reply *reply,
                               GError **error);

static gboolean
answer_version(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    if (request->version.major != VFG_VGPU_VERSION_MAJOR) {
        vfg_vgpu_error_set(error, EINVAL, "VERSION: the client speaks %u.%u, this is %d.%d",
                           request->version.major, request->version.minor, VFG_VGPU_VERSION_MAJOR,
                           VFG_VGPU_VERSION_MINOR);
        return FALSE;
    }
    session->greeted = TRUE;
    reply->message = vfg_vgpu_reply_version(&request->header,
                                            MIN(request->version.minor, VFG_VGPU_VERSION_MINOR));
    return TRUE;
}

/* The device does no DMA, so the client's memory is of no interest, and its descriptors are closed
 * with the message. */
static gboolean
answer_dma_map(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    (void)session;
    (void)error;
    reply->message = vfg_vgpu_reply_empty(&request->header);
    return TRUE;
}

static gboolean
answer_dma_unmap(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    (void)session;
    (void)error;
    reply->message = vfg_vgpu_reply_dma_unmap(request);
    return TRUE;
}

static gboolean
answer_device_info(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    (void)session;
    (void)error;
    reply->message =
        vfg_vgpu_reply_device_info(&request->header, VFG_VGPU_DEVICE_RESET | VFG_VGPU_DEVICE_PCI,
                                   VFG_VGPU_N_REGIONS, VFG_VGPU_N_IRQS);
    return TRUE;
}

static gboolean
answer_region_info(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    VfgVgpuRegionInfo info;
    if (!vfg_vgpu_device_region(session->device, request->index, &info, error))
        return FALSE;
    guint32 flags = info.readable ? VFG_VGPU_REGION_READ | VFG_VGPU_REGION_WRITE : 0;
    if (info.fd >= 0)
        flags |= VFG_VGPU_REGION_MMAP;
    reply->message = vfg_vgpu_reply_region_info(&request->header, flags, request->index, info.size);
    reply->fd = info.fd;
    return TRUE;
}

static gboolean
answer_irq_info(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    VfgVgpuIrqInfo info;
    if (!vfg_vgpu_device_irq(session->device, request->index, &info, error))
        return FALSE;
    guint32 flags = 0;
    if (info.count)
        flags =
            VFG_VGPU_IRQ_EVENTFD | (info.maskable ? VFG_VGPU_IRQ_MASKABLE | VFG_VGPU_IRQ_AUTOMASKED
                                                  : VFG_VGPU_IRQ_NORESIZE);
    reply->message = vfg_vgpu_reply_irq_info(&request->header, flags, request->index, info.count);
    return TRUE;
}

static gboolean
answer_set_irqs(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    if (!vfg_vgpu_device_check_irqs(session->device, request->irqs.index, request->irqs.start,
                                    request->irqs.count, error))
        return FALSE;
    reply->message = vfg_vgpu_reply_empty(&request->header);
    return TRUE;
}

static gboolean
answer_region_read(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    guint8 *data = NULL;
    g_autoptr(GByteArray) message = vfg_vgpu_reply_region_read(request, &data);
    if (!vfg_vgpu_device_read(session->device, request->io.region, request->io.offset, data,
                              request->io.count, error))
        return FALSE;
    reply->message = g_steal_pointer(&message);
    return TRUE;
}

static gboolean
answer_region_write(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    if (!vfg_vgpu_device_write(session->device, request->io.region, request->io.offset,
                               request->io.data, request->io.count, error))
        return FALSE;
    reply->message = vfg_vgpu_reply_region_write(request);
    return TRUE;
}

static gboolean
answer_reset(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    (void)error;
    if (vfg_vgpu_device_reset(session->device))
        reply->message = vfg_vgpu_reply_empty(&request->header);
    return TRUE;
}

static gboolean
answer(Session *session, const VfgVgpuRequest *request, Reply *reply, GError **error)
{
    static const AnswerFunc answers[MAX_COMMAND + 1] = {
        [VFG_VGPU_COMMAND_VERSION] = answer_version,
        [VFG_VGPU_COMMAND_DMA_MAP] = answer_dma_map,
        [VFG_VGPU_COMMAND_DMA_UNMAP] = answer_dma_unmap,
        [VFG_VGPU_COMMAND_DEVICE_INFO] = answer_device_info,
        [VFG_VGPU_COMMAND_REGION_INFO] = answer_region_info,
        [VFG_VGPU_COMMAND_IRQ_INFO] = answer_irq_info,
        [VFG_VGPU_COMMAND_SET_IRQS] = answer_set_irqs,
        [VFG_VGPU_COMMAND_REGION_READ] = answer_region_read,
        [VFG_VGPU_COMMAND_REGION_WRITE] = answer_region_write,
        [VFG_VGPU_COMMAND_RESET] = answer_reset,
    };
    guint16 command = request->header.command;
    if (!session->greeted && command != VFG_VGPU_COMMAND_VERSION) {
        vfg_vgpu_error_set(error, EINVAL, "%s came before VERSION", vfg_vgpu_command_name(command));
        return FALSE;
    }
    session->counts[command]++;
    return answers[command](session, request, reply, error);
}

static gboolean
answer_message(Session *session, const VfgVgpuMessage *message, Reply *reply, GError **error)
{
    VfgVgpuRequest request;
    if (message->fds_lost) {
        vfg_vgpu_error_set(error, EINVAL, "%s: more than %d descriptors",
                           vfg_vgpu_command_name(message->header.command), VFG_VGPU_MAX_FDS);
        return FALSE;
    }
    return vfg_vgpu_request_decode(&message->header, message->payload, message->length,
                                   message->n_fds, &request, error) &&
           answer(session, &request, reply, error);
}

/* FALSE: the connection is over. */
static gboolean
serve_message(Session *session, const VfgVgpuMessage *message, GError **error)
{
    Reply reply = {NULL, -1};
    g_autoptr(GError) refusal = NULL;
    if (!answer_message(session, message, &reply, &refusal)) {
        session->refused++;
        if (session->log) {
            fprintf(session->log, "refused: %s\n", refusal->message);
            fflush(session->log);
        }
        /* Who can't agree on a version has nothing more to say to each other. */
        if (message->header.command == VFG_VGPU_COMMAND_VERSION) {
            g_propagate_error(error, g_steal_pointer(&refusal));
            return FALSE;
        }
        reply.message = vfg_vgpu_reply_error(&message->header, vfg_vgpu_error_number(refusal));
    }
    g_autoptr(GByteArray) bytes = reply.message;
    return !bytes || message->header.no_reply ||
           vfg_vgpu_channel_send(session->channel, bytes, reply.fd, error);
}

static void
log_counts(const Session *session)
{
    if (!session->log)
        return;
    for (guint i = 0; i <= MAX_COMMAND; i++) {
        if (session->counts[i])
            fprintf(session->log, "%s %" G_GUINT64_FORMAT ", ", vfg_vgpu_command_name((guint16)i),
                    session->counts[i]);
    }
    fprintf(session->log, "refused %" G_GUINT64_FORMAT "\n", session->refused);
    fflush(session->log);
}

gboolean
vfg_vgpu_session_run(VfgVgpuDevice *device, VfgVgpuChannel *channel, FILE *log)
{
    Session session = {.device = device, .channel = channel, .log = log};
    g_autoptr(GError) error = NULL;
    VfgVgpuReceived state = VFG_VGPU_RECEIVED;
    vfg_vgpu_device_connect(device);
    while (state == VFG_VGPU_RECEIVED) {
        g_auto(VfgVgpuMessage) message = {0};
        state = vfg_vgpu_channel_receive(channel, &message, &error);
        if (state == VFG_VGPU_RECEIVED && !serve_message(&session, &message, &error))
            state =
                g_error_matches(error, VFG_VGPU_ERROR, EINTR) ? VFG_VGPU_STOPPED : VFG_VGPU_FAILED;
    }
    if (state == VFG_VGPU_FAILED && log)
        fprintf(log, "connection dropped: %s\n", error->message);
    log_counts(&session);
    return state != VFG_VGPU_STOPPED;
}
