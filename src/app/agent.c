/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Talking to the agent in a running VM. */

#include "agent.h"

#include "collect.h"
#include "error.h"
#include "wire.h"

#define SLICE 1000 /* ms */
#define REOPEN_MAX 5
#define REOPEN_PAUSE (G_USEC_PER_SEC / 2)
#define SAY_EVERY 15 /* s: long waits show that they go on */

static gboolean
is_complete(const VfgSession *session)
{
    return vfg_session_hello(session) && vfg_session_gpus(session);
}

/* A libvirtd that is restarted takes the channel along, and the VM runs on. */
static gboolean
reopen(VfgApp *app, const char *name, VfgStore *store, VfgWire **wire, GError **error)
{
    g_usleep(REOPEN_PAUSE);
    g_clear_pointer(wire, vfg_wire_free);
    if (!vfg_virt_require_running(app->virt, name, error))
        return FALSE;
    vfg_app_say(app, "the agent's channel of %s is opened again", name);
    *wire = vfg_wire_borrow(app, store, name, error);
    return *wire != NULL;
}

static gboolean
listen(VfgApp *app, const char *name, VfgStore *store, VfgWire **wire, guint timeout,
       GError **error)
{
    gint64 start = g_get_monotonic_time();
    guint said = 0, reopened = 0;
    while (!is_complete(vfg_wire_session(*wire))) {
        g_autoptr(GError) closed = NULL;
        if (!vfg_app_go_on(app, error) || !vfg_virt_require_running(app->virt, name, error))
            return FALSE;
        gint64 gone = (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        if (gone >= timeout) {
            vfg_error_set(
                error, VFG_ERROR_TIMEOUT,
                "look at the VM's screen (vfiogpu screenshot); is vfiogpu-agent installed "
                "and running in it? --timeout SECONDS waits longer",
                "the agent in %s did not say hello within %u s", name, timeout);
            return FALSE;
        }
        if (gone / SAY_EVERY > said) {
            said = (guint)(gone / SAY_EVERY);
            vfg_app_say(app, "still waiting for the agent in %s: %d of %u s", name, (int)gone,
                        timeout);
        }
        gint64 left_ms = (gint64)timeout * 1000 - (g_get_monotonic_time() - start) / 1000;
        if (vfg_wire_poll(*wire, (guint)CLAMP(left_ms, 1, SLICE), NULL, &closed))
            continue;
        if (reopened++ == REOPEN_MAX) {
            g_propagate_error(error, g_steal_pointer(&closed));
            return FALSE;
        }
        if (!reopen(app, name, store, wire, error))
            return FALSE;
    }
    return TRUE;
}

/* Without a store the agent is heard all the same; its events stay with it. */
static VfgStore *
open_store(VfgApp *app)
{
    g_autoptr(GError) error = NULL;
    VfgStore *store = vfg_app_open_store(app, &error);
    if (!store)
        vfg_app_say(app, "events are not collected: %s", error->message);
    return store;
}

VfgSession *
vfg_app_await_agent(VfgApp *app, const char *name, guint timeout, GError **error)
{
    g_autoptr(VfgStore) store = open_store(app);
    g_autoptr(VfgWire) wire = vfg_wire_borrow(app, store, name, error);
    if (!wire || !listen(app, name, store, &wire, timeout, error))
        return NULL;
    return vfg_wire_end(g_steal_pointer(&wire));
}
