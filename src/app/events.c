/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Listing and following the store. */

#include "events.h"

#include "collect.h"
#include "monitor.h"
#include "vmdefs.h"

#define PAUSE_US                                                                     \
    100000 /* between two looks at the store: an event is shown well within a second \
            */

typedef struct {
    VfgStoreFunc func;
    gpointer data;
    gint64 last; /* id of the newest event given */
    gboolean over;
} Reader;

static gboolean
on_stored(const VfgStored *stored, gpointer data)
{
    Reader *reader = data;
    reader->last = stored->id;
    reader->over = !reader->func(stored, reader->data);
    return !reader->over;
}

static gboolean
note_any(G_GNUC_UNUSED const VfgStored *stored, gpointer data)
{
    *(gboolean *)data = TRUE;
    return FALSE;
}

/* A name that nobody knows is a slip, not a VM without events; one whose VM is gone has them still.
 */
static gboolean
check_name(VfgApp *app, VfgStore *store, const char *vm, GError **error)
{
    gboolean any = FALSE;
    VfgStoreQuery query = {.vm = vm, .newest = 1};
    return vfg_store_each(store, &query, note_any, &any, error) &&
           (any || vfg_vmdefs_require(app, vm, error));
}

static gboolean
follow(VfgApp *app, VfgStore *store, VfgStoreQuery query, Reader *reader, GError **error)
{
    g_autoptr(VfgMonitor) monitor =
        vfg_handover_is_served(app) ? NULL : vfg_monitor_new(app, store, query.vm, NULL);
    query.newest = 0;
    while (!reader->over) {
        gboolean more = monitor && vfg_monitor_turn(monitor);
        query.after = reader->last;
        if (!vfg_store_each(store, &query, on_stored, reader, error))
            return FALSE;
        if (!more && !reader->over)
            g_usleep(PAUSE_US);
    }
    return TRUE;
}

gboolean
vfg_app_events(VfgApp *app, const VfgEventsOptions *options, VfgStoreFunc func, gpointer data,
               guint64 *dropped, GError **error)
{
    g_autoptr(VfgStore) store = vfg_app_open_store(app, error);
    if (!store || (options->follow && !vfg_app_virt(app, error)))
        return FALSE;
    if (options->vm && !check_name(app, store, options->vm, error))
        return FALSE;
    VfgStoreQuery query = {.vm = options->vm, .since = options->since, .newest = options->newest};
    Reader reader = {.func = func, .data = data};
    if (!vfg_store_each(store, &query, on_stored, &reader, error))
        return FALSE;
    if (dropped)
        *dropped = options->vm ? vfg_store_counts(store, options->vm).dropped : 0;
    return !options->follow || reader.over || follow(app, store, query, &reader, error);
}
