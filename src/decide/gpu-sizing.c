/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The needs of GPUs, and the sizing of a q35 guest's PCI address space as OVMF lays it out.
 *
 * Sources: edk2 MdeModulePkg/Bus/Pci/PciBusDxe (resources are placed sorted by alignment, the
 * largest first; a bridge's memory window has 1 MiB granularity, as in the PCI-to-PCI Bridge
 * Architecture Specification 1.2, section 3.2.5.8, and the alignment of what is in it),
 * OvmfPkg/Library/PlatformInitLib/MemDetect.c (where the 64-bit window goes and how large it is),
 * OvmfPkg/PciHotPlugInitDxe (what each root port reserves), QEMU hw/i386/pc.c (what the machine
 * refuses to start with). */

#include "gpu-sizing.h"

#include "sizing-virt.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* PcdPciMmio64Size in OvmfPkgX64.dsc, and QEMU's default for q35-pcihost.pci-hole64-size. */
#define DEFAULT_WINDOW (32 * GIB)
/* MemDetect.c takes no larger opt/ovmf/X-PciMmio64Mb. */
#define MAX_FW_CFG (0x1000000 * MIB)
/* MemDetect.c uses no more with 4-level paging, since older Linux can't (47 in the first builds).
 */
#define MAX_FIRMWARE_BITS 46
/* … and no more for a CPU without pages of 1 GiB. QEMU's `max` has them under TCG. */
#define MAX_SMALL_PAGE_BITS 40
/* QEMU target/i386/cpu.h, TCG_PHYS_ADDR_BITS. */
#define TCG_BITS 40
/* PciHotPlugInitDxe: each root port gets 2 MiB below 4 GiB, and 1/256 of a 64-bit window that is
 * larger than 32 GiB. As many ports as that beside the GPUs' are reckoned with. */
#define PORT_MEMORY (2 * MIB)
#define PORT_SHARE 256
#define OTHER_PORTS 12
/* What q35's 32-bit window has at least (0xc0000000 to 0xfc000000), less the other root ports and
 * the screen. */
#define SPACE32 (960 * MIB - 64 * MIB)
/* QEMU hw/i386/pc.c: AMD's HyperTransport range below 1 TiB. With an AMD CPU nothing may be there;
 * where the hole would reach it, the memory above 4 GiB moves to 1 TiB. */
#define AMD_RESERVED (0xfdULL << 32)
#define AMD_MEMORY (1ULL << 40)

static guint64
align_up(guint64 value, guint64 alignment)
{
    return alignment ? (value + alignment - 1) / alignment * alignment : value;
}

static guint64
power_of_two_up(guint64 value)
{
    guint64 power = 1;
    while (power < value)
        power <<= 1;
    return power;
}

typedef struct {
    guint64 size, alignment;
} Need;

static int
compare_alignment(gconstpointer a, gconstpointer b)
{
    const Need *left = a, *right = b;
    return left->alignment == right->alignment ? 0 : left->alignment < right->alignment ? 1 : -1;
}

static void
add_need(GArray *needs, guint64 size, guint64 alignment)
{
    Need need = {size, alignment};
    if (size)
        g_array_append_val(needs, need);
}

/* Placed one after the other from an address that suits the largest. */
static Need
place(GArray *needs)
{
    Need total = {0};
    g_array_sort(needs, compare_alignment);
    for (guint i = 0; i < needs->len; i++) {
        const Need *need = &g_array_index(needs, Need, i);
        total.size = align_up(total.size, need->alignment) + need->size;
        total.alignment = MAX(total.alignment, need->alignment);
    }
    return total;
}

static gboolean
is_wide(const VfgPciBar *bar)
{
    return bar->kind == VFG_PCI_BAR_MEM64 && bar->prefetchable;
}

/* A bridge has a prefetchable window that may be above 4 GiB, and one for all else that may not
 * (PCI-to-PCI Bridge Architecture Specification, section 3.2.5): a 64-bit BAR that is not
 * prefetchable goes below, and so does a ROM. */
static void
collect_function(const VfgPciFunction *function, GArray *low, GArray *high)
{
    for (guint i = 0; i < function->n_bars; i++) {
        const VfgPciBar *bar = &function->bars[i];
        if (bar->kind == VFG_PCI_BAR_IO)
            continue;
        add_need(is_wide(bar) ? high : low, bar->size, bar->size);
    }
    add_need(low, function->rom_size, function->rom_size);
}

static void
add_bars(const VfgPciFunction *function, guint64 *low, guint64 *high)
{
    for (guint i = 0; i < function->n_bars; i++) {
        const VfgPciBar *bar = &function->bars[i];
        if (bar->kind != VFG_PCI_BAR_IO)
            *(is_wide(bar) ? high : low) += bar->size;
    }
}

static void
close_window(GArray *inside, guint64 least, GArray *windows)
{
    Need need = place(inside);
    guint64 size = align_up(need.size, MIB);
    if (size)
        add_need(windows, MAX(size, least), MAX(need.alignment, MIB));
}

/* A GPU's root port with its two windows. FALSE where it has no BARs that are known. */
static gboolean
collect_gpu(const VfgGpu *gpu, GArray *low_windows, GArray *high_windows)
{
    g_autoptr(GArray) low = g_array_new(FALSE, FALSE, sizeof(Need));
    g_autoptr(GArray) high = g_array_new(FALSE, FALSE, sizeof(Need));
    for (guint i = 0; i < gpu->functions->len; i++)
        collect_function(g_ptr_array_index(gpu->functions, i), low, high);
    close_window(low, PORT_MEMORY, low_windows);
    close_window(high, 0, high_windows);
    return gpu->function->n_bars > 0;
}

static void
sum_needs(const GPtrArray *gpus, VfgSizing *sizing)
{
    g_autoptr(GArray) low = g_array_new(FALSE, FALSE, sizeof(Need));
    g_autoptr(GArray) high = g_array_new(FALSE, FALSE, sizeof(Need));
    for (guint i = 0; i < gpus->len; i++)
        if (!collect_gpu(g_ptr_array_index(gpus, i), low, high))
            sizing->unknowns |= VFG_SIZING_NO_BARS;
    Need above = place(high);
    sizing->needs32 = place(low).size;
    sizing->needs64 = above.size;
    sizing->alignment = above.alignment;
}

/* The BARs without alignment, reserves and other devices: nothing about that is an estimate. */
static gboolean
is_impossible(const VfgSizingQuery *query, guint bits)
{
    guint64 low = 0, high = 0;
    for (guint i = 0; i < query->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(query->gpus, i);
        for (guint k = 0; k < gpu->functions->len; k++)
            add_bars(g_ptr_array_index(gpu->functions, k), &low, &high);
    }
    return low >= 4 * GIB || (bits && high + query->memory > 1ULL << bits);
}

/* The smallest window of a power of two that holds the needs and what other root ports get. */
static guint64
window_for(guint64 needs)
{
    guint64 window = power_of_two_up(MAX(needs, GIB));
    if (window > DEFAULT_WINDOW && needs + OTHER_PORTS * (window / PORT_SHARE) > window)
        return window << 1;
    /* Up to 32 GiB they get what their devices need. */
    if (window <= DEFAULT_WINDOW && needs + OTHER_PORTS * MIB > window)
        return window << 1;
    return window;
}

/* TCG's CPU `max` is AuthenticAMD (QEMU target/i386/cpu.c), that of KVM the host's. */
static gboolean
is_amd(const VfgSizingQuery *query)
{
    return !query->kvm || g_strcmp0(query->host->cpu_vendor, "AuthenticAMD") == 0;
}

/* MemDetect.c believes a CPU that has more than 40 bits, or a number that its vendor has made:
 * QEMU gives 40 to CPUs that have less. */
static gboolean
bits_are_believed(const VfgSizingQuery *query, guint bits)
{
    gboolean intel = query->kvm && g_strcmp0(query->host->cpu_vendor, "GenuineIntel") == 0;
    return bits > 40 || (intel && (bits == 36 || bits == 39)) || (is_amd(query) && bits == 40);
}

/* The end of the guest's memory: q35 has 2 GiB of it below 4 GiB where it is 2.75 GiB or more. */
static guint64
memory_end(const VfgSizingQuery *query, guint64 hole)
{
    gboolean split = query->memory >= 2 * GIB + 768 * MIB;
    guint64 above = split ? query->memory - 2 * GIB : 0;
    guint64 start = 4 * GIB;
    if (is_amd(query) && align_up(start + above, GIB) + hole > AMD_RESERVED)
        start = AMD_MEMORY;
    return align_up(start + above, GIB);
}

/* Where a window of that size, which is aligned to itself, ends. */
static guint64
window_end(const VfgSizingQuery *query, guint64 window)
{
    guint64 start = align_up(memory_end(query, window), window);
    if (is_amd(query) && start < AMD_MEMORY && start + window > AMD_RESERVED)
        start = align_up(AMD_MEMORY, window);
    return start + window;
}

static guint64
offered(const VfgSizingQuery *query, guint bits, VfgOvmfRule rule)
{
    gboolean large_pages = !query->kvm || query->host->cpu_1g_pages;
    guint usable = MIN(bits, large_pages ? MAX_FIRMWARE_BITS : MAX_SMALL_PAGE_BITS);
    if (rule == VFG_OVMF_FIXED || !bits_are_believed(query, bits))
        return DEFAULT_WINDOW;
    guint64 window = 1ULL << (usable - (rule == VFG_OVMF_QUARTER ? 2 : 3));
    gboolean room = window_end(query, DEFAULT_WINDOW) - DEFAULT_WINDOW + window < 1ULL << usable;
    return room ? MAX(window, DEFAULT_WINDOW) : DEFAULT_WINDOW;
}

static void
find_offered(const VfgSizingQuery *query, VfgSizing *sizing)
{
    VfgOvmfRule least = query->rule, most = query->rule;
    if (query->rule == VFG_OVMF_UNKNOWN || query->rule == VFG_OVMF_FRACTION) {
        least = query->rule == VFG_OVMF_UNKNOWN ? VFG_OVMF_FIXED : VFG_OVMF_EIGHTH;
        most = VFG_OVMF_QUARTER;
        sizing->unknowns |= VFG_SIZING_NO_FIRMWARE;
    }
    sizing->window_min = offered(query, sizing->guest_bits, least);
    /* edk2-stable202211 does not keep off AMD's range, which is then the window's end. */
    if (query->rule == VFG_OVMF_FRACTION && is_amd(query) && sizing->window_min == AMD_MEMORY / 8)
        sizing->window_min -= AMD_MEMORY - AMD_RESERVED;
    sizing->window_max = offered(query, sizing->guest_bits, most);
}

/* What is set is a minimum to some newer builds and the size to others (Debian's 2025.02, seen in
 * the lab): enough in each, so it does no harm where it was not needed. QEMU's hole must reach as
 * far for the guest's kernel, and a hole beyond the CPU's bits keeps QEMU from starting ("phys-bits
 * too low"). */
static void
settle(const VfgSizingQuery *query, VfgSizing *sizing)
{
    guint64 window = window_for(sizing->needs64);
    gboolean placed = window <= sizing->window_min;
    guint64 end = window_end(query, window);
    guint firmware_bits = MIN(sizing->guest_bits, MAX_FIRMWARE_BITS);
    if (!placed && end > 1ULL << sizing->guest_bits)
        sizing->fits = FALSE;
    if (!sizing->fits)
        return;
    if (window > DEFAULT_WINDOW && memory_end(query, window) + window <= 1ULL << sizing->guest_bits)
        sizing->hole_size = window;
    if (placed)
        return;
    sizing->needs_realloc = window > MAX_FW_CFG || end > 1ULL << firmware_bits;
    sizing->fw_cfg_mib = sizing->needs_realloc ? 0 : window / MIB;
}

VfgSizing
vfg_sizing_compute(const VfgSizingQuery *query)
{
    VfgSizing sizing = {.fits = TRUE};
    sum_needs(query->gpus, &sizing);
    if (g_strcmp0(query->host->arch, "aarch64") == 0) {
        vfg_sizing_place_virt(query, &sizing);
        return sizing;
    }
    if (g_strcmp0(query->host->arch, "x86_64") != 0) {
        sizing.unknowns |= VFG_SIZING_NO_RULE;
        return sizing;
    }
    sizing.guest_bits = query->kvm ? query->host->cpu_physical_bits : TCG_BITS;
    sizing.fits = sizing.needs32 <= SPACE32;
    if (sizing.guest_bits < 32 || sizing.guest_bits > 52) {
        sizing.guest_bits = 0;
        sizing.window_min = sizing.window_max = DEFAULT_WINDOW;
        sizing.unknowns |= VFG_SIZING_NO_BITS;
        return sizing;
    }
    find_offered(query, &sizing);
    if (sizing.needs64)
        settle(query, &sizing);
    sizing.impossible = is_impossible(query, sizing.guest_bits);
    sizing.fits &= !sizing.impossible;
    return sizing;
}

char *
vfg_size_format(guint64 bytes)
{
    guint64 mib = align_up(bytes, MIB) / MIB;
    if (mib < 1024)
        return g_strdup_printf("%" G_GUINT64_FORMAT " MiB", mib);
    if (mib % 1024 == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT " GiB", mib / 1024);
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%02u GiB", mib / 1024,
                           (guint)(mib % 1024 * 100 / 1024));
}
