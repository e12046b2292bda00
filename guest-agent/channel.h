/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's end of an open channel: notices the host's coming and going, cuts input into lines,
 * writes what is owed. It wakes up on changes only, never by time, and sleeps while no host is
 * there. */

#pragma once

#include <glib.h>

typedef struct VfgChannel VfgChannel;

/* How the channel calls its owner. None but `lost` may free the channel. */
typedef struct {
    void (*opened)(gpointer data);                            /* the host came */
    void (*line)(const char *line, gsize len, gpointer data); /* a line from the host */
    void (*empty_line)(gpointer data);                        /* the host asks for hello */
    char *(*next)(gpointer data);                             /* more to write, or NULL */
    void (*closed)(gpointer data);                            /* the host left */
    void (*lost)(gpointer data); /* the port is gone for good; the last call */
} VfgChannelFuncs;

/* Watches a port in the default main context. `fd` must not block; it becomes the channel's, on
 * failure too. `funcs` and `data` must outlive it. */
VfgChannel *vfg_channel_new(int fd, const VfgChannelFuncs *funcs, gpointer data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_channel_free(VfgChannel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgChannel, vfg_channel_free)

/* Whether a host is there. */
gboolean vfg_channel_is_open(const VfgChannel *channel);

/* There is something new to write: asks `next` now, if a host is there and takes it. */
void vfg_channel_kick(VfgChannel *channel);

/* How many lines of the host were dropped for their length. */
guint64 vfg_channel_dropped(const VfgChannel *channel);
