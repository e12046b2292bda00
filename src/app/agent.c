/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Talking to the agent in a running VM. */

#include "agent.h"

#include "channel.h"
#include "error.h"

#include <string.h>

#define SLICE 1000   /* ms */
#define SAY_EVERY 15 /* s: long waits show that they go on */

static void
on_bytes(const char *bytes, gsize len, gpointer data)
{
    vfg_session_feed(data, bytes, len);
}

static gboolean
is_complete(const VfgSession *session)
{
    return vfg_session_hello(session) && vfg_session_gpus(session);
}

static gboolean
send_text(VfgChannel *channel, const char *text, GError **error)
{
    return vfg_channel_write(channel, text, strlen(text), error);
}

static gboolean
listen(VfgApp *app, const char *name, VfgChannel *channel, VfgSession *session, guint timeout,
       GError **error)
{
    gint64 start = g_get_monotonic_time();
    guint said = 0;
    while (!is_complete(session)) {
        if (!vfg_virt_require_running(app->virt, name, error))
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
        if (!vfg_channel_poll(channel, (guint)CLAMP(left_ms, 1, SLICE), on_bytes, session, error))
            return FALSE;
    }
    return TRUE;
}

VfgSession *
vfg_app_await_agent(VfgApp *app, const char *name, guint timeout, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autoptr(VfgChannel) channel =
        virt ? vfg_channel_open(virt, name, VFG_AGENT_CHANNEL, error) : NULL;
    if (!channel)
        return NULL;
    g_autoptr(VfgSession) session = vfg_session_new();
    /* A guest that still boots reads this later: the port keeps it. */
    if (!send_text(channel, vfg_session_open(session), error) ||
        !listen(app, name, channel, session, timeout, error)) {
        return NULL;
    }
    return g_steal_pointer(&session);
}
