/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Collecting what guests report. */

#include "collect.h"

#include "domain-xml.h"
#include "gpu-find.h"
#include "gpu-health.h"
#include "guest-map.h"
#include "judge.h"

#include <unistd.h>

struct VfgCollect {
    VfgApp *app;
    VfgStore *store;
    char *vm;
    VfgSession *session;
    VfgInventory *inventory; /* for `passed` */
    GPtrArray *passed;       /* of const VfgPciFunction *: the domain's GPUs; NULL: not asked yet */
    VfgQuarantineRules *rules;
    VfgJudge *judge; /* NULL: the guest's words are marked as such */
    gboolean came;   /* events since the last settling */
    GError *error;   /* the first one since then */
};

VfgStore *
vfg_app_open_store(const VfgApp *app, GError **error)
{
    g_autofree char *path = g_build_filename(app->state_dir, "events.db", NULL);
    return vfg_store_open(path, VFG_STORE_LIMITS, error);
}

gboolean
vfg_app_peek_store(const VfgApp *app, VfgStore **ret, GError **error)
{
    g_autofree char *path = g_build_filename(app->state_dir, "events.db", NULL);
    *ret = access(path, R_OK | W_OK) == 0 ? vfg_app_open_store(app, error) : NULL;
    return *ret || access(path, R_OK | W_OK) != 0;
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

static const VfgPciFunction *
find_function(const VfgCollect *collect, VfgPciAddress address)
{
    for (guint i = 0; i < collect->passed->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(collect->passed, i);
        if (vfg_pci_address_compare(function->address, address) == 0)
            return function;
    }
    return NULL;
}

static gboolean
store_event(VfgCollect *collect, const VfgStored *stored, GError **error)
{
    gboolean added = FALSE;
    if (!vfg_store_add(collect->store, stored, &added, error))
        return FALSE;
    const VfgPciFunction *gpu = stored->has_gpu ? find_function(collect, stored->gpu) : NULL;
    return !added || !gpu || !collect->rules ||
           vfg_app_note_health(collect->app, collect->store, collect->rules, gpu, stored, error);
}

static void
on_event(const VfgEvent *event, gpointer data)
{
    VfgCollect *collect = data;
    if (collect->error)
        return;
    if (!collect->passed)
        find_passed(collect);
    g_autoptr(VfgEvent) judged = vfg_event_copy(event);
    vfg_judge_event(collect->judge, judged);
    VfgStored stored = {.vm = collect->vm, .stored = g_get_real_time() / 1000, .event = judged};
    if (event->has_address)
        stored.has_gpu = vfg_guest_map(collect->passed, vfg_session_gpus(collect->session),
                                       event->address, &stored.gpu);
    collect->came = TRUE;
    if (!store_event(collect, &stored, &collect->error))
        vfg_session_set_event_func(collect->session, NULL, NULL);
}

VfgCollect *
vfg_collect_new(VfgApp *app, VfgStore *store, const char *vm, VfgSession *session)
{
    VfgCollect *collect = g_new0(VfgCollect, 1);
    g_autoptr(GError) error = NULL;
    collect->app = app;
    collect->store = store;
    collect->vm = g_strdup(vm);
    collect->session = session;
    collect->rules = vfg_app_load_quarantine(app, &error);
    if (!collect->rules)
        vfg_app_say(app, "no GPU is quarantined: %s", error->message);
    g_clear_error(&error);
    collect->judge = vfg_judge_new(app, &error);
    if (!collect->judge)
        vfg_app_say(app, "events of %s are marked as the guest's word: %s", vm, error->message);
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
    vfg_quarantine_rules_free(collect->rules);
    vfg_judge_free(collect->judge);
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

/* Whether the address is that of a bridge which the GPU is behind. */
static gboolean
is_behind(const VfgCollect *collect, const VfgPciFunction *gpu, VfgPciAddress address)
{
    const VfgPciFunction *at = gpu;
    while (at && at->has_parent && vfg_pci_address_compare(at->parent, address) != 0)
        at = vfg_host_find_function(collect->inventory->host, at->parent);
    return at && at->has_parent;
}

static gboolean
concerns(const VfgCollect *collect, const VfgPciFunction *gpu, const VfgEvent *event)
{
    if (!event->has_address)
        return collect->passed->len == 1;
    return vfg_pci_address_same_slot(gpu->address, event->address) ||
           is_behind(collect, gpu, event->address);
}

gboolean
vfg_collect_take_host_event(VfgCollect *collect, VfgEvent *event, GError **error)
{
    if (!collect->passed)
        find_passed(collect);
    for (guint i = 0; i < collect->passed->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(collect->passed, i);
        if (!concerns(collect, gpu, event))
            continue;
        VfgStored stored = {.vm = collect->vm,
                            .host = TRUE,
                            .stored = g_get_real_time() / 1000,
                            .has_gpu = TRUE,
                            .gpu = gpu->address,
                            .event = event};
        return store_event(collect, &stored, error) && vfg_store_commit(collect->store, error);
    }
    return FALSE;
}
