/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The libvirt domain XML of a VM definition. Element order follows
 * https://libvirt.org/formatdomain.html. */

#include "domain-xml.h"

#include "error.h"
#include "merge.h"
#include "message.h"
#include "parse.h"
#include "xml.h"

#include <string.h>

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define WINDOW_FILE "opt/ovmf/X-PciMmio64Mb"

/* A memfd needs no mount of hugetlbfs of that page size, and no right to write to one
 * (https://libvirt.org/formatdomain.html#memory-backing). */
static void
add_hugepages(xmlNode *domain, guint64 page_size)
{
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, page_size >> 10);
    xmlNode *backing = vfg_xml_add(domain, "memoryBacking", NULL);
    vfg_xml_add(vfg_xml_add(backing, "hugepages", NULL), "page", "size", size, "unit", "KiB", NULL);
    vfg_xml_add(backing, "source", "type", "memfd", NULL);
}

/* With GPUs all memory is pinned at the start: "strict" makes the kernel take back caches of that
 * node instead of using another (https://libvirt.org/formatdomain.html#numa-node-tuning). */
static void
add_vcpus(xmlNode *domain, guint vcpu, const VfgLocality *locality)
{
    g_autofree char *count = g_strdup_printf("%u", vcpu);
    g_autofree char *nodeset = locality ? g_strdup_printf("%d", locality->node) : NULL;
    xmlNode *node = vfg_xml_add_text(domain, "vcpu", count);
    if (locality && locality->cpus) {
        xmlNewProp(node, BAD_CAST "placement", BAD_CAST "static");
        xmlNewProp(node, BAD_CAST "cpuset", BAD_CAST locality->cpus);
    }
    if (locality && locality->memory)
        vfg_xml_add(vfg_xml_add(domain, "numatune", NULL), "memory", "mode", "strict", "nodeset",
                    nodeset, NULL);
}

static void
add_basics(xmlNode *domain, const VfgVmdef *vmdef, const VfgPlacement *placement)
{
    g_autofree char *memory = g_strdup_printf("%" G_GUINT64_FORMAT, vmdef->memory >> 10);
    const VfgLocality *locality = placement->locality;
    vfg_xml_add_text(domain, "name", vmdef->name);
    if (placement->uuid)
        vfg_xml_add_text(domain, "uuid", placement->uuid);
    xmlNewProp(vfg_xml_add_text(domain, "memory", memory), BAD_CAST "unit", BAD_CAST "KiB");
    if (locality && locality->page_size)
        add_hugepages(domain, locality->page_size);
    add_vcpus(domain, vmdef->vcpu, locality);
}

/* UEFI by libvirt's auto-selection, which also gives the VM an NVRAM of its own. Secure Boot off:
 * unsigned DKMS modules would not load. */
static void
add_os(xmlNode *domain, const VfgPlacement *placement)
{
    gboolean x86 = g_str_equal(placement->arch, "x86_64");
    xmlNode *os = vfg_xml_add(domain, "os", "firmware", "efi", NULL);
    xmlNode *type = vfg_xml_add_text(os, "type", "hvm");
    xmlNewProp(type, BAD_CAST "arch", BAD_CAST placement->arch);
    xmlNewProp(type, BAD_CAST "machine", BAD_CAST(x86 ? "q35" : "virt"));
    xmlNode *firmware = vfg_xml_add(os, "firmware", NULL);
    vfg_xml_add(firmware, "feature", "enabled", "no", "name", "secure-boot", NULL);
    vfg_xml_add(os, "boot", "dev", "hd", NULL);
}

/* The guest gets the host's physical address bits: they bound the 64-bit MMIO window (docs:
 * <maxphysaddr>). */
static void
add_cpu(xmlNode *domain, const VfgVmdef *vmdef, const VfgPlacement *placement)
{
    xmlNode *features = vfg_xml_add(domain, "features", NULL);
    vfg_xml_add(features, "acpi", NULL);
    if (vmdef->hide_kvm && placement->kvm)
        vfg_xml_add(vfg_xml_add(features, "kvm", NULL), "hidden", "state", "on", NULL);
    xmlNode *cpu =
        vfg_xml_add(domain, "cpu", "mode", placement->kvm ? "host-passthrough" : "maximum", NULL);
    if (placement->kvm && g_str_equal(placement->arch, "x86_64"))
        vfg_xml_add(cpu, "maxphysaddr", "mode", "passthrough", NULL);
    vfg_xml_add(domain, "clock", "offset", "utc", NULL);
    vfg_xml_add_text(domain, "on_poweroff", "destroy");
    vfg_xml_add_text(domain, "on_reboot", "restart");
    vfg_xml_add_text(domain, "on_crash", "destroy");
}

static void
add_disks(xmlNode *devices, const VfgVmdef *vmdef, const VfgPlacement *placement)
{
    for (guint i = 0; i < vmdef->disks->len; i++) {
        const VfgVmdefDisk *disk = g_ptr_array_index(vmdef->disks, i);
        char target[] = {'v', 'd', (char)('a' + i % 26), '\0'};
        xmlNode *node = vfg_xml_add(devices, "disk", "type", "file", "device", "disk", NULL);
        vfg_xml_add(node, "driver", "name", "qemu", "type", disk->format, NULL);
        vfg_xml_add(node, "source", "file", g_ptr_array_index(placement->disks, i), NULL);
        vfg_xml_add(node, "target", "dev", target, "bus", "virtio", NULL);
    }
}

/* Not on SATA: the machine type virt has none, and kernels made for clouds have no driver for it
 * (Debian's linux-image-cloud: no CONFIG_SATA_AHCI). */
static void
add_seed(xmlNode *devices, const VfgPlacement *placement)
{
    if (!placement->seed)
        return;
    vfg_xml_add(devices, "controller", "type", "scsi", "model", "virtio-scsi", NULL);
    xmlNode *node = vfg_xml_add(devices, "disk", "type", "file", "device", "cdrom", NULL);
    vfg_xml_add(node, "driver", "name", "qemu", "type", "raw", NULL);
    vfg_xml_add(node, "source", "file", placement->seed, NULL);
    vfg_xml_add(node, "target", "dev", "sda", "bus", "scsi", NULL);
    vfg_xml_add(node, "readonly", NULL);
}

/* One that the definition leaves open stays what libvirt chose at first. */
static const char *
choose_mac(const VfgVmdefNetwork *network, const VfgPlacement *placement, guint i)
{
    gboolean known = placement->macs && i < placement->macs->len;
    return network->mac ? network->mac : known ? g_ptr_array_index(placement->macs, i) : NULL;
}

static void
add_networks(xmlNode *devices, const VfgVmdef *vmdef, const VfgPlacement *placement)
{
    static const char *const kinds[] = {"user", "bridge", "network"};
    for (guint i = 0; i < vmdef->networks->len; i++) {
        const VfgVmdefNetwork *network = g_ptr_array_index(vmdef->networks, i);
        const char *kind = kinds[network->kind];
        xmlNode *node = vfg_xml_add(devices, "interface", "type", kind, NULL);
        const char *mac = choose_mac(network, placement, i);
        if (mac)
            vfg_xml_add(node, "mac", "address", mac, NULL);
        if (network->source)
            vfg_xml_add(node, "source", kind, network->source, NULL);
        vfg_xml_add(node, "model", "type", "virtio", NULL);
    }
}

static void
add_hostdev(xmlNode *devices, const VfgPciFunction *function, guint bus, guint index,
            gboolean multifunction)
{
    g_autofree char *pci_domain = g_strdup_printf("0x%04x", function->address.pci_domain);
    g_autofree char *host_bus = g_strdup_printf("0x%02x", function->address.bus);
    g_autofree char *slot = g_strdup_printf("0x%02x", function->address.device);
    g_autofree char *host_function = g_strdup_printf("0x%x", function->address.function);
    g_autofree char *guest_bus = g_strdup_printf("0x%02x", bus);
    g_autofree char *guest_function = g_strdup_printf("0x%x", index);
    xmlNode *node =
        vfg_xml_add(devices, "hostdev", "mode", "subsystem", "type", "pci", "managed", "no", NULL);
    vfg_xml_add(node, "driver", "name", "vfio", NULL);
    xmlNode *source = vfg_xml_add(node, "source", NULL);
    vfg_xml_add(source, "address", "domain", pci_domain, "bus", host_bus, "slot", slot, "function",
                host_function, NULL);
    vfg_xml_add(node, "address", "type", "pci", "domain", "0x0000", "bus", guest_bus, "slot",
                "0x00", "function", guest_function, "multifunction",
                multifunction && index == 0 ? "on" : NULL, NULL);
}

/* The bus addresses above 4 GiB that the guest's kernel is told of, at least. */
static void
add_hole(xmlNode *root, guint64 size)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, size >> 10);
    xmlNewProp(vfg_xml_add_text(root, "pcihole64", text), BAD_CAST "unit", BAD_CAST "KiB");
}

/* One root port a GPU, all its functions in one slot behind it; functions are numbered anew from 0,
 * since function 0 must exist (PCI Local Bus Specification 3.0, section 3.2.2.3.4). */
static void
add_gpus(xmlNode *devices, const GPtrArray *gpus, const VfgSizing *sizing)
{
    xmlNode *root =
        vfg_xml_add(devices, "controller", "type", "pci", "index", "0", "model", "pcie-root", NULL);
    if (sizing && sizing->hole_size)
        add_hole(root, sizing->hole_size);
    for (guint i = 0; i < gpus->len; i++) {
        g_autofree char *index = g_strdup_printf("%u", i + 1);
        vfg_xml_add(devices, "controller", "type", "pci", "index", index, "model", "pcie-root-port",
                    NULL);
    }
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        for (guint k = 0; k < gpu->functions->len; k++)
            add_hostdev(devices, g_ptr_array_index(gpu->functions, k), i + 1, k,
                        gpu->functions->len > 1);
    }
}

static void
add_screen(xmlNode *devices, const VfgVmdef *vmdef, const char *arch)
{
    gboolean x86 = g_str_equal(arch, "x86_64");
    vfg_xml_add(devices, "controller", "type", "usb", "model", "qemu-xhci", NULL);
    if (vmdef->vnc_listen) {
        vfg_xml_add(devices, "input", "type", "tablet", "bus", "usb", NULL);
        if (!x86)
            vfg_xml_add(devices, "input", "type", "keyboard", "bus", "usb", NULL);
        xmlNode *graphics =
            vfg_xml_add(devices, "graphics", "type", "vnc", "port", "-1", "autoport", "yes", NULL);
        vfg_xml_add(graphics, "listen", "type", "address", "address", vmdef->vnc_listen, NULL);
    }
    xmlNode *video = vfg_xml_add(devices, "video", NULL);
    const char *model = vmdef->vnc_listen ? (x86 ? "vga" : "virtio") : "none";
    vfg_xml_add(video, "model", "type", model, NULL);
}

static void
add_channels(xmlNode *devices)
{
    vfg_xml_add(devices, "serial", "type", "pty", NULL);
    xmlNode *console = vfg_xml_add(devices, "console", "type", "pty", NULL);
    vfg_xml_add(console, "target", "type", "serial", "port", "0", NULL);
    xmlNode *channel = vfg_xml_add(devices, "channel", "type", "unix", NULL);
    vfg_xml_add(channel, "target", "type", "virtio", "name", VFG_AGENT_CHANNEL, NULL);
    xmlNode *rng = vfg_xml_add(devices, "rng", "model", "virtio", NULL);
    xmlNewProp(vfg_xml_add_text(rng, "backend", "/dev/urandom"), BAD_CAST "model",
               BAD_CAST "random");
    /* VFIO pins all guest memory, so a balloon could give nothing back. */
    vfg_xml_add(devices, "memballoon", "model", "none", NULL);
}

static gboolean
merge_libvirt(xmlNode *domain, const VfgVmdef *vmdef, GError **error)
{
    if (!vmdef->libvirt)
        return TRUE;
    g_autoptr(xmlDoc) fragment =
        vfg_xml_parse(vmdef->libvirt, strlen(vmdef->libvirt), "<libvirt>", error);
    if (!fragment)
        return FALSE;
    vfg_merge_fragment(domain, xmlDocGetRootElement(fragment));
    return TRUE;
}

static xmlNode *
find_commandline(xmlNode *domain)
{
    for (xmlNode *node = domain->children; node; node = node->next)
        if (vfg_xml_is(node, "commandline") && node->ns &&
            g_str_equal((const char *)node->ns->href, QEMU_NAMESPACE))
            return node;
    return NULL;
}

static gboolean
mentions(const xmlNode *commandline, const char *what)
{
    for (xmlNode *node = commandline->children; node; node = node->next) {
        g_autofree char *value = vfg_xml_is(node, "arg") ? vfg_xml_attribute(node, "value") : NULL;
        if (value && strstr(value, what))
            return TRUE;
    }
    return FALSE;
}

static void
add_argument(xmlNode *commandline, const char *value)
{
    xmlNode *node = vfg_xml_add(commandline, "arg", "value", value, NULL);
    xmlSetNs(node, commandline->ns);
}

/* The window that OVMF is told to make. libvirt keeps names below opt/ovmf/ from <sysinfo
 * type="fwcfg"> ("That firmware name is reserved"), so it goes past libvirt. It comes after
 * <libvirt> was merged: what that says of the window is the user's word. */
static void
add_window(xmlNode *domain, const VfgSizing *sizing)
{
    if (!sizing || !sizing->fw_cfg_mib)
        return;
    xmlNode *commandline = find_commandline(domain);
    if (!commandline) {
        commandline = vfg_xml_add(domain, "commandline", NULL);
        xmlSetNs(commandline, xmlNewNs(domain, BAD_CAST QEMU_NAMESPACE, BAD_CAST "qemu"));
    }
    if (mentions(commandline, WINDOW_FILE))
        return;
    g_autofree char *file =
        g_strdup_printf("name=" WINDOW_FILE ",string=%" G_GUINT64_FORMAT, sizing->fw_cfg_mib);
    add_argument(commandline, "-fw_cfg");
    add_argument(commandline, file);
}

char *
vfg_domain_xml_build(const VfgVmdef *vmdef, const VfgPlacement *placement, GError **error)
{
    g_autoptr(xmlDoc) doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *domain = xmlNewDocNode(doc, NULL, BAD_CAST "domain", NULL);
    xmlDocSetRootElement(doc, domain);
    xmlNewProp(domain, BAD_CAST "type", BAD_CAST(placement->kvm ? "kvm" : "qemu"));
    add_basics(domain, vmdef, placement);
    add_os(domain, placement);
    add_cpu(domain, vmdef, placement);
    xmlNode *devices = vfg_xml_add(domain, "devices", NULL);
    add_disks(devices, vmdef, placement);
    add_seed(devices, placement);
    add_networks(devices, vmdef, placement);
    add_gpus(devices, placement->gpus, placement->sizing);
    add_screen(devices, vmdef, placement->arch);
    add_channels(devices);
    if (!merge_libvirt(domain, vmdef, error))
        return NULL;
    add_window(domain, placement->sizing);
    xmlChar *text = NULL;
    int len = 0;
    xmlDocDumpFormatMemoryEnc(doc, &text, &len, "UTF-8", 1);
    char *copy = g_strndup((const char *)text, (gsize)len);
    xmlFree(text);
    return copy;
}

static xmlNode *
find_devices(xmlDoc *doc)
{
    return doc ? vfg_xml_child(xmlDocGetRootElement(doc), "devices") : NULL;
}

char *
vfg_domain_xml_get_vnc(const char *xml)
{
    g_autoptr(xmlDoc) doc = vfg_xml_parse(xml, strlen(xml), "domain", NULL);
    xmlNode *devices = find_devices(doc);
    xmlNode *graphics = devices ? vfg_xml_child(devices, "graphics") : NULL;
    g_autofree char *type = graphics ? vfg_xml_attribute(graphics, "type") : NULL;
    g_autofree char *port = graphics ? vfg_xml_attribute(graphics, "port") : NULL;
    g_autofree char *listen = graphics ? vfg_xml_attribute(graphics, "listen") : NULL;
    if (g_strcmp0(type, "vnc") != 0 || !port || !listen || g_str_equal(port, "-1"))
        return NULL;
    return g_strdup_printf(strchr(listen, ':') ? "[%s]:%s" : "%s:%s", listen, port);
}

void
vfg_domain_xml_get_identity(const char *xml, char **uuid, GPtrArray **macs)
{
    g_autoptr(xmlDoc) doc = vfg_xml_parse(xml, strlen(xml), "domain", NULL);
    xmlNode *top = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *id = top ? vfg_xml_child(top, "uuid") : NULL;
    xmlNode *devices = find_devices(doc);
    *uuid = id ? vfg_xml_text(id) : NULL;
    *macs = g_ptr_array_new_with_free_func(g_free);
    for (xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        xmlNode *mac = vfg_xml_is(node, "interface") ? vfg_xml_child(node, "mac") : NULL;
        if (vfg_xml_is(node, "interface"))
            g_ptr_array_add(*macs, mac ? vfg_xml_attribute(mac, "address") : NULL);
    }
}

/* An element of <os> that names a file, in its text or in a <source>. */
static char *
get_os_file(const char *xml, const char *name)
{
    g_autoptr(xmlDoc) doc = vfg_xml_parse(xml, strlen(xml), "domain", NULL);
    xmlNode *top = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *os = top ? vfg_xml_child(top, "os") : NULL;
    xmlNode *node = os ? vfg_xml_child(os, name) : NULL;
    xmlNode *source = node ? vfg_xml_child(node, "source") : NULL;
    g_autofree char *text = node ? vfg_xml_text(node) : NULL;
    if (source)
        return vfg_xml_attribute(source, "file");
    return text && *text == '/' ? g_steal_pointer(&text) : NULL;
}

char *
vfg_domain_xml_get_loader(const char *xml)
{
    return get_os_file(xml, "loader");
}

char *
vfg_domain_xml_get_nvram(const char *xml)
{
    return get_os_file(xml, "nvram");
}

/* libvirt writes "0x0000", "0x01", "0x00", "0x0". */
static gboolean
read_address(xmlNode *address, VfgPciAddress *ret)
{
    static const char *const names[] = {"domain", "bus", "slot", "function"};
    static const guint64 limits[] = {G_MAXUINT32, 0xff, 0x1f, 7};
    guint64 values[4] = {0};
    for (guint i = 0; i < 4; i++) {
        g_autofree char *text = vfg_xml_attribute(address, names[i]);
        if (!text || !vfg_parse_uint(text, 16, limits[i], &values[i], NULL))
            return FALSE;
    }
    *ret = (VfgPciAddress){(guint32)values[0], (guint8)values[1], (guint8)values[2],
                           (guint8)values[3]};
    return TRUE;
}

GArray *
vfg_domain_xml_get_hostdevs(const char *xml)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(VfgPciAddress));
    g_autoptr(xmlDoc) doc = vfg_xml_parse(xml, strlen(xml), "domain", NULL);
    xmlNode *devices = find_devices(doc);
    for (xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        xmlNode *source = vfg_xml_is(node, "hostdev") ? vfg_xml_child(node, "source") : NULL;
        xmlNode *address = source ? vfg_xml_child(source, "address") : NULL;
        VfgPciAddress value;
        if (address && read_address(address, &value))
            g_array_append_val(found, value);
    }
    return found;
}
