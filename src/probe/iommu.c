/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The IOMMU. */

#include "iommu.h"

#include <string.h>

#define INTERRUPTS_MAX (64 << 20) /* a line an interrupt, a column a CPU */

/* Documentation/ABI/testing/sysfs-kernel-iommu_groups */
static void
read_group(VfgRoot *root, VfgIommuGroup *group)
{
    g_autofree char *path = g_strdup_printf("/sys/kernel/iommu_groups/%d", group->id);
    g_autoptr(VfgRoot) folder = vfg_root_enter(root, path, NULL);
    if (!folder)
        return;
    g_autofree char *type = vfg_root_read_text(folder, "type", NULL);
    if (type && *type && !g_str_equal(type, "unknown"))
        group->type = g_steal_pointer(&type);
    g_autofree char *regions = vfg_root_read(folder, "reserved_regions", 1 << 16, NULL, NULL);
    if (regions)
        group->regions = vfg_iommu_regions_parse(regions, NULL);
}

/* The interrupt controller in a line of /proc/interrupts: "24:  7  0  IR-PCI-MSI  49152-edge PME".
 * Lines without a number (NMI, LOC) have none. Gives where it starts, or NULL. */
static const char *
find_chip(const char *line)
{
    line += strspn(line, " ");
    gsize digits = strspn(line, "0123456789");
    if (digits == 0 || line[digits] != ':')
        return NULL;
    line += digits + 1;
    for (;;) {
        line += strspn(line, " ");
        digits = strspn(line, "0123456789");
        if (digits == 0 || line[digits] != ' ')
            return line;
        line += digits;
    }
}

/* Controllers behind an interrupt remapping unit are named IR-…, or vIR-… where the unit is virtual
 * (Linux: the prefix of the MSI parent domains in drivers/iommu/intel/irq_remapping.c and
 * drivers/iommu/amd/iommu.c, before 6.2 arch/x86/kernel/apic/msi.c; ioapic_ir_chip in
 * arch/x86/kernel/apic/io_apic.c). DMAR-MSI, the IOMMU's own interrupt, is never remapped. The
 * GIC's ITS keeps devices apart by itself (IRQ_DOMAIN_FLAG_ISOLATED_MSI in
 * drivers/irqchip/irq-gic-v3-its.c). */
static VfgTristate
judge_chip(const char *chip)
{
    static const char *const remapped[] = {"IR-IO-APIC", "IR-PCI-MSI", "vIR-PCI-MSI", "IR-HPET-MSI",
                                           "ITS-"};
    static const char *const plain[] = {"IO-APIC", "PCI-MSI", "HPET-MSI"};
    for (guint i = 0; i < G_N_ELEMENTS(remapped); i++)
        if (g_str_has_prefix(chip, remapped[i]))
            return VFG_YES;
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
        if (g_str_has_prefix(chip, plain[i]))
            return VFG_NO;
    return VFG_UNKNOWN;
}

/* One remapped interrupt is enough: x86 remaps all or none. */
static VfgTristate
read_remapping(VfgRoot *root)
{
    VfgTristate result = VFG_UNKNOWN;
    g_autofree char *text = vfg_root_read(root, "/proc/interrupts", INTERRUPTS_MAX, NULL, NULL);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *chip = find_chip(line);
        VfgTristate one = chip ? judge_chip(chip) : VFG_UNKNOWN;
        if (one == VFG_YES)
            return VFG_YES;
        if (one == VFG_NO)
            result = VFG_NO;
    }
    return result;
}

void
vfg_probe_iommu(VfgRoot *root, VfgHost *host)
{
    for (guint i = 0; i < host->groups->len; i++) {
        VfgIommuGroup *group = g_ptr_array_index(host->groups, i);
        if (group->detailed && !group->type && !group->regions)
            read_group(root, group);
    }
    g_autofree char *unsafe = vfg_root_read_text(
        root, "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", NULL);
    host->unsafe_interrupts = g_strcmp0(unsafe, "Y") == 0;
    host->interrupt_remapping = read_remapping(root);
}
