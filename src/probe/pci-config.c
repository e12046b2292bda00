/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Details of the PCI functions that matter to a GPU. */

#include "pci-config.h"

#include "parse.h"
#include "pci.h"

#define LANES_MAX                                                                  \
    32 /* PCI Express Base Specification 6.0, 7.5.3.6; Linux shows 255 for unknown \
        */

static guint
read_number(VfgRoot *device, const char *name, guint max)
{
    guint64 value = 0;
    return vfg_root_read_uint(device, name, 10, max, &value, NULL) ? (guint)value : 0;
}

/* A text, or NULL where there is none or Linux says that it doesn't know (pci_power_names[] in
 * drivers/pci/pci.c). */
static char *
read_known(VfgRoot *device, const char *name)
{
    g_autofree char *text = vfg_root_read_text(device, name, NULL);
    if (!text || !*text || g_str_equal(text, "unknown") || g_str_equal(text, "error"))
        return NULL;
    return g_steal_pointer(&text);
}

/* States of runtime power management: Documentation/ABI/testing/sysfs-devices-power,
 * runtime_status. */
static void
read_power(VfgRoot *device, VfgPciFunction *function)
{
    g_autofree char *runtime = vfg_root_read_text(device, "power/runtime_status", NULL);
    function->power_state = read_known(device, "power_state");
    function->asleep = g_strcmp0(function->power_state, "D3cold") == 0 ||
                       g_strcmp0(runtime, "suspended") == 0 ||
                       g_strcmp0(runtime, "suspending") == 0;
}

/* "16.0 GT/s PCIe", "8 GT/s" of older kernels, "Unknown" (pci_speed_string() in
 * drivers/pci/probe.c). In tenths, 0 where unknown. */
static guint
read_speed(VfgRoot *device, const char *name)
{
    guint64 whole = 0, tenth = 0;
    g_autofree char *text = vfg_root_read_text(device, name, NULL);
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", 3);
    if (g_strv_length(words) < 2 || !g_str_equal(words[1], "GT/s"))
        return 0;
    g_auto(GStrv) digits = g_strsplit(words[0], ".", 2);
    if (!digits[0] || !vfg_parse_uint(digits[0], 10, 1000, &whole, NULL) ||
        (digits[1] && !vfg_parse_uint(digits[1], 10, 9, &tenth, NULL)))
        return 0;
    return (guint)(whole * 10 + tenth);
}

static VfgPciLink
read_link(VfgRoot *device, const char *speed, const char *width)
{
    return (VfgPciLink){.speed = read_speed(device, speed),
                        .width = read_number(device, width, LANES_MAX)};
}

static VfgPciCaps *
read_caps(VfgRoot *device)
{
    gsize len = 0;
    g_autofree char *config = vfg_root_read(device, "config", VFG_PCI_CONFIG_EXTENDED, &len, NULL);
    g_autofree VfgPciCaps *caps = g_new0(VfgPciCaps, 1);
    if (!config || !vfg_pci_caps_parse((const guint8 *)config, len, caps, NULL))
        return NULL;
    return g_steal_pointer(&caps);
}

/* Links virtfn0, virtfn1, … (Documentation/ABI/testing/sysfs-bus-pci); sriov_numvfs is shown under
 * the device's lock (sriov_numvfs_show() in drivers/pci/iov.c), so only snapshots are asked for it.
 */
static guint
count_virtual_functions(VfgRoot *device)
{
    guint n = 0;
    if (!vfg_root_is_writable(device))
        n = read_number(device, "sriov_numvfs", G_MAXUINT16);
    for (guint i = n; i == n && i < G_MAXUINT16; i++) {
        g_autofree char *link = g_strdup_printf("virtfn%u", i);
        g_autofree char *target = vfg_root_link_name(device, link);
        n += target != NULL;
    }
    return n;
}

/* The kernel answers these from memory. */
static void
read_sriov(VfgRoot *device, VfgPciFunction *function)
{
    g_autofree char *physical = vfg_root_link_name(device, "physfn");
    function->sriov_total = read_number(device, "sriov_totalvfs", G_MAXUINT16);
    function->sriov_on = function->sriov_total ? count_virtual_functions(device) : 0;
    function->is_virtual_function =
        physical && vfg_pci_address_parse(physical, &function->physical_function, NULL);
}

static void
read_details(VfgRoot *root, VfgPciFunction *function)
{
    char address[VFG_PCI_ADDRESS_SIZE];
    g_autofree char *path = g_strconcat(VFG_PROBE_PCI_DEVICES "/",
                                        vfg_pci_address_format(function->address, address), NULL);
    g_autoptr(VfgRoot) device = vfg_root_enter(root, path, NULL);
    if (!device)
        return;
    if (function->brief && !vfg_probe_pci_rest(device, function, NULL))
        function->n_bars = 0; /* a resource file that can't be read, of a GPU's neighbour */
    read_power(device, function);
    function->reset_methods = read_known(device, "reset_method");
    read_sriov(device, function);
    if (function->asleep)
        return;
    function->link = read_link(device, "current_link_speed", "current_link_width");
    function->link_max = read_link(device, "max_link_speed", "max_link_width");
    function->caps = read_caps(device);
}

void
vfg_probe_pci_function_details(VfgRoot *root, VfgPciFunction *function)
{
    if (function->detailed)
        return;
    function->detailed = TRUE;
    read_details(root, function);
}

/* Reads a function and the bridges above it. One that was read has had its bridges read. */
static void
read_upwards(VfgRoot *root, VfgHost *host, VfgPciFunction *function)
{
    while (function && !function->detailed) {
        vfg_probe_pci_function_details(root, function);
        function = function->has_parent ? vfg_probe_pci_find(host, function->parent) : NULL;
    }
}

static void
read_group(VfgRoot *root, VfgHost *host, int id)
{
    /* The host is ours to fill, only its look-ups are const. */
    VfgIommuGroup *group = (VfgIommuGroup *)vfg_host_find_group(host, id);
    if (!group || group->detailed)
        return;
    group->detailed = TRUE;
    for (guint i = 0; i < group->functions->len; i++)
        read_upwards(root, host, g_ptr_array_index(group->functions, i));
}

/* The functions are sorted, so those of a slot lie together. */
static void
read_slot(VfgRoot *root, VfgHost *host, guint at)
{
    VfgPciFunction **functions = (VfgPciFunction **)host->functions->pdata;
    guint first = at;
    while (first > 0 &&
           vfg_pci_address_same_slot(functions[first - 1]->address, functions[at]->address))
        first--;
    for (guint i = first; i < host->functions->len; i++) {
        if (!vfg_pci_address_same_slot(functions[i]->address, functions[at]->address))
            break;
        read_upwards(root, host, functions[i]);
        read_group(root, host, functions[i]->iommu_group);
    }
}

void
vfg_probe_pci_details(VfgRoot *root, VfgHost *host)
{
    for (guint i = 0; i < host->functions->len; i++)
        if (vfg_pci_function_is_display(g_ptr_array_index(host->functions, i)))
            read_slot(root, host, i);
}
