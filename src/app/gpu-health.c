/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The health of GPUs. */

#include "gpu-health.h"

#include "collect.h"
#include "escape.h"

#include <string.h>

#define LINE_SHOWN 200

static gboolean
add_rules(gpointer rules, const char *file, const char *bytes, gsize len, GError **error)
{
    return vfg_quarantine_rules_add(rules, file, bytes, len, error);
}

VfgQuarantineRules *
vfg_app_load_quarantine(const VfgApp *app, GError **error)
{
    g_autoptr(VfgQuarantineRules) rules = vfg_quarantine_rules_new();
    if (!vfg_app_read_data(app, "quarantine.d", add_rules, rules, error))
        return NULL;
    return g_steal_pointer(&rules);
}

static char *
make_key(const VfgPciFunction *gpu)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->address);
    return g_strdup_printf("%s %04x:%04x %04x:%04x", address, gpu->vendor, gpu->device,
                           gpu->subvendor, gpu->subdevice);
}

/* The UUID as the host's nvidia driver tells it, which it does only while it has the card ("??"
 * until it was used), or NULL. */
static char *
read_uuid(const VfgApp *app, const VfgPciFunction *gpu)
{
    static const char label[] = "GPU UUID:";
    g_autofree char *address = vfg_pci_address_dup(gpu->address);
    g_autofree char *path = g_strdup_printf("/proc/driver/nvidia/gpus/%s/information", address);
    g_autofree char *text = vfg_root_read_text(app->root, path, NULL);
    const char *at = text ? strstr(text, label) : NULL;
    if (!at)
        return NULL;
    at += strlen(label) + strspn(at + strlen(label), " \t");
    gsize len = strspn(at, "0123456789abcdefABCDEF-GPUMIG");
    return len >= 36 && len <= 64 && g_str_has_prefix(at, "GPU-") ? g_strndup(at, len) : NULL;
}

/* What the driver tells now is remembered for the time when vfio-pci has the card. */
static char *
find_uuid(const VfgApp *app, VfgStore *store, const VfgPciFunction *gpu, const char *key)
{
    g_autofree char *told = read_uuid(app, gpu);
    g_autofree char *known = vfg_health_known_uuid(store, key);
    if (!told || g_str_equal(told, known))
        return g_steal_pointer(&known);
    g_autoptr(GError) ignored = NULL;
    if (!vfg_health_set_uuid(store, key, told, &ignored))
        vfg_app_say(app, "%s", ignored->message);
    return g_steal_pointer(&told);
}

gboolean
vfg_app_note_health(const VfgApp *app, VfgStore *store, const VfgQuarantineRules *rules,
                    const VfgPciFunction *gpu, const VfgStored *stored, GError **error)
{
    g_autofree char *key = make_key(gpu);
    g_autofree char *uuid = find_uuid(app, store, gpu, key);
    VfgHealthGpu self = {key, uuid};
    if (!vfg_health_note(store, self, stored, error))
        return FALSE;
    for (guint i = 0; i < vfg_quarantine_rules_len(rules); i++) {
        const VfgQuarantineRule *rule = vfg_quarantine_rules_get(rules, i);
        VfgHealthRule plain = {rule->id, rule->class_name, (const char *const *)rule->codes,
                               rule->with, rule->boots};
        if (!vfg_health_judge(store, self, &plain, stored, error))
            return FALSE;
    }
    return TRUE;
}

void
vfg_gpu_health_free(VfgGpuHealth *health)
{
    if (!health)
        return;
    g_free(health->uuid);
    g_clear_pointer(&health->entries, g_ptr_array_unref);
    vfg_quarantine_free(health->quarantine);
    g_free(health->reason);
    g_free(health->fix);
    g_free(health);
}

/* The words of the rule that put it there; a rule that is gone since still counts. */
static void
add_reason(const VfgApp *app, VfgGpuHealth *health)
{
    g_autoptr(VfgQuarantineRules) rules = vfg_app_load_quarantine(app, NULL);
    const VfgQuarantineRule *rule =
        rules ? vfg_quarantine_rules_find(rules, health->quarantine->rule) : NULL;
    health->reason = g_strdup(rule ? rule->reason : health->quarantine->rule);
    health->fix = g_strdup(rule ? rule->fix : "look at its history with 'vfiogpu show'");
}

VfgGpuHealth *
vfg_app_health(const VfgApp *app, const VfgPciFunction *gpu, GError **error)
{
    g_autoptr(VfgGpuHealth) health = g_new0(VfgGpuHealth, 1);
    g_autofree char *key = make_key(gpu);
    g_autoptr(VfgStore) store = NULL;
    if (!vfg_app_peek_store(app, &store, error))
        return NULL;
    health->uuid = store ? find_uuid(app, store, gpu, key) : g_strdup("");
    VfgHealthGpu self = {key, health->uuid};
    if (!store) {
        health->entries = g_ptr_array_new();
        return g_steal_pointer(&health);
    }
    health->entries = vfg_health_list(store, self, error);
    if (!health->entries || !vfg_health_get_quarantine(store, self, &health->quarantine, error))
        return NULL;
    if (health->quarantine)
        add_reason(app, health);
    return g_steal_pointer(&health);
}

static json_t *
entry_to_json(const VfgHealthEntry *entry)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:I, s:I, s:I, s:b}", "vm",
                     entry->vm, "boot_id", entry->boot_id, "from", entry->host ? "host" : "guest",
                     "class", entry->class_name, "id", entry->id, "code",
                     *entry->code ? entry->code : NULL, "severity",
                     vfg_severity_name(entry->severity), "line", entry->line, "first",
                     (json_int_t)entry->first, "last", (json_int_t)entry->last, "count",
                     (json_int_t)entry->count, "cleared", entry->cleared);
}

json_t *
vfg_gpu_health_to_json(const VfgGpuHealth *health)
{
    if (!*health->uuid && !health->quarantine && !health->entries->len)
        return json_null();
    json_t *entries = json_array();
    for (guint i = 0; i < health->entries->len; i++)
        json_array_append_new(entries, entry_to_json(g_ptr_array_index(health->entries, i)));
    const VfgQuarantine *quarantine = health->quarantine;
    json_t *held =
        quarantine ? json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "rule", quarantine->rule, "since",
                               (json_int_t)quarantine->since, "vm", quarantine->vm, "line",
                               quarantine->line, "reason", health->reason, "fix", health->fix)
                   : json_null();
    return json_pack("{s:s?, s:o, s:o}", "uuid", *health->uuid ? health->uuid : NULL, "quarantine",
                     held, "history", entries);
}

void
vfg_app_check_quarantine(const VfgApp *app, const VfgCatalogue *catalogue, const VfgGpu *gpu,
                         GPtrArray *findings)
{
    g_autoptr(VfgGpuHealth) health = app->live ? vfg_app_health(app, gpu->function, NULL) : NULL;
    const VfgQuarantine *quarantine = health ? health->quarantine : NULL;
    if (!quarantine)
        return;
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(quarantine->since / 1000);
    g_autofree char *since = time ? g_date_time_format(time, "%F %T") : g_strdup("?");
    g_autofree char *line = vfg_escape_text(quarantine->line, -1, LINE_SHOWN);
    g_autofree char *vm = vfg_escape_text(quarantine->vm, -1, 64);
    g_autofree char *who = *vm ? g_strdup_printf("the guest of %s", vm) : g_strdup("the host");
    g_ptr_array_add(findings,
                    vfg_catalogue_make(catalogue, "gpu-quarantined", address, "since", since,
                                       "reason", health->reason, "line", line, "who", who, "fix",
                                       health->fix, "gpu", address, NULL));
}

gboolean
vfg_app_health_clear(const VfgApp *app, const char *selector, char **address, gboolean *was,
                     GError **error)
{
    if (!vfg_app_require_live(app, error))
        return FALSE;
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, error);
    const VfgGpu *gpu = inventory ? vfg_inventory_select(app, inventory, selector, error) : NULL;
    g_autoptr(VfgStore) store = gpu ? vfg_app_open_store(app, error) : NULL;
    if (!store)
        return FALSE;
    g_autofree char *key = make_key(gpu->function);
    g_autofree char *uuid = find_uuid(app, store, gpu->function, key);
    if (!vfg_health_clear(store, (VfgHealthGpu){key, uuid}, was, error))
        return FALSE;
    *address = vfg_pci_address_dup(gpu->function->address);
    return TRUE;
}
