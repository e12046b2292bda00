/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A host as it was found. */

#include "host.h"

static void
iommu_group_free(VfgIommuGroup *group)
{
    g_ptr_array_unref(group->functions);
    g_clear_pointer(&group->regions, g_ptr_array_unref);
    g_free(group->type);
    g_free(group);
}

VfgHost *
vfg_host_new(void)
{
    VfgHost *host = g_new0(VfgHost, 1);
    host->functions = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_pci_function_free);
    host->groups = g_ptr_array_new_with_free_func((GDestroyNotify)iommu_group_free);
    host->usages = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_usage_free);
    host->holders = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_holder_free);
    host->memory = vfg_memory_new();
    host->display = vfg_display_new();
    return host;
}

void
vfg_host_free(VfgHost *host)
{
    if (!host)
        return;
    g_ptr_array_unref(host->groups);
    g_ptr_array_unref(host->functions);
    g_ptr_array_unref(host->usages);
    g_ptr_array_unref(host->holders);
    vfg_memory_free(host->memory);
    vfg_display_free(host->display);
    g_clear_pointer(&host->mmio_windows, g_array_unref);
    g_clear_pointer(&host->modules, g_ptr_array_unref);
    g_free(host->kernel_release);
    g_free(host->kernel_cmdline);
    g_free(host->cpu_vendor);
    g_free(host->arch);
    g_free(host->emulator);
    g_free(host->uefi_firmware);
    g_free(host);
}

static int
compare_functions(gconstpointer a, gconstpointer b)
{
    const VfgPciFunction *left = *(VfgPciFunction *const *)a, *right = *(VfgPciFunction *const *)b;
    return vfg_pci_address_compare(left->address, right->address);
}

static int
compare_groups(gconstpointer a, gconstpointer b)
{
    return (*(VfgIommuGroup *const *)a)->id - (*(VfgIommuGroup *const *)b)->id;
}

void
vfg_host_index(VfgHost *host)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(NULL, NULL);
    g_ptr_array_sort(host->functions, compare_functions);
    g_ptr_array_set_size(host->groups, 0);
    for (guint i = 0; i < host->functions->len; i++) {
        VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        if (function->iommu_group < 0)
            continue;
        VfgIommuGroup *group =
            g_hash_table_lookup(by_id, GINT_TO_POINTER(function->iommu_group + 1));
        if (!group) {
            group = g_new0(VfgIommuGroup, 1);
            group->id = function->iommu_group;
            group->functions = g_ptr_array_new();
            g_hash_table_insert(by_id, GINT_TO_POINTER(group->id + 1), group);
            g_ptr_array_add(host->groups, group);
        }
        g_ptr_array_add(group->functions, function);
    }
    g_ptr_array_sort(host->groups, compare_groups);
}

static int
compare_to_address(gconstpointer member, gconstpointer address)
{
    return vfg_pci_address_compare((*(VfgPciFunction *const *)member)->address,
                                   *(const VfgPciAddress *)address);
}

const VfgPciFunction *
vfg_host_find_function(const VfgHost *host, VfgPciAddress address)
{
    guint low = 0, high = host->functions->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        int order = compare_to_address(&host->functions->pdata[middle], &address);
        if (order == 0)
            return host->functions->pdata[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const VfgIommuGroup *
vfg_host_find_group(const VfgHost *host, int id)
{
    guint low = 0, high = host->groups->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const VfgIommuGroup *group = host->groups->pdata[middle];
        if (group->id == id)
            return group;
        if (group->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
