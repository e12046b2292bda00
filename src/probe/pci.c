/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PCI functions from sysfs. */

#include "pci.h"

#include "error.h"
#include "parse.h"

/* Reads a hexadecimal attribute; one that is missing (a recorded host may lack some) leaves the
 * value alone and is noted in *missing. */
static gboolean
read_hex(VfgRoot *device, const char *name, guint64 max, guint64 *value, gboolean *missing,
         GError **error)
{
    g_autoptr(GError) local = NULL;
    if (vfg_root_read_uint(device, name, 16, max, value, &local))
        return TRUE;
    if (g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND)) {
        *missing = TRUE;
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

static gboolean
read_ids(VfgRoot *device, VfgPciFunction *function, GError **error)
{
    guint64 vendor = 0, id = 0, subvendor = 0, subdevice = 0, class_code = 0, revision = 0;
    gboolean no_subsystem = FALSE, ignored = FALSE;
    if (!vfg_root_read_uint(device, "vendor", 16, 0xffff, &vendor, error) ||
        !vfg_root_read_uint(device, "device", 16, 0xffff, &id, error) ||
        !read_hex(device, "subsystem_vendor", 0xffff, &subvendor, &no_subsystem, error) ||
        !read_hex(device, "subsystem_device", 0xffff, &subdevice, &no_subsystem, error) ||
        !read_hex(device, "class", 0xffffff, &class_code, &ignored, error) ||
        !read_hex(device, "revision", 0xff, &revision, &ignored, error))
        return FALSE;
    function->vendor = (guint16)vendor;
    function->device = (guint16)id;
    function->has_subsystem = !no_subsystem;
    function->subvendor = (guint16)subvendor;
    function->subdevice = (guint16)subdevice;
    function->class_code = (guint32)class_code;
    function->revision = (guint8)revision;
    guint class = vfg_pci_function_class(function);
    function->is_bridge = class == VFG_PCI_CLASS_BRIDGE_PCI || class == VFG_PCI_CLASS_BRIDGE_HOST;
    return TRUE;
}

/* Numbers that may be absent or -1. */
static int
read_small_int(VfgRoot *device, const char *name)
{
    g_autofree char *text = vfg_root_read_text(device, name, NULL);
    guint64 value = 0;
    return text && vfg_parse_uint(text, 10, G_MAXINT, &value, NULL) ? (int)value : -1;
}

/* sysfs shows "(null)" where no override is set. */
static char *
read_override(VfgRoot *device)
{
    g_autofree char *text = vfg_root_read_text(device, "driver_override", NULL);
    if (!text || !*text || g_str_equal(text, "(null)"))
        return NULL;
    return g_steal_pointer(&text);
}

static int
read_group(VfgRoot *device)
{
    g_autofree char *name = vfg_root_link_name(device, "iommu_group");
    guint64 id = 0;
    return name && vfg_parse_uint(name, 10, G_MAXINT - 1, &id, NULL) ? (int)id : -1;
}

static VfgPciFunction *
read_function(VfgRoot *root, const char *name, GError **error)
{
    VfgPciAddress address;
    g_autofree char *path = g_strconcat(VFG_PROBE_PCI_DEVICES "/", name, NULL);
    g_autoptr(VfgRoot) device = vfg_root_enter(root, path, error);
    if (!device || !vfg_pci_address_parse(name, &address, error))
        return NULL;
    g_autoptr(VfgPciFunction) function = vfg_pci_function_new(address);
    if (!read_ids(device, function, error))
        return NULL;
    g_autofree char *resource = vfg_root_read(device, "resource", 4096, NULL, NULL);
    if (resource && !vfg_pci_function_parse_resource(function, resource, error)) {
        g_prefix_error(error, "%s/resource: ", path);
        return NULL;
    }
    function->driver = vfg_root_link_name(device, "driver");
    function->driver_override = read_override(device);
    function->iommu_group = read_group(device);
    function->numa_node = read_small_int(device, "numa_node");
    function->boot_display = read_small_int(device, "boot_vga") == 1;
    return g_steal_pointer(&function);
}

gboolean
vfg_probe_pci(VfgRoot *root, VfgHost *host, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(GPtrArray) names = vfg_root_list(root, VFG_PROBE_PCI_DEVICES, &local);
    if (!names) {
        if (g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_strconcat(VFG_PROBE_PCI_DEVICES "/", name, NULL);
        VfgPciFunction *function = read_function(root, name, &local);
        if (function) {
            g_ptr_array_add(host->functions, function);
        } else if (vfg_root_exists(root, path)) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        } else {
            g_clear_error(&local); /* unplugged while we looked */
        }
    }
    return TRUE;
}

VfgPciFunction *
vfg_probe_pci_find(VfgHost *host, VfgPciAddress address)
{
    return (VfgPciFunction *)vfg_host_find_function(host, address);
}

static void
note_children(VfgRoot *root, VfgHost *host, const VfgPciFunction *bridge)
{
    char address[VFG_PCI_ADDRESS_SIZE];
    g_autofree char *path = g_strconcat(VFG_PROBE_PCI_DEVICES "/",
                                        vfg_pci_address_format(bridge->address, address), NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(root, path, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        VfgPciAddress child;
        if (!vfg_pci_address_parse(g_ptr_array_index(names, i), &child, NULL))
            continue;
        VfgPciFunction *function = vfg_probe_pci_find(host, child);
        if (function && function != bridge) {
            function->has_parent = TRUE;
            function->parent = bridge->address;
        }
    }
}

void
vfg_probe_pci_parents(VfgRoot *root, VfgHost *host)
{
    for (guint i = 0; i < host->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        guint class = vfg_pci_function_class(function);
        if (class >> 8 == VFG_PCI_CLASS_BRIDGE && class != VFG_PCI_CLASS_BRIDGE_HOST)
            note_children(root, host, function);
    }
}
