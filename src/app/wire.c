/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM's channel in use. */

#include "wire.h"

#include "channel.h"
#include "handover.h"

#include <string.h>

struct VfgWire {
    VfgFd lease; /* of vfiogpud, -1: none needed */
    VfgChannel *channel;
    VfgSession *session;
    VfgCollect *collect; /* NULL: no store */
    gboolean came;
    char *out; /* the line being written, or NULL */
    gsize done;
    char *ack;     /* to be written next, or NULL */
    char *request; /* behind it, or NULL */
};

VfgWire *
vfg_wire_open(VfgApp *app, VfgStore *store, const char *vm, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autoptr(VfgChannel) channel =
        virt ? vfg_channel_open(virt, vm, VFG_AGENT_CHANNEL, error) : NULL;
    if (!channel)
        return NULL;
    VfgWire *wire = g_new0(VfgWire, 1);
    wire->lease = -1;
    wire->channel = g_steal_pointer(&channel);
    wire->session = vfg_session_new();
    wire->collect = store ? vfg_collect_new(app, store, vm, wire->session) : NULL;
    /* A guest that still boots reads this later: the port keeps it. */
    wire->out = g_strdup(vfg_session_open(wire->session));
    return wire;
}

VfgWire *
vfg_wire_borrow(VfgApp *app, VfgStore *store, const char *vm, GError **error)
{
    g_auto(VfgFd) lease = -1;
    if (!vfg_handover_ask(app, vm, &lease, error))
        return NULL;
    VfgWire *wire = vfg_wire_open(app, store, vm, error);
    if (wire) {
        wire->lease = lease;
        lease = -1;
    }
    return wire;
}

void
vfg_wire_free(VfgWire *wire)
{
    if (!wire)
        return;
    vfg_collect_free(wire->collect);
    vfg_session_free(wire->session);
    vfg_channel_free(wire->channel);
    vfg_io_close(&wire->lease);
    g_free(wire->out);
    g_free(wire->ack);
    g_free(wire->request);
    g_free(wire);
}

/* Writes what the guest takes; a line is written whole, and of acknowledgements only the newest. */
static gboolean
write_out(VfgWire *wire, GError **error)
{
    for (;;) {
        if (!wire->out) {
            wire->out = g_steal_pointer(&wire->ack);
            if (!wire->out)
                wire->out = g_steal_pointer(&wire->request);
            wire->done = 0;
        }
        if (!wire->out)
            return TRUE;
        gsize taken = 0;
        if (!vfg_channel_write_some(wire->channel, wire->out + wire->done,
                                    strlen(wire->out) - wire->done, &taken, error))
            return FALSE;
        if (!taken)
            return TRUE;
        wire->done += taken;
        if (!wire->out[wire->done])
            g_clear_pointer(&wire->out, g_free);
    }
}

static void
on_bytes(const char *bytes, gsize len, gpointer data)
{
    VfgWire *wire = data;
    wire->came = TRUE;
    vfg_session_feed(wire->session, bytes, len);
}

gboolean
vfg_wire_poll(VfgWire *wire, guint milliseconds, gboolean *came, GError **error)
{
    wire->came = FALSE;
    if (!write_out(wire, error) ||
        !vfg_channel_poll(wire->channel, milliseconds, on_bytes, wire, error))
        return FALSE;
    if (came)
        *came = wire->came;
    g_autofree char *ack = NULL;
    if (!wire->collect || !wire->came)
        return TRUE;
    if (!vfg_collect_settle(wire->collect, &ack, error))
        return FALSE;
    if (ack) {
        g_free(wire->ack);
        wire->ack = g_steal_pointer(&ack);
    }
    return write_out(wire, error);
}

VfgCollect *
vfg_wire_collect(const VfgWire *wire)
{
    return wire->collect;
}

void
vfg_wire_send(VfgWire *wire, const char *line)
{
    g_free(wire->request);
    wire->request = g_strdup(line);
}

VfgSession *
vfg_wire_session(const VfgWire *wire)
{
    return wire->session;
}

VfgSession *
vfg_wire_end(VfgWire *wire)
{
    g_clear_pointer(&wire->collect, vfg_collect_free);
    VfgSession *session = g_steal_pointer(&wire->session);
    vfg_wire_free(wire);
    return session;
}
