/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A GPU. */

#include "gpu.h"

#include "text-json.h"

void
vfg_gpu_free(VfgGpu *gpu)
{
    if (!gpu)
        return;
    g_ptr_array_unref(gpu->functions);
    g_ptr_array_unref(gpu->peers);
    g_free(gpu);
}

gboolean
vfg_gpu_has_function(const VfgGpu *gpu, const VfgPciFunction *function)
{
    return g_ptr_array_find(gpu->functions, function, NULL);
}

gboolean
vfg_gpu_is_stuck(const VfgGpu *gpu)
{
    for (guint i = 0; i < gpu->functions->len; i++)
        if (((const VfgPciFunction *)g_ptr_array_index(gpu->functions, i))->stuck)
            return TRUE;
    return FALSE;
}

static json_t *
subsystem_to_json(const VfgPciFunction *function, guint16 id)
{
    return function->has_subsystem ? vfg_pci_id_to_json(id) : json_null();
}

static json_t *
addresses_to_json(const GPtrArray *functions)
{
    json_t *array = json_array();
    char buffer[VFG_PCI_ADDRESS_SIZE];
    for (guint i = 0; i < functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(functions, i);
        json_array_append_new(array,
                              json_string(vfg_pci_address_format(function->address, buffer)));
    }
    return array;
}

json_t *
vfg_gpu_to_json(const VfgGpu *gpu)
{
    const VfgPciFunction *f = gpu->function;
    char address[VFG_PCI_ADDRESS_SIZE], class[5];
    g_snprintf(class, sizeof class, "%04x", vfg_pci_function_class(f));
    json_t *group = f->iommu_group < 0 ? json_null() : json_integer(f->iommu_group);
    json_t *node = f->numa_node < 0 ? json_null() : json_integer(f->numa_node);
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:s, s:s?, s:s?, s:o, s:o, s:o, s:b, s:o, s:o, "
        "s:b, s:b, s:o}",
        "address", vfg_pci_address_format(f->address, address), "vendor_id",
        vfg_pci_id_to_json(f->vendor), "device_id", vfg_pci_id_to_json(f->device),
        "subsystem_vendor_id", subsystem_to_json(f, f->subvendor), "subsystem_id",
        subsystem_to_json(f, f->subdevice), "class", class, "name", f->name, "driver", f->driver,
        "driver_override", vfg_text_to_json(f->driver_override), "iommu_group", group, "numa_node",
        node, "boot_display", f->boot_display, "functions", addresses_to_json(gpu->functions),
        "group_peers", addresses_to_json(gpu->peers), "isolated", gpu->isolated, "viable",
        gpu->viable, "bars", vfg_pci_function_bars_to_json(f));
    if (vfg_gpu_is_stuck(gpu))
        json_object_set_new(object, "stuck", json_true());
    return object;
}
