/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What happens to domains. The event loop's thread receives, the caller's thread takes the events
 * from a queue (as with a channel). */

#include "lifecycle.h"

#include "virt-private.h"

struct VfgLifecycle {
    VfgVirt *virt;
    GAsyncQueue *events;      /* of VfgLifecycleEvent */
    virConnectPtr connection; /* the one that `id` belongs to; a reference */
    int id;                   /* of the callback, -1: none */
};

static void
event_free(gpointer data)
{
    VfgLifecycleEvent *event = data;
    g_free(event->name);
    g_free(event);
}

static void
push(GAsyncQueue *events, VfgLifecycleKind kind, const char *name, const char *reason)
{
    VfgLifecycleEvent *event = g_new0(VfgLifecycleEvent, 1);
    event->kind = kind;
    event->name = g_strdup(name);
    event->reason = reason;
    g_async_queue_push(events, event);
}

static const char *
map_detail(int detail)
{
    switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
        return "the guest shut itself down";
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
        return "it was switched off";
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
        return "the emulator died";
    case VIR_DOMAIN_EVENT_STOPPED_FAILED:
        return "it failed to start";
    default:
        return NULL;
    }
}

static int
on_event(virConnectPtr connection G_GNUC_UNUSED, virDomainPtr domain, int event, int detail,
         void *data)
{
    if (event == VIR_DOMAIN_EVENT_STARTED)
        push(data, VFG_LIFECYCLE_STARTED, virDomainGetName(domain), NULL);
    else if (event == VIR_DOMAIN_EVENT_STOPPED)
        push(data, VFG_LIFECYCLE_STOPPED, virDomainGetName(domain), map_detail(detail));
    else if (event == VIR_DOMAIN_EVENT_CRASHED)
        push(data, VFG_LIFECYCLE_STOPPED, virDomainGetName(domain), "the guest crashed");
    return 0;
}

static void
drop_queue(void *events)
{
    g_async_queue_unref(events);
}

static gboolean
do_register(VfgCall *call, GError **error)
{
    GAsyncQueue *events = call->data;
    int id = virConnectDomainEventRegisterAny(call->connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                              VIR_DOMAIN_EVENT_CALLBACK(on_event),
                                              g_async_queue_ref(events), drop_queue);
    if (id < 0) {
        g_async_queue_unref(events);
        vfg_virt_set_error(error, "cannot listen to libvirt's events");
        return FALSE;
    }
    call->number = (guint64)id;
    return TRUE;
}

static gboolean
do_deregister(VfgCall *call, GError **error G_GNUC_UNUSED)
{
    (void)virConnectDomainEventDeregisterAny(call->connection, (int)call->number);
    return TRUE;
}

static void
stop_listening(VfgLifecycle *lifecycle)
{
    if (!lifecycle->connection)
        return;
    g_autoptr(VfgCall) call = vfg_call_new(NULL);
    call->connection = g_steal_pointer(&lifecycle->connection);
    call->number = (guint64)lifecycle->id;
    vfg_call_run_last(call, do_deregister);
}

static gboolean
listen(VfgLifecycle *lifecycle, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(NULL);
    call->data = g_async_queue_ref(lifecycle->events);
    call->free_data = drop_queue;
    if (!vfg_call_run(lifecycle->virt, call, do_register, VFG_CALL_AGAIN, 0, error))
        return FALSE;
    lifecycle->id = (int)call->number;
    lifecycle->connection = g_steal_pointer(&call->connection);
    return TRUE;
}

VfgLifecycle *
vfg_lifecycle_open(VfgVirt *virt, GError **error)
{
    g_autoptr(VfgLifecycle) lifecycle = g_new0(VfgLifecycle, 1);
    lifecycle->virt = virt;
    lifecycle->events = g_async_queue_new_full(event_free);
    return listen(lifecycle, error) ? g_steal_pointer(&lifecycle) : NULL;
}

void
vfg_lifecycle_free(VfgLifecycle *lifecycle)
{
    if (!lifecycle)
        return;
    stop_listening(lifecycle);
    g_async_queue_unref(lifecycle->events);
    g_free(lifecycle);
}

/* A connection made anew by somebody else's question has no callback of ours either. */
static gboolean
is_lost(const VfgLifecycle *lifecycle)
{
    return !lifecycle->connection || lifecycle->connection != lifecycle->virt->connection ||
           virConnectIsAlive(lifecycle->connection) != 1;
}

gboolean
vfg_lifecycle_poll(VfgLifecycle *lifecycle, guint milliseconds, VfgLifecycleFunc func,
                   gpointer data, GError **error)
{
    if (is_lost(lifecycle)) {
        stop_listening(lifecycle);
        if (!listen(lifecycle, error))
            return FALSE;
        push(lifecycle->events, VFG_LIFECYCLE_LOST, NULL, NULL);
    }
    VfgLifecycleEvent *event =
        g_async_queue_timeout_pop(lifecycle->events, (guint64)milliseconds * 1000);
    for (; event; event = g_async_queue_try_pop(lifecycle->events)) {
        func(event, data);
        event_free(event);
    }
    return TRUE;
}
