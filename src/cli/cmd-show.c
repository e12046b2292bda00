/* SPDX-License-Identifier: GPL-2.0-or-later */

/* show: the page about one GPU that one pastes into a bug report. */

#include "bind.h"
#include "cli.h"
#include "custody-show.h"
#include "escape.h"
#include "gpu-details.h"
#include "gpu-health.h"
#include "verify.h"

#include <stdio.h>

static const char *
or_unknown(const char *text)
{
    return text ? text : "unknown";
}

static void
print_bars(const VfgPciFunction *f)
{
    static const char *const kinds[] = {"io", "32-bit", "64-bit"};
    for (guint i = 0; i < f->n_bars; i++) {
        const VfgPciBar *bar = &f->bars[i];
        g_autofree char *size = g_format_size_full(bar->size, G_FORMAT_SIZE_IEC_UNITS);
        printf("    BAR %u: %s, %s%s, ", bar->index, size, kinds[bar->kind],
               bar->prefetchable ? " prefetchable" : "");
        if (bar->assigned)
            printf("at 0x%" G_GINT64_MODIFIER "x\n", bar->address);
        else
            printf("without an address\n");
    }
}

static void
print_caps(const VfgPciFunction *f)
{
    const VfgPciCaps *caps = f->caps;
    if (!caps || !caps->standard) {
        printf("    capabilities: not read%s\n", f->asleep ? " (it sleeps)" : "");
        return;
    }
    printf("    capabilities:%s%s%s%s%s%s\n", caps->pcie_type != VFG_PCIE_NONE ? " PCIe" : "",
           caps->flr ? " FLR" : "", caps->msi ? " MSI" : "", caps->msix ? " MSI-X" : "",
           caps->no_soft_reset ? " NoSoftReset" : "", caps->n_resizable ? " resizable-BAR" : "");
}

static void
print_function(const VfgPciFunction *f)
{
    g_autofree char *address = vfg_pci_address_dup(f->address);
    printf("  %s  %04x:%04x class %04x rev %02x\n", address, f->vendor, f->device,
           vfg_pci_function_class(f), f->revision);
    printf("    driver: %s, driver_override: %s, IOMMU group: %d\n", f->driver ? f->driver : "none",
           f->driver_override ? f->driver_override : "none", f->iommu_group);
    printf("    power: %s, reset methods: %s\n", or_unknown(f->power_state),
           f->reset_methods ? f->reset_methods : "none known");
    if (f->link.speed)
        printf("    link: %u.%u GT/s x%u of %u.%u GT/s x%u\n", f->link.speed / 10,
               f->link.speed % 10, f->link.width, f->link_max.speed / 10, f->link_max.speed % 10,
               f->link_max.width);
    print_caps(f);
    print_bars(f);
}

static void
print_peers(const VfgGpu *gpu)
{
    for (guint i = 0; i < gpu->peers->len; i++) {
        const VfgPciFunction *peer = g_ptr_array_index(gpu->peers, i);
        g_autofree char *address = vfg_pci_address_dup(peer->address);
        printf("  shares its group with %s %04x:%04x, driver %s\n", address, peer->vendor,
               peer->device, peer->driver ? peer->driver : "none");
    }
}

static void
print_holders(const VfgHost *host, const VfgGpu *gpu)
{
    for (guint i = 0; i < host->holders->len; i++) {
        const VfgHolder *holder = g_ptr_array_index(host->holders, i);
        const VfgPciFunction *function =
            holder->has_function ? vfg_host_find_function(host, holder->function) : NULL;
        if (holder->has_function && !(function && vfg_gpu_has_function(gpu, function)))
            continue; /* another GPU's, or another card's sound */
        g_autofree char *command = vfg_escape_text(or_unknown(holder->command), -1, 64);
        g_autofree char *device = vfg_escape_text(holder->device, -1, 128);
        printf("  open in process %d (%s): %s\n", holder->pid, command, device);
    }
}

/* "2026-11-21 14:02:03", local time. */
static char *
format_time(gint64 milliseconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(milliseconds / 1000);
    return time ? g_date_time_format(time, "%F %T") : g_strdup("?");
}

static void
print_health(const VfgGpuHealth *health)
{
    if (health->quarantine) {
        g_autofree char *since = format_time(health->quarantine->since);
        printf("  in quarantine since %s: %s\n    fix: %s\n", since, health->reason, health->fix);
    }
    for (guint i = 0; i < health->entries->len; i++) {
        const VfgHealthEntry *entry = g_ptr_array_index(health->entries, i);
        g_autofree char *last = format_time(entry->last);
        g_autofree char *code = vfg_escape_text(entry->code, -1, 64);
        g_autofree char *vm = vfg_escape_text(entry->vm, -1, 64);
        g_autofree char *line = vfg_escape_text(entry->line, -1, 120);
        printf("  %s %s %s %s x%" G_GUINT64_FORMAT ", %s %s%s: %s\n", last,
               vfg_severity_name(entry->severity), entry->class_name, code, entry->count,
               entry->host ? "host" : "guest", vm, entry->cleared ? ", cleared" : "", line);
    }
}

/* A store that can't be read must not keep the rest from being shown. */
static VfgGpuHealth *
look_at_health(const VfgApp *app, const VfgGpu *gpu)
{
    g_autoptr(GError) error = NULL;
    VfgGpuHealth *health = app->live ? vfg_app_health(app, gpu->function, &error) : NULL;
    if (error)
        fprintf(stderr, "vfiogpu: %s\n", error->message);
    return health;
}

static void
print_custody(VfgApp *app, const VfgGpu *gpu)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(GPtrArray) lines = vfg_app_custody_lines(app, address);
    for (guint i = 0; i < lines->len; i++)
        printf("  %s\n", (const char *)g_ptr_array_index(lines, i));
}

static json_t *
custody_to_json(VfgApp *app, const VfgGpu *gpu)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    return vfg_app_custody_to_json(app, address);
}

static void
print_files(const GPtrArray *files)
{
    for (guint i = 0; i < files->len; i++)
        printf("  persistent by %s\n", (const char *)g_ptr_array_index(files, i));
}

/* Only there where there are any. */
static json_t *
details_to_json(const VfgInventory *inventory, const VfgGpu *gpu, const GPtrArray *files)
{
    json_t *object = vfg_gpu_details_to_json(inventory->host, gpu);
    json_t *names = json_array();
    for (guint i = 0; i < files->len; i++)
        json_array_append_new(names, json_string(g_ptr_array_index(files, i)));
    if (files->len)
        json_object_set(object, "persistent_files", names);
    json_decref(names);
    return object;
}

int
vfg_cmd_show(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"show", "GPU", "Everything about one GPU.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgInventory) inventory = app ? vfg_inventory_new(app, error) : NULL;
    const VfgGpu *gpu = inventory ? vfg_inventory_select(app, inventory, rest[0], error) : NULL;
    if (!gpu)
        return 1;
    g_autoptr(VfgGpuHealth) health = look_at_health(app, gpu);
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(GPtrArray) files = vfg_app_bind_files(app, address);
    if (cli->json) {
        json_t *json = details_to_json(inventory, gpu, files);
        json_object_set_new(json, "health", health ? vfg_gpu_health_to_json(health) : json_null());
        json_object_set_new(json, "custody", custody_to_json(app, gpu));
        vfg_cli_print_json(json);
        return 0;
    }
    printf("%s %s\n", address, or_unknown(gpu->function->name));
    printf("  %s, kernel %s, NUMA node %d%s\n", gpu->viable ? "can be handed over" : "not viable",
           or_unknown(inventory->host->kernel_release), gpu->function->numa_node,
           gpu->function->boot_display ? ", boot display" : "");
    for (guint i = 0; i < gpu->functions->len; i++)
        print_function(g_ptr_array_index(gpu->functions, i));
    print_custody(app, gpu);
    print_peers(gpu);
    print_holders(inventory->host, gpu);
    print_files(files);
    if (health)
        print_health(health);
    return 0;
}
