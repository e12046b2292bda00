/* SPDX-License-Identifier: GPL-2.0-or-later */

/* PCI functions from sysfs. */

#include "pci.h"

#include "error.h"
#include "parse.h"
#include "patient.h"

#include <string.h>

/* ms; a driver's probe or remove holds the lock for some time anyway, and what is not said in time
 * is only treated as busy. */
#define ANSWER_TIMEOUT 1000

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

/* `ids`: vendor, device, and those of the subsystem. */
static void
set_ids(VfgPciFunction *function, const guint64 ids[4], guint class_code)
{
    function->vendor = (guint16)ids[0];
    function->device = (guint16)ids[1];
    function->has_subsystem = TRUE;
    function->subvendor = (guint16)ids[2];
    function->subdevice = (guint16)ids[3];
    function->class_code = class_code;
    guint class = vfg_pci_function_class(function);
    function->is_bridge = class == VFG_PCI_CLASS_BRIDGE_PCI || class == VFG_PCI_CLASS_BRIDGE_HOST;
}

static gboolean
read_ids(VfgRoot *device, VfgPciFunction *function, GError **error)
{
    guint64 vendor = 0, id = 0, subvendor = 0, subdevice = 0, class_code = 0;
    gboolean no_subsystem = FALSE, ignored = FALSE;
    if (!vfg_root_read_uint(device, "vendor", 16, 0xffff, &vendor, error) ||
        !vfg_root_read_uint(device, "device", 16, 0xffff, &id, error) ||
        !read_hex(device, "subsystem_vendor", 0xffff, &subvendor, &no_subsystem, error) ||
        !read_hex(device, "subsystem_device", 0xffff, &subdevice, &no_subsystem, error) ||
        !read_hex(device, "class", 0xffffff, &class_code, &ignored, error))
        return FALSE;
    const guint64 ids[] = {vendor, id, subvendor, subdevice};
    set_ids(function, ids, (guint)class_code);
    function->has_subsystem = !no_subsystem;
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

static int
read_group(VfgRoot *device)
{
    g_autofree char *name = vfg_root_link_name(device, "iommu_group");
    guint64 id = 0;
    return name && vfg_parse_uint(name, 10, G_MAXINT - 1, &id, NULL) ? (int)id : -1;
}

/* "pci:v000010DEd00001E37sv000010DEsd00001370bc03sc02i00" (modalias_show() in Linux'
 * drivers/pci/pci-sysfs.c). */
static gboolean
read_modalias(VfgRoot *device, VfgPciFunction *function)
{
    guint64 ids[4], class[3];
    g_autofree char *text = vfg_root_read_text(device, "modalias", NULL);
    const char *at = text && g_str_has_prefix(text, "pci:v") ? text + strlen("pci:v") : "";
    /* What follows a number starts the name of the next: "d", "sv", "sd", "bc", "sc", "i". */
    if (!vfg_parse_take_hex(&at, 8, 8, 'd', &ids[0]) ||
        !vfg_parse_take_hex(&at, 8, 8, 's', &ids[1]) || *at++ != 'v' ||
        !vfg_parse_take_hex(&at, 8, 8, 's', &ids[2]) || *at++ != 'd' ||
        !vfg_parse_take_hex(&at, 8, 8, 'b', &ids[3]) || *at++ != 'c' ||
        !vfg_parse_take_hex(&at, 2, 2, 's', &class[0]) || *at++ != 'c' ||
        !vfg_parse_take_hex(&at, 2, 2, 'i', &class[1]) ||
        !vfg_parse_take_hex(&at, 2, 2, '\0', &class[2]))
        return FALSE;
    set_ids(function, ids, (guint)(class[0] << 16 | class[1] << 8 | class[2]));
    function->driver = vfg_root_link_name(device, "driver");
    return TRUE;
}

/* Where the value of a line "KEY=value" is, or NULL. */
static const char *
find_value(const char *text, const char *key)
{
    gsize len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, len) == 0 && line[len] == '=')
            return line + len + 1;
    }
    return NULL;
}

/* "10DE:1E37" */
static gboolean
take_pair(const char *text, guint64 ret[2])
{
    return vfg_parse_take_hex(&text, 1, 4, ':', &ret[0]) &&
           vfg_parse_take_hex(&text, 1, 4, '\n', &ret[1]);
}

/* What `uevent` says in one read: driver, class and ids (dev_uevent() in Linux' drivers/base/core.c
 * and pci_uevent() in drivers/pci/pci-driver.c). FALSE where it is not there, or is not all of it:
 * then nothing was set. On a live host it may not answer for ever: some kernels, 6.12 among them,
 * take the device's lock for it (uevent_show() there), which a driver that hangs holds. */
static gboolean
read_uevent(VfgRoot *device, VfgPciFunction *function)
{
    guint64 ids[4], class_code = 0;
    g_autofree char *text = vfg_root_read(device, "uevent", 4096, NULL, NULL);
    const char *class = text ? find_value(text, "PCI_CLASS") : NULL;
    const char *id = class ? find_value(class, "PCI_ID") : NULL;
    const char *subsystem = id ? find_value(id, "PCI_SUBSYS_ID") : NULL;
    if (!subsystem || !vfg_parse_take_hex(&class, 1, 6, '\n', &class_code) || !take_pair(id, ids) ||
        !take_pair(subsystem, ids + 2))
        return FALSE;
    set_ids(function, ids, (guint)class_code);
    if (g_str_has_prefix(text, "DRIVER="))
        function->driver = g_strndup(text + 7, strcspn(text + 7, "\n"));
    return TRUE;
}

/* Functions that a card has, and bridges. Of others nothing but ids, driver and group matters until
 * they turn out to be a GPU's neighbours; a host may have thousands of those. */
static gboolean
may_be_of_card(const VfgPciFunction *function)
{
    guint class = vfg_pci_function_class(function);
    return vfg_pci_function_is_display(function) || class >> 8 == VFG_PCI_CLASS_BRIDGE ||
           class == VFG_PCI_CLASS_AUDIO || class == VFG_PCI_CLASS_USB ||
           class == VFG_PCI_CLASS_SERIAL_OTHER;
}

gboolean
vfg_probe_pci_rest(VfgRoot *device, VfgPciFunction *function, GError **error)
{
    guint64 revision = 0;
    gboolean ignored = FALSE;
    function->brief = FALSE;
    g_autofree char *resource = vfg_root_read(device, "resource", 4096, NULL, NULL);
    if (!read_hex(device, "revision", 0xff, &revision, &ignored, error))
        return FALSE;
    if (resource && !vfg_pci_function_parse_resource(function, resource, error)) {
        g_prefix_error(error, "resource: ");
        return FALSE;
    }
    function->revision = (guint8)revision;
    function->numa_node = read_small_int(device, "numa_node");
    function->boot_display = read_small_int(device, "boot_vga") == 1;
    return TRUE;
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
    gboolean known = vfg_root_is_writable(root)
                         ? read_modalias(device, function)
                         : read_uevent(device, function) || read_modalias(device, function);
    if (!known) {
        if (!read_ids(device, function, error))
            return NULL;
        function->driver = vfg_root_link_name(device, "driver");
    }
    function->iommu_group = read_group(device);
    function->brief = !may_be_of_card(function);
    if (!function->brief && !vfg_probe_pci_rest(device, function, error)) {
        g_prefix_error(error, "%s/", path);
        return NULL;
    }
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

/* sysfs shows "(null)" where no override is set. */
static void
take_override(VfgPciFunction *function, VfgPatientRead *read)
{
    function->stuck = read->late;
    if (read->text && *read->text && !g_str_equal(read->text, "(null)"))
        function->driver_override = g_steal_pointer(&read->text);
}

gboolean
vfg_probe_driver_is_current(VfgRoot *root, const VfgPciFunction *function)
{
    char address[VFG_PCI_ADDRESS_SIZE];
    g_autofree char *link = g_strdup_printf(VFG_PROBE_PCI_DEVICES "/%s/driver",
                                            vfg_pci_address_format(function->address, address));
    g_autofree char *driver = vfg_root_link_name(root, link);
    return g_strcmp0(driver, function->driver) == 0;
}

void
vfg_probe_pci_overrides(VfgRoot *root, VfgHost *host)
{
    g_autoptr(GPtrArray) functions = g_ptr_array_new();
    g_autoptr(GPtrArray) reads = vfg_patient_reads_new();
    for (guint i = 0; i < host->functions->len; i++) {
        VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        char address[VFG_PCI_ADDRESS_SIZE];
        if (function->brief || function->is_bridge)
            continue;
        g_autofree char *path = g_strconcat(VFG_PROBE_PCI_DEVICES "/",
                                            vfg_pci_address_format(function->address, address),
                                            "/driver_override", NULL);
        g_ptr_array_add(functions, function);
        vfg_patient_reads_add(reads, path);
    }
    vfg_patient_reads_run(root, reads, ANSWER_TIMEOUT);
    for (guint i = 0; i < functions->len; i++)
        take_override(g_ptr_array_index(functions, i), g_ptr_array_index(reads, i));
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
