/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which functions of a host are GPUs, and which GPU a selector means. */

#include "gpu-find.h"

#include "error.h"
#include "parse.h"

#include <string.h>

#define VENDOR_NVIDIA 0x10de
#define VENDOR_AMD 0x1002
#define VENDOR_INTEL 0x8086

gboolean
vfg_function_is_harmless_peer(const VfgPciFunction *function)
{
    const char *driver = function->driver;
    return function->is_bridge || !driver || g_str_equal(driver, "pci-stub") ||
           g_str_equal(driver, "vfio-pci") || g_str_has_suffix(driver, "-vfio-pci") ||
           g_str_has_suffix(driver, "_vfio_pci");
}

/* A sibling is the card's if it has the GPU's vendor and a function that cards carry. An APU's slot
 * holds the chipset's functions too, of another vendor id (1022), and server management chips put
 * their VGA beside other things. */
static gboolean
belongs_to_card(const VfgPciFunction *gpu, const VfgPciFunction *other)
{
    if (other == gpu)
        return TRUE;
    if (!vfg_pci_address_same_slot(gpu->address, other->address) || gpu->vendor != other->vendor)
        return FALSE;
    guint class = vfg_pci_function_class(other);
    return class == VFG_PCI_CLASS_AUDIO || class == VFG_PCI_CLASS_USB ||
           class == VFG_PCI_CLASS_SERIAL_OTHER || class >> 8 == VFG_PCI_CLASS_DISPLAY;
}

/* Whether both sit below ports of one switch that has the GPU's vendor: the card's own. A root port
 * has no parent. */
static gboolean
same_card_switch(const VfgHost *host, const VfgPciFunction *gpu, const VfgPciFunction *other)
{
    const VfgPciFunction *port = vfg_host_find_function(host, gpu->parent);
    const VfgPciFunction *other_port = vfg_host_find_function(host, other->parent);
    if (!port || !other_port || !port->has_parent || !other_port->has_parent ||
        vfg_pci_address_compare(port->parent, other_port->parent) != 0)
        return FALSE;
    const VfgPciFunction *top = vfg_host_find_function(host, port->parent);
    return top && top->has_parent && top->vendor == gpu->vendor && port->vendor == gpu->vendor &&
           other_port->vendor == gpu->vendor;
}

/* Intel's Arc cards have a switch, with the audio function on the bus after the GPU's (lspci of a
 * NUC with an A770, linux-pci, 3 July 2023). Where the bridges are not known, the board's ids have
 * to be the same. */
static gboolean
is_audio_of_card(const VfgHost *host, const VfgPciFunction *gpu, const VfgPciFunction *other)
{
    if (vfg_pci_function_class(other) != VFG_PCI_CLASS_AUDIO || other->vendor != gpu->vendor ||
        other->address.pci_domain != gpu->address.pci_domain ||
        other->address.bus != gpu->address.bus + 1)
        return FALSE;
    if (gpu->has_parent && other->has_parent)
        return same_card_switch(host, gpu, other);
    return !gpu->has_parent && !other->has_parent && gpu->has_subsystem && other->has_subsystem &&
           gpu->subvendor == other->subvendor && gpu->subdevice == other->subdevice;
}

/* `from` is the first function after the GPU's slot. */
static void
add_audio(VfgGpu *gpu, const VfgHost *host, guint from)
{
    for (guint i = 0; i < gpu->functions->len; i++)
        if (vfg_pci_function_class(g_ptr_array_index(gpu->functions, i)) == VFG_PCI_CLASS_AUDIO)
            return;
    for (guint i = from; i < host->functions->len; i++) {
        VfgPciFunction *other = g_ptr_array_index(host->functions, i);
        if (other->address.pci_domain != gpu->function->address.pci_domain ||
            other->address.bus > gpu->function->address.bus + 1)
            return;
        if (is_audio_of_card(host, gpu->function, other)) {
            g_ptr_array_add(gpu->functions, other);
            return;
        }
    }
}

static void
add_peers(VfgGpu *gpu, const VfgHost *host)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *own = g_ptr_array_index(gpu->functions, i);
        const VfgIommuGroup *group = vfg_host_find_group(host, own->iommu_group);
        if (!group || !g_hash_table_add(seen, GINT_TO_POINTER(group->id + 1)))
            continue;
        for (guint k = 0; k < group->functions->len; k++) {
            VfgPciFunction *other = g_ptr_array_index(group->functions, k);
            if (!other->is_bridge && !vfg_gpu_has_function(gpu, other))
                g_ptr_array_add(gpu->peers, other);
        }
    }
}

static gboolean
is_viable(const VfgGpu *gpu)
{
    for (guint i = 0; i < gpu->functions->len; i++)
        if (((const VfgPciFunction *)g_ptr_array_index(gpu->functions, i))->iommu_group < 0)
            return FALSE;
    for (guint i = 0; i < gpu->peers->len; i++)
        if (!vfg_function_is_harmless_peer(g_ptr_array_index(gpu->peers, i)))
            return FALSE;
    return TRUE;
}

static VfgGpu *
make_gpu(const VfgHost *host, guint at)
{
    VfgGpu *gpu = g_new0(VfgGpu, 1);
    gpu->function = g_ptr_array_index(host->functions, at);
    gpu->functions = g_ptr_array_new();
    gpu->peers = g_ptr_array_new();
    guint first = at;
    while (first > 0 &&
           vfg_pci_address_same_slot(
               gpu->function->address,
               ((const VfgPciFunction *)g_ptr_array_index(host->functions, first - 1))->address))
        first--;
    guint i = first;
    for (; i < host->functions->len; i++) {
        VfgPciFunction *other = g_ptr_array_index(host->functions, i);
        if (!vfg_pci_address_same_slot(gpu->function->address, other->address))
            break;
        if (belongs_to_card(gpu->function, other))
            g_ptr_array_add(gpu->functions, other);
    }
    add_audio(gpu, host, i);
    add_peers(gpu, host);
    gpu->isolated = gpu->peers->len == 0;
    gpu->viable = is_viable(gpu);
    return gpu;
}

/* A second display function of one card (old Radeons have one) is a sibling, not a GPU of its own.
 */
static gboolean
is_sibling_of_last(const GPtrArray *gpus, const VfgPciFunction *function)
{
    return gpus->len && vfg_gpu_has_function(g_ptr_array_index(gpus, gpus->len - 1), function);
}

GPtrArray *
vfg_gpu_find_all(const VfgHost *host)
{
    GPtrArray *gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_gpu_free);
    for (guint i = 0; i < host->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        if (vfg_pci_function_is_display(function) && !is_sibling_of_last(gpus, function))
            g_ptr_array_add(gpus, make_gpu(host, i));
    }
    return gpus;
}

typedef struct {
    gboolean by_address;
    VfgPciAddress address;
    int vendor, device; /* -1: any */
    int index;          /* -1: none given */
} Selector;

static gboolean
vendor_by_name(const char *name, int *ret)
{
    static const struct {
        const char *name;
        int vendor;
    } vendors[] = {{"nvidia", VENDOR_NVIDIA}, {"amd", VENDOR_AMD}, {"intel", VENDOR_INTEL}};
    for (gsize i = 0; i < G_N_ELEMENTS(vendors); i++) {
        if (g_ascii_strcasecmp(name, vendors[i].name) == 0) {
            *ret = vendors[i].vendor;
            return TRUE;
        }
    }
    return FALSE;
}

/* "10de:1e37": four digits each, which no address has. */
static gboolean
parse_ids(const char *text, Selector *selector)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 3);
    guint64 vendor = 0, device = 0;
    if (g_strv_length(parts) != 2 || strlen(parts[0]) != 4 || strlen(parts[1]) != 4 ||
        strchr(text, 'x') || strchr(text, 'X') || /* vfg_parse_uint takes a 0x */
        !vfg_parse_uint(parts[0], 16, 0xffff, &vendor, NULL) ||
        !vfg_parse_uint(parts[1], 16, 0xffff, &device, NULL))
        return FALSE;
    selector->vendor = (int)vendor;
    selector->device = (int)device;
    return TRUE;
}

/* Cuts "[n]" off the end of `text`. */
static gboolean
take_index(char *text, int *ret)
{
    char *open = strchr(text, '[');
    *ret = -1;
    if (!open)
        return TRUE;
    char *close = open + strlen(open) - 1;
    guint64 index = 0;
    if (*close != ']')
        return FALSE;
    *close = '\0';
    if (!vfg_parse_uint(open + 1, 10, 4096, &index, NULL))
        return FALSE;
    *open = '\0';
    *ret = (int)index;
    return TRUE;
}

static gboolean
parse_selector(const char *text, Selector *ret, GError **error)
{
    Selector selector = {.vendor = -1, .device = -1};
    g_autofree char *body = g_strdup(text);
    gboolean good = take_index(body, &selector.index);
    if (good && vfg_pci_address_parse(body, &selector.address, NULL))
        selector.by_address = TRUE;
    else if (good)
        good = vendor_by_name(body, &selector.vendor) || parse_ids(body, &selector);
    if (!good) {
        g_autofree char *shown = g_strescape(text, NULL);
        vfg_error_set(error, VFG_ERROR_PARSE,
                      "write an address (82:00.0), ids (10de:1e37) or a vendor (nvidia, amd, "
                      "intel), each with [n] for the n-th",
                      "'%.64s' is not a GPU selector", shown);
        return FALSE;
    }
    *ret = selector;
    return TRUE;
}

static gboolean
matches(const Selector *selector, const VfgGpu *gpu)
{
    if (!selector->by_address)
        return (selector->vendor < 0 || selector->vendor == gpu->function->vendor) &&
               (selector->device < 0 || selector->device == gpu->function->device);
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        if (vfg_pci_address_compare(function->address, selector->address) == 0)
            return TRUE;
    }
    return FALSE;
}

static char *
list_addresses(const GPtrArray *gpus)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        char buffer[VFG_PCI_ADDRESS_SIZE];
        g_string_append_printf(out, "%s%s (%04x:%04x)", i ? ", " : "",
                               vfg_pci_address_format(gpu->function->address, buffer),
                               gpu->function->vendor, gpu->function->device);
    }
    return g_string_free(out, FALSE);
}

const VfgGpu *
vfg_gpu_select(const GPtrArray *gpus, const char *text, GError **error)
{
    Selector selector;
    if (!parse_selector(text, &selector, error))
        return NULL;
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (guint i = 0; i < gpus->len; i++)
        if (matches(&selector, g_ptr_array_index(gpus, i)))
            g_ptr_array_add(found, g_ptr_array_index(gpus, i));

    if (found->len == 0 || (selector.index >= 0 && (guint)selector.index >= found->len)) {
        g_autofree char *known = list_addresses(gpus);
        g_autofree char *fix = gpus->len ? g_strdup_printf("this host has: %s", known)
                                         : g_strdup("this host has no GPU; is it seated, powered "
                                                    "and enabled in the firmware?");
        vfg_error_set(error, VFG_ERROR_NOT_FOUND, fix, "no GPU of this host matches '%s'", text);
        return NULL;
    }
    if (found->len > 1 && selector.index < 0) {
        g_autofree char *candidates = list_addresses(found);
        vfg_error_set(error, VFG_ERROR_AMBIGUOUS,
                      "name one by its address, or append [0], [1], … for the n-th",
                      "'%s' matches %u GPUs: %s", text, found->len, candidates);
        return NULL;
    }
    return g_ptr_array_index(found, MAX(selector.index, 0));
}
