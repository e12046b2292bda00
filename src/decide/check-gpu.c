/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks of one GPU: its group, what the host does with it, whether it can be reset and addressed.
 * A fact that is not known gives no finding. */

#include "check.h"

#include "gpu-find.h"
#include "gpu-sizing.h"
#include "harm.h"

#include <stdio.h>
#include <string.h>

#define GIB ((guint64)1 << 30)
#define LARGE_BAR (GIB / 4) /* what a graphics card has at least, without resizable BAR */

/* One GPU under check. */
typedef struct {
    const VfgCheck *check;
    const VfgGpu *gpu;
    const char *subject; /* its address */
    GPtrArray *findings;
} Look;

#define ADD(look, id, ...)                                                             \
    g_ptr_array_add((look)->findings, vfg_catalogue_make((look)->check->catalogue, id, \
                                                         (look)->subject, __VA_ARGS__))

/* Whether a peer is a part of another GPU that is handed over at the same time. */
static gboolean
goes_along(const Look *look, const VfgPciFunction *peer)
{
    const GPtrArray *together = look->check->together;
    for (guint i = 0; together && i < together->len; i++)
        if (vfg_gpu_has_function(g_ptr_array_index(together, i), peer))
            return TRUE;
    return FALSE;
}

/* The peers that stand in the way: "0000:03:00.0 (e1000e, the default route goes through it
 * (eth0))". */
static char *
list_harmful_peers(const Look *look)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < look->gpu->peers->len; i++) {
        const VfgPciFunction *peer = g_ptr_array_index(look->gpu->peers, i);
        char buffer[VFG_PCI_ADDRESS_SIZE];
        if (vfg_function_is_harmless_peer(peer) || goes_along(look, peer))
            continue;
        g_string_append_printf(out, "%s%s (%s", out->len ? "; " : "",
                               vfg_pci_address_format(peer->address, buffer), peer->driver);
        g_autofree char *usages = vfg_harm_list_usages(look->check->host, peer->address);
        g_string_append_printf(out, "%s%s)", *usages ? ", " : "", usages);
    }
    return g_string_free(out, FALSE);
}

/* The nearest bridge above that could keep its children apart and does not: a port without ACS lets
 * them talk to each other behind the IOMMU's back, so the kernel puts them into one group
 * (PCIe 6.0, 6.12). */
static char *
name_bridge_without_acs(const Look *look)
{
    const guint16 wanted = VFG_PCI_ACS_SOURCE_VALIDATION | VFG_PCI_ACS_REQUEST_REDIRECT |
                           VFG_PCI_ACS_COMPLETION_REDIRECT | VFG_PCI_ACS_UPSTREAM_FORWARDING;
    const VfgPciFunction *at = look->gpu->function;
    for (guint depth = 0; at->has_parent && depth < 32; depth++) {
        at = vfg_host_find_function(look->check->host, at->parent);
        if (!at)
            break;
        const VfgPciCaps *caps = at->caps;
        g_autofree char *address = vfg_pci_address_dup(at->address);
        gboolean conventional =
            caps && caps->standard &&
            (caps->pcie_type == VFG_PCIE_NONE || caps->pcie_type == VFG_PCIE_TO_PCI_BRIDGE);
        if (conventional)
            return g_strdup_printf(
                "; the conventional PCI bridge %s above it can't tell them apart", address);
        if (caps && caps->extended && (!caps->acs || (caps->acs_control & wanted) != wanted))
            return g_strdup_printf("; the bridge %s above it %s", address,
                                   caps->acs ? "has ACS, but not switched on" : "has no ACS");
    }
    return g_strdup("");
}

/* Whether only GPUs that are handed over at the same time stood in the way. */
static gboolean
becomes_viable(const Look *look, const char *peers)
{
    gboolean along = FALSE;
    for (guint i = 0; i < look->gpu->functions->len; i++)
        if (((const VfgPciFunction *)g_ptr_array_index(look->gpu->functions, i))->iommu_group < 0)
            return FALSE;
    for (guint i = 0; i < look->gpu->peers->len; i++)
        along |= goes_along(look, g_ptr_array_index(look->gpu->peers, i));
    return along && !*peers;
}

/* The kernel can tell the functions of this slot apart: they are still one card. */
static void
check_slot_groups(const Look *look)
{
    const VfgGpu *gpu = look->gpu;
    gboolean differ = FALSE;
    g_autoptr(GString) groups = g_string_new(NULL);
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        char address[VFG_PCI_ADDRESS_SIZE];
        if (function->iommu_group < 0)
            return;
        differ |= function->iommu_group != gpu->function->iommu_group;
        g_string_append_printf(groups, "%s%s in %d", i ? ", " : "",
                               vfg_pci_address_format(function->address, address),
                               function->iommu_group);
    }
    if (differ)
        ADD(look, "slot-in-several-groups", "groups", groups->str, NULL);
}

static void
check_group(const Look *look)
{
    const VfgGpu *gpu = look->gpu;
    g_autofree char *group = g_strdup_printf("%d", gpu->function->iommu_group);
    g_autofree char *peers = list_harmful_peers(look);
    g_autofree char *bridge = name_bridge_without_acs(look);
    gboolean viable = gpu->viable || becomes_viable(look, peers);
    const char *id = viable ? "group-viable" : *peers ? "group-not-viable" : "group-missing";
    if (!gpu->viable && !*peers && look->check->host->groups->len == 0)
        return; /* no function has a group: the IOMMU is off, said once for the host */
    ADD(look, id, "group", group, "peers", peers, "bridge", bridge, NULL);
}

/* vfio refuses a device whose firmware keeps memory for it, unless the region is relaxable: for
 * graphics and USB (drivers/iommu/intel/iommu.c, device_rmrr_is_relaxable). */
static void
check_regions(const Look *look)
{
    const VfgIommuGroup *group =
        vfg_host_find_group(look->check->host, look->gpu->function->iommu_group);
    for (guint i = 0; group && group->regions && i < group->regions->len; i++) {
        const VfgIommuRegion *region = g_ptr_array_index(group->regions, i);
        if (!g_str_equal(region->type, "direct"))
            continue;
        g_autofree char *range = g_strdup_printf(
            "0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x", region->start, region->end);
        ADD(look, "rmrr", "range", range, NULL);
        return;
    }
}

static void
check_screen(const Look *look)
{
    const VfgDisplay *display = look->check->host->display;
    if (look->gpu->function->boot_display)
        ADD(look, "boot-display", NULL);
    for (guint i = 0; i < display->claims->len; i++) {
        const VfgFramebufferClaim *claim = g_ptr_array_index(display->claims, i);
        if (!claim->has_function ||
            vfg_pci_address_compare(claim->function, look->gpu->function->address) != 0)
            continue;
        g_autofree char *bar = g_strdup_printf("%u", claim->bar);
        ADD(look, "framebuffer-claim", "name", claim->name, "bar", bar, NULL);
        return;
    }
}

static gboolean
holds_gpu(const VfgHolder *holder, const VfgGpu *gpu)
{
    for (guint i = 0; holder->has_function && i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        if (vfg_pci_address_compare(holder->function, function->address) == 0)
            return !vfg_harm_is_patient(holder);
    }
    return FALSE;
}

char *
vfg_check_list_holders(const VfgHost *host, const VfgGpu *gpu)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < host->holders->len; i++) {
        const VfgHolder *holder = g_ptr_array_index(host->holders, i);
        if (holds_gpu(holder, gpu))
            vfg_harm_append_holder(out, holder);
    }
    return g_string_free(out, FALSE);
}

static void
check_use(const Look *look)
{
    const VfgPciFunction *function = look->gpu->function;
    g_autofree char *holders = vfg_check_list_holders(look->check->host, look->gpu);
    g_autofree char *count = g_strdup_printf("%u", function->sriov_on);
    gboolean handed_over = g_strcmp0(function->driver, "vfio-pci") == 0;
    if (*holders && !handed_over)
        ADD(look, "gpu-in-use", "holders", holders, NULL);
    if (function->sriov_on)
        ADD(look, "virtual-functions-on", "count", count, NULL);
}

/* Others below the same bridge: a bus reset takes them along. */
static gboolean
shares_bus(const Look *look)
{
    const VfgPciFunction *own = look->gpu->function;
    for (guint i = 0; i < look->check->host->functions->len; i++) {
        const VfgPciFunction *other = g_ptr_array_index(look->check->host->functions, i);
        if (other->address.pci_domain == own->address.pci_domain &&
            other->address.bus == own->address.bus && !vfg_gpu_has_function(look->gpu, other))
            return TRUE;
    }
    return FALSE;
}

/* The file reset_method is absent where there is no way to reset, but also before Linux 5.15. */
static gboolean
shows_reset_methods(const VfgHost *host)
{
    guint major = 0, minor = 0;
    return host->kernel_release && sscanf(host->kernel_release, "%u.%u", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 15));
}

static void
check_reset(const Look *look)
{
    const VfgPciFunction *function = look->gpu->function;
    const char *methods = function->reset_methods;
    if (!function->detailed || !function->caps || !function->caps->standard ||
        function->caps->flr || function->caps->all_ones)
        return;
    if (!methods && shows_reset_methods(look->check->host))
        ADD(look, "reset-none", NULL);
    else if (methods && g_str_equal(methods, "bus") && shares_bus(look))
        ADD(look, "reset-bus-shared", NULL);
}

static void
check_life(const Look *look)
{
    const VfgPciFunction *function = look->gpu->function;
    const VfgPciCaps *caps = function->caps;
    if (caps && caps->all_ones) {
        ADD(look, "gpu-dead", NULL);
        return;
    }
    if (function->asleep)
        ADD(look, "gpu-asleep", "state",
            function->power_state ? function->power_state : "suspended", NULL);
    if (caps && caps->interrupt_pin > 4) {
        g_autofree char *pin = g_strdup_printf("%u", caps->interrupt_pin);
        ADD(look, "interrupt-pin-impossible", "pin", pin, NULL);
    }
}

static gboolean
has_high_window(const VfgHost *host)
{
    for (guint i = 0; i < host->mmio_windows->len; i++)
        if (vfg_mmio_window_is_high(&g_array_index(host->mmio_windows, VfgMmioWindow, i)))
            return TRUE;
    return FALSE;
}

/* A BAR of some size without an address is a card that nobody can use; the usual cause is a
 * firmware that places nothing above 4 GiB. */
static void
check_bars(const Look *look)
{
    const VfgPciFunction *function = look->gpu->function;
    const VfgHost *host = look->check->host;
    gboolean no_high = host->mmio_windows && host->mmio_windows->len && !has_high_window(host);
    for (guint i = 0; i < function->n_bars; i++) {
        const VfgPciBar *bar = &function->bars[i];
        g_autofree char *index = g_strdup_printf("%u", bar->index);
        g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, bar->size >> 20);
        if (!bar->assigned && bar->kind != VFG_PCI_BAR_IO)
            ADD(look, no_high ? "bar-unassigned-no-window" : "bar-unassigned", "bar", index, "size",
                size, NULL);
    }
}

/* A large 64-bit BAR that the firmware put below 4 GiB, where there is little room. */
static void
check_low_bars(const Look *look)
{
    const GArray *windows = look->check->host->mmio_windows;
    const VfgPciFunction *function = look->gpu->function;
    if (!windows || !windows->len || has_high_window(look->check->host))
        return;
    for (guint i = 0; i < function->n_bars; i++) {
        const VfgPciBar *bar = &function->bars[i];
        g_autofree char *index = g_strdup_printf("%u", bar->index);
        g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, bar->size >> 20);
        if (bar->assigned && bar->kind == VFG_PCI_BAR_MEM64 && bar->prefetchable &&
            bar->size >= LARGE_BAR && bar->address < 4 * GIB) {
            ADD(look, "bar-below-4g", "bar", index, "size", size, NULL);
            return;
        }
    }
}

/* The addresses that a card's DMA engine can put out end somewhere: 40 bits, 1 TiB, up to Maxwell.
 */
static void
check_reach(const Look *look)
{
    const VfgPciFunction *function = look->gpu->function;
    const VfgGpuGenerations *generations = look->check->generations;
    const VfgGpuGeneration *generation =
        generations ? vfg_gpu_generations_find(generations, function->vendor, function->device)
                    : NULL;
    guint64 total = look->check->host->memory->total;
    if (!generation || !generation->dma_bits || generation->dma_bits > 63 ||
        total <= (guint64)1 << generation->dma_bits)
        return;
    g_autofree char *bits = g_strdup_printf("%u", generation->dma_bits);
    g_autofree char *reach = vfg_size_format((guint64)1 << generation->dma_bits);
    g_autofree char *memory = vfg_size_format(total);
    ADD(look, "memory-beyond-reach", "generation", generation->name, "bits", bits, "reach", reach,
        "memory", memory, NULL);
}

/* A BAR that is smaller than the card's memory is slower, not broken. */
static void
check_resizable(const Look *look)
{
    const VfgPciCaps *caps = look->gpu->function->caps;
    for (guint i = 0; caps && i < caps->n_resizable; i++) {
        const VfgPciResizable *entry = &caps->resizable[i];
        if (!entry->size || !entry->sizes)
            continue;
        guint64 most = (guint64)1 << (20 + MIN(g_bit_storage(entry->sizes) - 1, 43));
        if (most <= entry->size || most < GIB)
            continue;
        g_autofree char *bar = g_strdup_printf("%u", entry->bar);
        g_autofree char *now = g_strdup_printf("%" G_GUINT64_FORMAT, entry->size >> 20);
        g_autofree char *could = g_strdup_printf("%" G_GUINT64_FORMAT, most >> 20);
        ADD(look, "bar-shrunk", "bar", bar, "now", now, "could", could, NULL);
    }
}

void
vfg_check_gpu(const VfgCheck *check, const VfgGpu *gpu, GPtrArray *findings)
{
    char subject[VFG_PCI_ADDRESS_SIZE];
    const Look look = {check, gpu, vfg_pci_address_format(gpu->function->address, subject),
                       findings};
    check_life(&look);
    check_group(&look);
    check_slot_groups(&look);
    check_regions(&look);
    check_screen(&look);
    check_use(&look);
    check_reset(&look);
    check_bars(&look);
    check_low_bars(&look);
    check_resizable(&look);
    check_reach(&look);
}
