/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One client's connection: whole messages in and out of a UNIX stream socket, with the descriptors
 * that come along. Every wait ends when the stop descriptor becomes readable, and one in the middle
 * of a message also when its time is over. */

#pragma once

#include "protocol.h"

typedef struct VfgVgpuChannel VfgVgpuChannel;

/* A message as it came. */
typedef struct {
    VfgVgpuHeader header;
    guint8 *payload;
    gsize length; /* of the payload */
    int fds[VFG_VGPU_MAX_FDS];
    guint n_fds;
    gboolean fds_lost; /* there were more descriptors than a message may have */
} VfgVgpuMessage;

typedef enum {
    VFG_VGPU_RECEIVED,
    VFG_VGPU_CLOSED,  /* by the client, between two messages */
    VFG_VGPU_STOPPED, /* the stop descriptor became readable */
    VFG_VGPU_FAILED,  /* with an error: the connection is of no use any more */
} VfgVgpuReceived;

/* Takes the socket over. `stop_fd` stays the caller's; `patience_ms` is how long the rest of a
 * begun message may take. */
VfgVgpuChannel *vfg_vgpu_channel_new(int socket_fd, int stop_fd, guint patience_ms);

/* Waits for a message. Only when one was received is `ret` set, to be cleared by the caller. */
VfgVgpuReceived vfg_vgpu_channel_receive(VfgVgpuChannel *channel, VfgVgpuMessage *ret,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sends a whole message, with a descriptor unless `fd` is -1. Fails with EINTR when stopped. */
gboolean vfg_vgpu_channel_send(VfgVgpuChannel *channel, const GByteArray *message, int fd,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Closes the descriptors and frees the payload. */
void vfg_vgpu_message_clear(VfgVgpuMessage *message);

void vfg_vgpu_channel_free(VfgVgpuChannel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVgpuChannel, vfg_vgpu_channel_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgVgpuMessage, vfg_vgpu_message_clear)
