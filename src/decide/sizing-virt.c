/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sizing of a guest of QEMU's machine `virt`.
 *
 * Sources: QEMU hw/arm/virt.c, base_memmap, extended_memmap and virt_set_memmap: memory starts at
 * 1 GiB, the regions above it no lower than 256 GiB, each at a multiple of its size, and one that
 * ends beyond the CPU's physical addresses is left out. Seen with `info mtree` of QEMU 7.2 for 1 to
 * 512 GiB of memory. Linux prints a host's bits as "kvm [1]: IPA Size Limit"; /proc/cpuinfo of Arm
 * has none. */

#include "sizing-virt.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* VIRT_PCIE_MMIO, less what the other root ports get. */
#define SPACE32 (0x2eff0000ULL - 64 * MIB)
/* VIRT_HIGH_PCIE_MMIO; newer QEMU can be told to make it larger (highmem-mmio-size). */
#define WINDOW (512 * GIB)
/* VIRT_MEM, and LEGACY_RAMLIMIT_BYTES behind it. */
#define MEMORY_START GIB
#define LEAST_HIGH (256 * GIB)
/* VIRT_HIGH_GIC_REDIST2 and VIRT_HIGH_PCIE_ECAM, which are before the window. */
#define BEFORE_WINDOW (512 * MIB)
/* PARange of the CPU `max` under TCG: 48 bits, 52 since QEMU 7.0. */
#define TCG_BITS 48

static guint64
window_end(guint64 memory)
{
    guint64 memory_end = (MEMORY_START + memory + GIB - 1) / GIB * GIB;
    guint64 start = MAX(LEAST_HIGH, memory_end) + BEFORE_WINDOW;
    return (start + WINDOW - 1) / WINDOW * WINDOW + WINDOW;
}

void
vfg_sizing_place_virt(const VfgSizingQuery *query, VfgSizing *sizing)
{
    sizing->guest_bits = query->kvm ? query->host->cpu_physical_bits : TCG_BITS;
    if (!sizing->guest_bits)
        sizing->unknowns |= VFG_SIZING_NO_BITS;
    gboolean there = !sizing->guest_bits || window_end(query->memory) <= 1ULL << sizing->guest_bits;
    sizing->window_min = sizing->window_max = there ? WINDOW : 0;
    guint64 low = sizing->needs32 + (there ? 0 : sizing->needs64);
    sizing->fits = low <= SPACE32 && (!there || sizing->needs64 <= WINDOW);
}
