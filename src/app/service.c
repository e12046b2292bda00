/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpud's loop. */

#include "service.h"

#include "collect.h"
#include "give-back.h"
#include "host-log.h"
#include "lifecycle.h"
#include "monitor.h"

#define WAIT_MS 100 /* for libvirt's events, then it looks at the channels */

typedef struct {
    VfgApp *app;
    const VfgServiceFuncs *funcs;
    VfgMonitor *monitor;
} Service;

static void
on_lifecycle(const VfgLifecycleEvent *event, gpointer data)
{
    Service *service = data;
    if (event->kind == VFG_LIFECYCLE_STOPPED)
        vfg_app_say(service->app, "%s ended%s%s", event->name, event->reason ? ": " : "",
                    event->reason ? event->reason : "");
    if (event->kind != VFG_LIFECYCLE_STARTED)
        service->funcs->give_back(event->name, service->funcs->give_back_data);
    vfg_monitor_look(service->monitor);
}

/* Without it guests are heard all the same. */
static VfgHostLog *
open_host_log(VfgApp *app)
{
    g_autoptr(GError) error = NULL;
    VfgHostLog *log = vfg_host_log_new(app, &error);
    if (!log)
        vfg_app_say(app, "the host's own log is not watched: %s", error->message);
    return log;
}

gboolean
vfg_app_serve(VfgApp *app, const VfgServiceFuncs *funcs, GError **error)
{
    g_autoptr(VfgStore) store = NULL;
    g_autoptr(VfgHandover) handover = NULL;
    g_autoptr(VfgLifecycle) lifecycle = NULL;
    if (!vfg_app_require_live(app, error) || !vfg_app_virt(app, error) ||
        !(handover = vfg_handover_new(app, error)) || !(store = vfg_app_open_store(app, error)) ||
        !(lifecycle = vfg_lifecycle_open(app->virt, error)))
        return FALSE;
    g_autoptr(VfgMonitor) monitor = vfg_monitor_new(app, store, NULL, handover);
    Service service = {app, funcs, monitor};
    g_autoptr(VfgHostLog) log = open_host_log(app);
    funcs->give_back(NULL, funcs->give_back_data);
    vfg_app_say(app, "collecting into %s/events.db", app->state_dir);
    for (gboolean more = FALSE; !funcs->is_over(funcs->is_over_data);) {
        g_autoptr(GError) local = NULL;
        if (!vfg_lifecycle_poll(lifecycle, more ? 0 : WAIT_MS, on_lifecycle, &service, &local)) {
            vfg_app_say(app, "%s", local->message);
            g_usleep(G_USEC_PER_SEC);
        }
        if (log)
            vfg_host_log_turn(log, monitor);
        more = vfg_monitor_turn(monitor);
    }
    return TRUE;
}

gboolean
vfg_service_give_back(VfgApp *app, const char *vm, GPtrArray *settled, GError **error)
{
    return vm ? vfg_app_give_back(app, vm, settled, error)
              : vfg_app_give_back_all(app, settled, error);
}
