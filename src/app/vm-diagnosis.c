/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the events of a VM come to. */

#include "vm-diagnosis.h"

#include "collect.h"
#include "diagnose.h"

#include <string.h>

typedef struct {
    VfgDiagnoser *diagnoser;
    const char *boot_id;
    gboolean begun; /* the boot's first event was seen */
    gboolean fed;
} Feed;

/* "0000:01:00", as NVIDIA's driver writes it too. */
static char *
format_slot(VfgPciAddress address)
{
    return g_strdup_printf("%04x:%02x:%02x", address.pci_domain, address.bus, address.device);
}

char *
vfg_stored_host_line(const VfgStored *stored)
{
    const VfgEvent *event = stored->event;
    if (stored->host || !stored->has_gpu || !event->has_address)
        return g_strdup(event->line);
    g_autofree char *guest = format_slot(event->address);
    g_autofree char *host = format_slot(stored->gpu);
    g_auto(GStrv) parts = g_strsplit(event->line, guest, -1);
    return g_strjoinv(host, parts);
}

static gboolean
on_stored(const VfgStored *stored, gpointer data)
{
    Feed *feed = data;
    const VfgEvent *event = stored->event;
    gboolean own = !stored->host && g_str_equal(event->boot_id, feed->boot_id);
    feed->begun |= own;
    if (!(own || (stored->host && feed->begun)) || event->source != VFG_EVENT_KERNEL)
        return TRUE;
    /* The host's words are of this VM's GPU or of a bridge above it, or they were not here. */
    if (stored->host && event->has_address)
        vfg_diagnoser_add_device(feed->diagnoser, event->address);
    g_autofree char *line = vfg_stored_host_line(stored);
    g_strdelimit(line, "\r\n", ' ');
    for (guint64 i = 0; i < MIN(event->count, 1000); i++) {
        vfg_diagnoser_feed(feed->diagnoser, line, strlen(line));
        vfg_diagnoser_feed(feed->diagnoser, "\n", 1);
    }
    feed->fed = TRUE;
    return TRUE;
}

VfgDiagnosis *
vfg_app_diagnose_vm(const VfgApp *app, const char *vm, GError **error)
{
    g_autoptr(VfgStore) store = NULL;
    if (!vfg_app_peek_store(app, &store, error) || !store)
        return NULL;
    g_autofree char *boot_id = vfg_store_last_boot(store, vm, error);
    g_autoptr(VfgErrorCatalogue) catalogue = boot_id ? vfg_app_load_errors(app, error) : NULL;
    if (!catalogue)
        return NULL;
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(matcher, VFG_SIDE_BOTH);
    Feed feed = {.diagnoser = diagnoser, .boot_id = boot_id};
    VfgStoreQuery query = {.vm = vm};
    if (!vfg_store_each(store, &query, on_stored, &feed, error) || !feed.fed)
        return NULL;
    return vfg_diagnoser_finish(diagnoser);
}
