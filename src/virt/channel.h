/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A virtio-serial channel of a running domain, by libvirt's stream API, so that it works on remote
 * hosts too. Bytes in both directions, no meaning. */

#pragma once

#include "virt.h"

typedef struct VfgChannel VfgChannel;

/* Opens the channel `channel` of the domain; `virt` must outlive it. One client can have it at a
 * time: VFG_ERROR_FAILED says so where another has it. */
VfgChannel *vfg_channel_open(VfgVirt *virt, const char *name, const char *channel,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_channel_free(VfgChannel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgChannel, vfg_channel_free)

/* Sends what the guest takes now and puts how much that was into *taken; never waits. */
gboolean vfg_channel_write_some(VfgChannel *channel, const char *bytes, gsize len, gsize *taken,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef void (*VfgChannelFunc)(const char *bytes, gsize len, gpointer data);

/* Waits up to `milliseconds` for bytes from the guest and gives them to `func`. Returns after the
 * first portion or when the time is over; FALSE where the channel ended: the VM was switched off,
 * or libvirt died. Where the caller is slower than the guest, the guest waits. */
gboolean vfg_channel_poll(VfgChannel *channel, guint milliseconds, VfgChannelFunc func,
                          gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
