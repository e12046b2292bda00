/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Builds and keeps config spaces. Offsets and bits: PCI Express Base Specification 4.0, chapter 7,
 * with the names that linux/pci_regs.h gives them. */

#include "config-space.h"

#include <linux/pci_regs.h>
#include <string.h>

/* The capabilities' places are those of NVIDIA's cards; nothing depends on them. */
enum {
    PM_AT = 0x60,
    MSI_AT = 0x68,
    PCIE_AT = 0x78,
    MSIX_AT = 0xc8,
    EXTENDED_FIRST = 0x100,
    EXTENDED_STEP = 0x40,
};

/* NVIDIA's cards show their audio function when bit 25 of this register is set; Linux writes it
 * (drivers/pci/quirks.c, quirk_nvidia_hda). */
enum { VENDOR_NVIDIA = 0x10de, NVIDIA_HDA_ENABLE = 0x488 };

/* The lists of capabilities under construction. */
typedef struct {
    VfgVgpuConfigSpace *config;
    guint next;          /* where the next capability's offset is to be written */
    guint last_extended; /* offset of the last extended capability, 0: none yet */
} Builder;

static void
put(VfgVgpuConfigSpace *config, guint offset, guint64 value, guint size)
{
    guint64 bytes = GUINT64_TO_LE(value);
    memcpy(config->bytes + offset, &bytes, size);
}

static void
allow(VfgVgpuConfigSpace *config, guint offset, guint64 mask, guint size)
{
    guint64 bytes = GUINT64_TO_LE(mask);
    memcpy(config->writable + offset, &bytes, size);
}

static void
add_header(VfgVgpuConfigSpace *config, const VfgVgpuFunction *function, gboolean multifunction)
{
    put(config, PCI_VENDOR_ID, function->vendor, 2);
    put(config, PCI_DEVICE_ID, function->device, 2);
    allow(config, PCI_COMMAND,
          PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
              PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE,
          2);
    put(config, PCI_CLASS_REVISION, function->class_code << 8 | function->revision, 4);
    allow(config, PCI_CACHE_LINE_SIZE, 0xff, 1);
    put(config, PCI_HEADER_TYPE, multifunction ? 0x80 : 0, 1);
    put(config, PCI_SUBSYSTEM_VENDOR_ID, function->subsystem_vendor, 2);
    put(config, PCI_SUBSYSTEM_ID, function->subsystem_device, 2);
    allow(config, PCI_INTERRUPT_LINE, 0xff, 1);
    put(config, PCI_INTERRUPT_PIN, function->interrupt_pin, 1);
}

/* All bits of an address below the BAR's size are fixed, which is how software learns the size. */
static void
add_bars(VfgVgpuConfigSpace *config, const VfgVgpuFunction *function)
{
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++) {
        const VfgVgpuBar *bar = &function->bars[i];
        guint offset = PCI_BASE_ADDRESS_0 + 4 * i;
        guint32 low = 0;
        if (bar->kind == VFG_VGPU_BAR_NONE)
            continue;
        if (bar->kind == VFG_VGPU_BAR_IO)
            low = PCI_BASE_ADDRESS_SPACE_IO;
        if (bar->kind == VFG_VGPU_BAR_MEM64)
            low |= PCI_BASE_ADDRESS_MEM_TYPE_64;
        if (bar->prefetchable)
            low |= PCI_BASE_ADDRESS_MEM_PREFETCH;
        put(config, offset, low, 4);
        allow(config, offset, ~(bar->size - 1), bar->kind == VFG_VGPU_BAR_MEM64 ? 8 : 4);
    }
}

static void
add_capability(Builder *builder, guint offset, guint8 id)
{
    put(builder->config, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
    put(builder->config, builder->next, offset, 1);
    put(builder->config, offset + PCI_CAP_LIST_ID, id, 1);
    builder->next = offset + PCI_CAP_LIST_NEXT;
}

static void
add_pm(Builder *builder, gboolean no_soft_reset)
{
    add_capability(builder, PM_AT, PCI_CAP_ID_PM);
    put(builder->config, PM_AT + PCI_PM_PMC, 3, 2); /* version 3 */
    put(builder->config, PM_AT + PCI_PM_CTRL, no_soft_reset ? PCI_PM_CTRL_NO_SOFT_RESET : 0, 2);
    /* A driver that can't leave D3 would find a dead device. */
    allow(builder->config, PM_AT + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK, 2);
}

static void
add_msi(Builder *builder, guint vectors)
{
    guint shift = g_bit_storage(vectors) - 1;
    add_capability(builder, MSI_AT, PCI_CAP_ID_MSI);
    put(builder->config, MSI_AT + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | shift << 1, 2);
    allow(builder->config, MSI_AT + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE, 2);
    allow(builder->config, MSI_AT + PCI_MSI_ADDRESS_LO, 0xfffffffc, 4);
    allow(builder->config, MSI_AT + PCI_MSI_ADDRESS_HI, 0xffffffff, 4);
    allow(builder->config, MSI_AT + PCI_MSI_DATA_64, 0xffff, 2);
}

/* A version 2 endpoint on a link of 16 lanes at 8 GT/s, with the abilities that cards report. */
static void
add_pcie(Builder *builder, gboolean flr)
{
    VfgVgpuConfigSpace *config = builder->config;
    guint32 device = PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_EXT_TAG | PCI_EXP_DEVCAP_L0S |
                     PCI_EXP_DEVCAP_L1 | 1; /* payloads of up to 256 bytes */
    add_capability(builder, PCIE_AT, PCI_CAP_ID_EXP);
    put(config, PCIE_AT + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4, 2);
    put(config, PCIE_AT + PCI_EXP_DEVCAP, device | (flr ? PCI_EXP_DEVCAP_FLR : 0), 4);
    put(config, PCIE_AT + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN, 2);
    /* Initiate FLR always reads as zero, so it is not in the mask. */
    allow(config, PCIE_AT + PCI_EXP_DEVCTL, 0x7fff, 2);
    put(config, PCIE_AT + PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS_8_0GB | 16 << 4 | PCI_EXP_LNKCAP_ASPMS,
        4);
    allow(config, PCIE_AT + PCI_EXP_LNKCTL,
          PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES, 2);
    put(config, PCIE_AT + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS_8_0GB | 16 << 4 | PCI_EXP_LNKSTA_SLC,
        2);
    put(config, PCIE_AT + PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS, 4);
    allow(config, PCIE_AT + PCI_EXP_DEVCTL2,
          PCI_EXP_DEVCTL2_COMP_TIMEOUT | PCI_EXP_DEVCTL2_COMP_TMOUT_DIS, 2);
    put(config, PCIE_AT + PCI_EXP_LNKCAP2,
        PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB | PCI_EXP_LNKCAP2_SLS_8_0GB, 4);
    put(config, PCIE_AT + PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TLS_8_0GT, 2);
    config->flr = flr ? PCIE_AT + PCI_EXP_DEVCTL + 1 : 0;
}

static void
add_msix(Builder *builder, const VfgVgpuMsix *msix)
{
    add_capability(builder, MSIX_AT, PCI_CAP_ID_MSIX);
    put(builder->config, MSIX_AT + PCI_MSIX_FLAGS, msix->vectors - 1, 2);
    allow(builder->config, MSIX_AT + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_MASKALL | PCI_MSIX_FLAGS_ENABLE,
          2);
    put(builder->config, MSIX_AT + PCI_MSIX_TABLE, msix->table_offset | msix->table_bar, 4);
    put(builder->config, MSIX_AT + PCI_MSIX_PBA, msix->pba_offset | msix->pba_bar, 4);
}

/* Writes the header of an extended capability of version 1, links it to the one before, and gives
 * its offset. */
static guint
add_extended(Builder *builder, guint16 id)
{
    guint offset = builder->last_extended ? builder->last_extended + EXTENDED_STEP : EXTENDED_FIRST;
    if (builder->last_extended) {
        /* bits 20 to 31 of the header before; bits 16 to 19 are its version, 1 */
        put(builder->config, builder->last_extended + 2, offset << 4 | 1, 2);
    }
    put(builder->config, offset, id | 1u << 16, 4);
    builder->last_extended = offset;
    return offset;
}

static void
add_serial_number(Builder *builder, guint64 number)
{
    guint offset = add_extended(builder, PCI_EXT_CAP_ID_DSN);
    put(builder->config, offset + 4, number, 8);
}

/* Sizes from 64 MiB up to the BAR's own, which is the current one. The register that would set
 * another is read-only: QEMU's client offers its guest the current size alone
 * (vfio_setup_rebar_ecap), and the memory behind the BAR doesn't grow. */
static void
add_resizable_bar(Builder *builder, guint index, guint64 size)
{
    guint offset = add_extended(builder, PCI_EXT_CAP_ID_REBAR);
    guint current = g_bit_storage(size >> 20) - 1; /* the size is 2^current MiB */
    guint32 sizes = 0;
    for (guint i = 6; i <= current; i++)
        sizes |= 1u << (4 + i);
    put(builder->config, offset + PCI_REBAR_CAP, sizes, 4);
    put(builder->config, offset + PCI_REBAR_CTRL,
        index | 1 << PCI_REBAR_CTRL_NBAR_SHIFT | current << 8, 4);
}

void
vfg_vgpu_config_space_init(VfgVgpuConfigSpace *config, const VfgVgpuFunction *function,
                           gboolean multifunction)
{
    Builder builder = {config, PCI_CAPABILITY_LIST, 0};
    memset(config, 0, sizeof *config);
    add_header(config, function, multifunction);
    add_bars(config, function);
    if (function->has_pm)
        add_pm(&builder, function->no_soft_reset);
    if (function->msi_vectors)
        add_msi(&builder, function->msi_vectors);
    if (function->has_pcie)
        add_pcie(&builder, function->has_flr);
    if (function->msix.vectors)
        add_msix(&builder, &function->msix);
    if (function->has_serial_number)
        add_serial_number(&builder, function->serial_number);
    if (function->resizable_bar >= 0)
        add_resizable_bar(&builder, (guint)function->resizable_bar,
                          function->bars[function->resizable_bar].size);
    if (function->vendor == VENDOR_NVIDIA)
        allow(config, NVIDIA_HDA_ENABLE, 0xffffffff, 4);
    memcpy(config->initial, config->bytes, sizeof config->bytes);
}

void
vfg_vgpu_config_space_read(const VfgVgpuConfigSpace *config, guint offset, guint8 *data,
                           guint count)
{
    memcpy(data, config->bytes + offset, count);
}

gboolean
vfg_vgpu_config_space_write(VfgVgpuConfigSpace *config, guint offset, const guint8 *data,
                            guint count)
{
    gboolean flr = FALSE;
    for (guint i = 0; i < count; i++) {
        guint8 mask = config->writable[offset + i];
        guint8 *byte = &config->bytes[offset + i];
        *byte = (guint8)((*byte & ~mask) | (data[i] & mask));
        if (config->flr && offset + i == config->flr && data[i] & PCI_EXP_DEVCTL_BCR_FLR >> 8)
            flr = TRUE;
    }
    return flr;
}

void
vfg_vgpu_config_space_reset(VfgVgpuConfigSpace *config)
{
    memcpy(config->bytes, config->initial, sizeof config->bytes);
}
