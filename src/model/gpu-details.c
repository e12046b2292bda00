/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Everything known about one GPU, as JSON. */

#include "gpu-details.h"

#include "text-json.h"

#define BRIDGES_MAX 32

static json_t *
address_to_json(VfgPciAddress address)
{
    char buffer[VFG_PCI_ADDRESS_SIZE];
    return json_string(vfg_pci_address_format(address, buffer));
}

static json_t *
link_to_json(VfgPciLink link)
{
    return link.speed
               ? json_pack("{s:f, s:i}", "gt_per_s", link.speed / 10.0, "width", (int)link.width)
               : json_null();
}

static json_t *
resizable_to_json(const VfgPciCaps *caps)
{
    json_t *array = json_array();
    for (guint i = 0; i < caps->n_resizable; i++) {
        const VfgPciResizable *entry = &caps->resizable[i];
        json_t *sizes = json_array();
        for (guint bit = 0; bit < 43; bit++)
            if (entry->sizes >> bit & 1)
                json_array_append_new(sizes, json_integer((json_int_t)1 << (bit + 20)));
        json_array_append_new(array, json_pack("{s:i, s:I, s:o}", "bar", (int)entry->bar, "size",
                                               (json_int_t)entry->size, "sizes", sizes));
    }
    return array;
}

/* What was not read is null, never false. */
static json_t *
caps_to_json(const VfgPciCaps *caps)
{
    if (!caps)
        return json_null();
    json_t *object = json_pack("{s:b, s:i}", "all_ones", caps->all_ones, "interrupt_pin",
                               (int)caps->interrupt_pin);
    json_t *standard =
        caps->standard
            ? json_pack("{s:b, s:b, s:b, s:b, s:b, s:i}", "pcie", caps->pcie_type != VFG_PCIE_NONE,
                        "flr", caps->flr, "no_soft_reset", caps->no_soft_reset, "msi", caps->msi,
                        "msix", caps->msix, "msix_vectors", (int)caps->msix_vectors)
            : json_null();
    json_t *extended =
        caps->extended
            ? json_pack("{s:o, s:b, s:b, s:i, s:i}", "resizable_bars", resizable_to_json(caps),
                        "sriov", caps->sriov, "acs", caps->acs, "acs_capability",
                        (int)caps->acs_capability, "acs_control", (int)caps->acs_control)
            : json_null();
    json_object_set_new(object, "standard", standard);
    json_object_set_new(object, "extended", extended);
    return object;
}

static json_t *
function_to_json(const VfgPciFunction *f)
{
    char class[5];
    g_snprintf(class, sizeof class, "%04x", vfg_pci_function_class(f));
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:i, s:s?, s:o, s:o, s:I, s:s?, s:b, s:s?, s:o, s:o, s:i, "
        "s:i, s:o}",
        "address", address_to_json(f->address), "vendor_id", vfg_pci_id_to_json(f->vendor),
        "device_id", vfg_pci_id_to_json(f->device), "class", class, "revision", (int)f->revision,
        "driver", f->driver, "driver_override", vfg_text_to_json(f->driver_override), "bars",
        vfg_pci_function_bars_to_json(f), "rom_size", (json_int_t)f->rom_size, "power_state",
        f->power_state, "asleep", f->asleep, "reset_methods", f->reset_methods, "link",
        link_to_json(f->link), "link_max", link_to_json(f->link_max), "sriov_total",
        (int)f->sriov_total, "sriov_on", (int)f->sriov_on, "capabilities", caps_to_json(f->caps));
}

static json_t *
window_to_json(VfgPciWindow window)
{
    return window.open ? json_pack("{s:I, s:I, s:b}", "start", (json_int_t)window.start, "end",
                                   (json_int_t)window.end, "wide", window.wide)
                       : json_null();
}

static json_t *
bridges_to_json(const VfgHost *host, const VfgPciFunction *at)
{
    json_t *array = json_array();
    for (guint n = 0; at && at->has_parent && n < BRIDGES_MAX; n++) {
        at = vfg_host_find_function(host, at->parent);
        if (at)
            json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o}", "address",
                                                   address_to_json(at->address), "memory",
                                                   window_to_json(at->mem_window), "prefetchable",
                                                   window_to_json(at->pref_window), "capabilities",
                                                   caps_to_json(at->caps)));
    }
    return array;
}

static json_t *
regions_to_json(const GPtrArray *regions)
{
    if (!regions)
        return json_null();
    json_t *array = json_array();
    for (guint i = 0; i < regions->len; i++) {
        const VfgIommuRegion *region = g_ptr_array_index(regions, i);
        json_array_append_new(array,
                              json_pack("{s:I, s:I, s:s}", "start", (json_int_t)region->start,
                                        "end", (json_int_t)region->end, "type", region->type));
    }
    return array;
}

static json_t *
groups_to_json(const VfgHost *host, const VfgGpu *gpu)
{
    json_t *array = json_array();
    int last = -1;
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        const VfgIommuGroup *group = vfg_host_find_group(host, function->iommu_group);
        if (!group || group->id == last)
            continue;
        last = group->id;
        json_t *members = json_array();
        for (guint k = 0; k < group->functions->len; k++) {
            const VfgPciFunction *member = g_ptr_array_index(group->functions, k);
            json_array_append_new(members, address_to_json(member->address));
        }
        json_array_append_new(array,
                              json_pack("{s:i, s:s?, s:o, s:o}", "id", group->id, "type",
                                        group->type, "functions", members, "reserved_regions",
                                        regions_to_json(group->regions)));
    }
    return array;
}

static json_t *
holders_to_json(const VfgHost *host, const VfgGpu *gpu)
{
    json_t *array = json_array();
    for (guint i = 0; i < host->holders->len; i++) {
        const VfgHolder *holder = g_ptr_array_index(host->holders, i);
        const VfgPciFunction *function =
            holder->has_function ? vfg_host_find_function(host, holder->function) : NULL;
        if (function && vfg_gpu_has_function(gpu, function))
            json_array_append_new(array,
                                  json_pack("{s:i, s:s?, s:I, s:s}", "pid", holder->pid, "command",
                                            holder->command, "uid", (json_int_t)holder->uid,
                                            "device", holder->device));
    }
    return array;
}

json_t *
vfg_gpu_details_to_json(const VfgHost *host, const VfgGpu *gpu)
{
    json_t *object = vfg_gpu_to_json(gpu);
    json_t *details = json_array();
    for (guint i = 0; i < gpu->functions->len; i++)
        json_array_append_new(details, function_to_json(g_ptr_array_index(gpu->functions, i)));
    json_object_set_new(object, "details", details);
    json_object_set_new(object, "bridges", bridges_to_json(host, gpu->function));
    json_object_set_new(object, "groups", groups_to_json(host, gpu));
    json_object_set_new(object, "holders", holders_to_json(host, gpu));
    return object;
}
