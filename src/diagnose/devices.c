/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whose trouble a line is. */

#include "devices.h"

#define SLOTS_MAX 4096
#define BRIDGES_MAX 512

typedef enum {
    OWN = 1,     /* passed through, as the user says */
    GPU = 2,     /* the log says so */
    OTHER = 4,   /* no GPU, as the log says */
    REMOVED = 8, /* pulled out while it was in use */
    LIKELY = 16, /* another line about it was taken for a GPU's */
} Mark;

typedef struct {
    VfgPciAddress address;
    guint8 from;
    guint8 to;
} Bridge;

struct VfgDevices {
    GHashTable *slots; /* key of the slot → marks */
    GArray *bridges;   /* of Bridge */
    gboolean has_own;
    gboolean unplugged; /* a hot-plug slot lost its card */
};

/* Drivers of GPUs, and those that say nothing: of the bus, of any passed-through device, and of the
 * functions that come with a GPU (sound, USB, UCSI) or alone. */
static const char *const gpu_drivers[] = {
    "nvidia",  "nouveau",     "amdgpu",   "radeon",           "i915",      "xe",
    "NVRM",    "nvidia-vgpu", "nvidiafb", "nvidia-vgpu-vfio", "nova-core", "nvgrace-gpu-vfio-pci",
    "amd-gpu", "gim",         NULL};
static const char *const neutral_drivers[] = {"",         "pci",           "pcieport",   "vfio-pci",
                                              "xhci_hcd", "snd_hda_intel", "nvidia-gpu", "vfio",
                                              "DMAR",     "AMD-Vi",        "pci_bus",    NULL};

VfgDevices *
vfg_devices_new(void)
{
    VfgDevices *devices = g_new0(VfgDevices, 1);
    devices->slots = g_hash_table_new(NULL, NULL);
    devices->bridges = g_array_new(FALSE, FALSE, sizeof(Bridge));
    return devices;
}

void
vfg_devices_free(VfgDevices *devices)
{
    if (!devices)
        return;
    g_hash_table_unref(devices->slots);
    g_array_unref(devices->bridges);
    g_free(devices);
}

/* Never 0, which a table of pointers can't tell from "not there" when it is a value. Domains are 16
 * bits but for VMD's, which are cut: no GPU is there. */
static gpointer
slot_key(VfgPciAddress address)
{
    guint32 key = (address.pci_domain & 0xffff) << 13 | (guint32)address.bus << 5 | address.device;
    return GUINT_TO_POINTER(key + 1);
}

static guint
marks_of(const VfgDevices *devices, VfgPciAddress address)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(devices->slots, slot_key(address)));
}

static void
add_mark(VfgDevices *devices, VfgPciAddress address, Mark mark)
{
    guint marks = marks_of(devices, address);
    if (!marks && mark != OWN && g_hash_table_size(devices->slots) >= SLOTS_MAX)
        return;
    g_hash_table_replace(devices->slots, slot_key(address), GUINT_TO_POINTER(marks | mark));
}

void
vfg_devices_add_own(VfgDevices *devices, VfgPciAddress address)
{
    devices->has_own = TRUE;
    add_mark(devices, address, OWN);
}

static void
add_bridge(VfgDevices *devices, const VfgMatch *match)
{
    Bridge bridge = {match->address, match->from, match->to};
    if (devices->bridges->len < BRIDGES_MAX)
        g_array_append_val(devices->bridges, bridge);
}

/* A slot that says "Link Down", or a device that goes. */
static void
learn_removal(VfgDevices *devices, const VfgMatch *match)
{
    if (g_str_equal(match->driver, "pcieport"))
        devices->unplugged = TRUE;
    else if (devices->unplugged && match->has_address)
        add_mark(devices, match->address, REMOVED);
}

static gboolean
is_of_others(const VfgErrorEntry *entry)
{
    return g_str_equal(entry->class_name, "non-gpu") || g_str_equal(entry->class_name, "benign");
}

static void
learn_error(VfgDevices *devices, const VfgMatch *match)
{
    gboolean says =
        match->entry->device == VFG_ERROR_DEVICE_GPU || g_strv_contains(gpu_drivers, match->driver);
    if (is_of_others(match->entry)) {
        if (match->has_address)
            add_mark(devices, match->address, OTHER);
        return;
    }
    gboolean handed_over = g_str_equal(match->driver, "vfio-pci") && !devices->has_own;
    if (match->has_address && (handed_over || match->entry->device == VFG_ERROR_DEVICE_GUESS))
        add_mark(devices, match->address, LIKELY);
    if (match->has_address && says)
        add_mark(devices, match->address, GPU);
}

void
vfg_devices_learn(VfgDevices *devices, const VfgMatch *match)
{
    switch (match->entry->kind) {
    case VFG_ERROR_KIND_ERROR:
        learn_error(devices, match);
        break;
    case VFG_ERROR_KIND_GPU:
        if (match->has_address)
            add_mark(devices, match->address, GPU);
        break;
    case VFG_ERROR_KIND_OTHER:
        if (match->has_address)
            add_mark(devices, match->address, OTHER);
        break;
    case VFG_ERROR_KIND_REMOVED:
        learn_removal(devices, match);
        break;
    case VFG_ERROR_KIND_BRIDGE:
        if (match->has_address && match->has_buses)
            add_bridge(devices, match);
        break;
    case VFG_ERROR_KIND_CONTEXT:
        break;
    }
}

static gboolean
is_behind(const Bridge *bridge, guint32 pci_domain, guint bus)
{
    return (bridge->address.pci_domain & 0xffff) == (pci_domain & 0xffff) && bus >= bridge->from &&
           bus <= bridge->to;
}

static gboolean
has_gpu_behind(const VfgDevices *devices, const Bridge *bridge)
{
    GHashTableIter iter;
    gpointer key = NULL, marks = NULL;
    g_hash_table_iter_init(&iter, devices->slots);
    while (g_hash_table_iter_next(&iter, &key, &marks)) {
        guint32 slot = GPOINTER_TO_UINT(key) - 1;
        if (GPOINTER_TO_UINT(marks) & (GPU | OWN) &&
            is_behind(bridge, slot >> 13, slot >> 5 & 0xff))
            return TRUE;
    }
    return FALSE;
}

/* Whether the device is on a GPU's way: a bridge with a GPU behind it, or behind the switch of a
 * GPU's card, as far as the log shows the buses. */
static gboolean
is_on_the_way(const VfgDevices *devices, VfgPciAddress address)
{
    for (guint i = 0; i < devices->bridges->len; i++) {
        const Bridge *bridge = &g_array_index(devices->bridges, Bridge, i);
        if (vfg_pci_address_compare(bridge->address, address) == 0 &&
            has_gpu_behind(devices, bridge))
            return TRUE;
        if (marks_of(devices, bridge->address) & GPU &&
            is_behind(bridge, address.pci_domain, address.bus))
            return TRUE;
    }
    return FALSE;
}

/* What is known of the address beats what the driver's name suggests. */
static VfgOwner
owner_by_address(const VfgDevices *devices, const char *driver, VfgPciAddress address)
{
    guint marks = marks_of(devices, address);
    if (marks & (OWN | GPU) || is_on_the_way(devices, address))
        return VFG_OWNER_GPU;
    if (marks & (OTHER | REMOVED) || !g_strv_contains(neutral_drivers, driver))
        return VFG_OWNER_OTHER;
    return marks & LIKELY ? VFG_OWNER_GPU : VFG_OWNER_UNKNOWN;
}

VfgOwner
vfg_devices_owner(const VfgDevices *devices, const VfgErrorEntry *entry, const char *driver,
                  const VfgPciAddress *address)
{
    if (is_of_others(entry))
        return VFG_OWNER_OTHER;
    if (entry->device == VFG_ERROR_DEVICE_GPU || g_strv_contains(gpu_drivers, driver))
        return VFG_OWNER_GPU;
    VfgOwner owner = VFG_OWNER_UNKNOWN;
    if (address)
        owner = owner_by_address(devices, driver, *address);
    else if (!g_strv_contains(neutral_drivers, driver))
        owner = VFG_OWNER_OTHER;
    if (owner != VFG_OWNER_UNKNOWN)
        return owner;
    gboolean guess = entry->device == VFG_ERROR_DEVICE_GUESS ||
                     (g_str_equal(driver, "vfio-pci") && !devices->has_own);
    if (guess)
        return VFG_OWNER_GPU;
    return entry->device == VFG_ERROR_DEVICE_OPEN && !*driver ? VFG_OWNER_UNKNOWN : VFG_OWNER_OTHER;
}
