/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Collecting what guests report. */

#include "collect.h"

#include "domain-xml.h"
#include "gpu-find.h"
#include "guest-map.h"

struct VfgCollect {
    VfgApp *app;
    VfgStore *store;
    char *vm;
    VfgSession *session;
    VfgInventory *inventory; /* for `passed` */
    GPtrArray *passed;       /* of const VfgPciFunction *: the domain's GPUs; NULL: not asked yet */
    gboolean came;           /* events since the last settling */
    GError *error;           /* the first one since then */
};

VfgStore *
vfg_app_open_store(const VfgApp *app, GError **error)
{
    g_autofree char *path = g_build_filename(app->state_dir, "events.db", NULL);
    return vfg_store_open(path, VFG_STORE_LIMITS, error);
}

/* A domain that is gone meanwhile has no GPUs: its last events are stored without an address. */
static void
find_passed(VfgCollect *collect)
{
    collect->passed = g_ptr_array_new();
    collect->inventory = vfg_inventory_new(collect->app, NULL);
    g_autofree char *xml = vfg_virt_get_xml(collect->app->virt, collect->vm, NULL);
    g_autoptr(GArray) hostdevs = xml ? vfg_domain_xml_get_hostdevs(xml) : NULL;
    for (guint i = 0; collect->inventory && hostdevs && i < hostdevs->len; i++) {
        g_autofree char *address = vfg_pci_address_dup(g_array_index(hostdevs, VfgPciAddress, i));
        const VfgGpu *gpu = vfg_gpu_select(collect->inventory->gpus, address, NULL);
        if (gpu && !g_ptr_array_find(collect->passed, gpu->function, NULL))
            g_ptr_array_add(collect->passed, (gpointer)gpu->function);
    }
}

static void
on_event(const VfgEvent *event, gpointer data)
{
    VfgCollect *collect = data;
    if (collect->error)
        return;
    if (!collect->passed)
        find_passed(collect);
    VfgStored stored = {
        .vm = collect->vm, .stored = g_get_real_time() / 1000, .event = (VfgEvent *)event};
    if (event->has_address)
        stored.has_gpu = vfg_guest_map(collect->passed, vfg_session_gpus(collect->session),
                                       event->address, &stored.gpu);
    collect->came = TRUE;
    if (!vfg_store_add(collect->store, &stored, NULL, &collect->error))
        vfg_session_set_event_func(collect->session, NULL, NULL);
}

VfgCollect *
vfg_collect_new(VfgApp *app, VfgStore *store, const char *vm, VfgSession *session)
{
    VfgCollect *collect = g_new0(VfgCollect, 1);
    collect->app = app;
    collect->store = store;
    collect->vm = g_strdup(vm);
    collect->session = session;
    vfg_session_set_event_func(session, on_event, collect);
    return collect;
}

void
vfg_collect_free(VfgCollect *collect)
{
    if (!collect)
        return;
    vfg_session_set_event_func(collect->session, NULL, NULL);
    g_clear_pointer(&collect->passed, g_ptr_array_unref);
    vfg_inventory_free(collect->inventory);
    g_clear_error(&collect->error);
    g_free(collect->vm);
    g_free(collect);
}

gboolean
vfg_collect_settle(VfgCollect *collect, char **ack, GError **error)
{
    *ack = NULL;
    if (collect->error) {
        g_propagate_error(error, g_steal_pointer(&collect->error));
        return FALSE;
    }
    if (!collect->came)
        return TRUE;
    collect->came = FALSE;
    if (!vfg_store_commit(collect->store, error)) {
        vfg_session_set_event_func(collect->session, NULL, NULL);
        return FALSE;
    }
    *ack = vfg_session_make_ack(collect->session);
    return TRUE;
}
