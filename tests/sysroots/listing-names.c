/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names that stand in listings without numbers. The class names are those of pci.ids. */

#include "listing.h"

#include <string.h>

typedef struct {
    const char *name;
    int number;
} Named;

static int
find_start(const Named *table, gsize n, const char *text)
{
    int best = -1;
    gsize longest = 0;
    for (gsize i = 0; i < n; i++) {
        gsize len = strlen(table[i].name);
        if (len > longest && g_ascii_strncasecmp(text, table[i].name, len) == 0) {
            longest = len;
            best = table[i].number;
        }
    }
    return best;
}

static int
find_within(const Named *table, gsize n, const char *text)
{
    for (gsize i = 0; i < n; i++)
        if (strstr(text, table[i].name))
            return table[i].number;
    return -1;
}

int
class_by_name(const char *name)
{
    static const Named classes[] = {
        {"Non-VGA unclassified device", 0x0000},
        {"VGA compatible unclassified device", 0x0001},
        {"SCSI storage controller", 0x0100},
        {"IDE interface", 0x0101},
        {"Floppy disk controller", 0x0102},
        {"RAID bus controller", 0x0104},
        {"ATA controller", 0x0105},
        {"SATA controller", 0x0106},
        {"Serial Attached SCSI controller", 0x0107},
        {"Non-Volatile memory controller", 0x0108},
        {"Mass storage controller", 0x0180},
        {"Ethernet controller", 0x0200},
        {"Infiniband controller", 0x0207},
        {"Fabric controller", 0x0208},
        {"Network controller", 0x0280},
        {"VGA compatible controller", 0x0300},
        {"XGA compatible controller", 0x0301},
        {"3D controller", 0x0302},
        {"Display controller", 0x0380},
        {"Multimedia video controller", 0x0400},
        {"Multimedia audio controller", 0x0401},
        {"Audio device", 0x0403},
        {"Multimedia controller", 0x0480},
        {"RAM memory", 0x0500},
        {"Memory controller", 0x0580},
        {"Host bridge", 0x0600},
        {"ISA bridge", 0x0601},
        {"PCI bridge", 0x0604},
        {"CardBus bridge", 0x0607},
        {"Semi-transparent PCI-to-PCI bridge", 0x0609},
        {"Bridge", 0x0680},
        {"Serial controller", 0x0700},
        {"Parallel controller", 0x0701},
        {"Modem", 0x0703},
        {"Communication controller", 0x0780},
        {"PIC", 0x0800},
        {"IOMMU", 0x0806},
        {"SD Host controller", 0x0805},
        {"Generic system peripheral", 0x0807},
        {"System peripheral", 0x0880},
        {"DMA controller", 0x0801},
        {"Timer", 0x0802},
        {"RTC", 0x0803},
        {"PCI Hot-plug controller", 0x0804},
        {"FireWire", 0x0c00},
        {"USB controller", 0x0c03},
        {"Fibre Channel", 0x0c04},
        {"SMBus", 0x0c05},
        {"InfiniBand", 0x0c06},
        {"IPMI Interface", 0x0c07},
        {"Serial bus controller", 0x0c80},
        {"Wireless controller", 0x0d80},
        {"Encryption controller", 0x1080},
        {"Performance counters", 0x1101},
        {"Signal processing controller", 0x1180},
        {"Processing accelerators", 0x1200},
        {"Non-Essential Instrumentation", 0x1300},
        {"Co-processor", 0x4000},
        {"Unassigned class", 0xff00},
    };
    return find_start(classes, G_N_ELEMENTS(classes), name);
}

/* The first word that fits decides, so the order matters: "HD Audio Controller [Radeon …]". */
int
class_by_title(const char *title)
{
    static const Named words[] = {
        {"Host Bridge", 0x0600},
        {"Root Complex", 0x0600},
        {"Data Fabric", 0x0600},
        {"IOMMU", 0x0806},
        {"Audio", 0x0403},
        {"USB Type-C", 0x0c80},
        {"UCSI", 0x0c80},
        {"USB", 0x0c03},
        {"xHCI", 0x0c03},
        {"NVMe", 0x0108},
        {"SATA", 0x0106},
        {"Serial ATA", 0x0106},
        {"SMBus", 0x0c05},
        {"LPC", 0x0601},
        {"Ethernet", 0x0200},
        {"Gigabit", 0x0200},
        {"ConnectX", 0x0200},
        {"Wi-Fi", 0x0280},
        {"Wireless", 0x0280},
        {"Cryptographic", 0x1080},
        {"Dummy Function", 0x1300},
        {"Reserved SPP", 0x1300},
        {"Graphics", 0x0300},
        {"GeForce", 0x0300},
        {"Radeon", 0x0300},
        {"Quadro", 0x0300},
        {"RTX", 0x0300},
        {"Arc A", 0x0300},
        {"Tesla", 0x0302},
        {"Switch", 0x0604},
        {"PCI Express Root", 0x0604},
        {"Bridge", 0x0604},
    };
    int class = find_within(words, G_N_ELEMENTS(words), title);
    return class < 0 ? 0x0880 : class;
}

int
vendor_by_title(const char *title)
{
    static const Named vendors[] = {
        {"Advanced Micro Devices, Inc. [AMD/ATI]", 0x1002},
        {"Advanced Micro Devices, Inc. [AMD]", 0x1022},
        {"ASMedia Technology", 0x1b21},
        {"ASPEED Technology", 0x1a03},
        {"Broadcom / LSI", 0x1000},
        {"Broadcom", 0x14e4},
        {"Hewlett-Packard", 0x103c},
        {"Intel Corporation", 0x8086},
        {"LSI Logic", 0x1000},
        {"Matrox", 0x102b},
        {"Mellanox", 0x15b3},
        {"Micron Technology", 0x1344},
        {"NVIDIA Corporation", 0x10de},
        {"PLDA", 0x1556},
        {"PMC-Sierra", 0x11f8},
        {"Realtek", 0x10ec},
        {"Red Hat, Inc. QEMU", 0x1b36},
        {"Red Hat, Inc. Virtio", 0x1af4},
        {"Samsung", 0x144d},
    };
    return find_start(vendors, G_N_ELEMENTS(vendors), title);
}

static const char *
display_driver(int vendor)
{
    switch (vendor) {
    case 0x10de:
        return "nvidia";
    case 0x1002:
        return "amdgpu";
    case 0x8086:
        return "i915";
    case 0x102b:
        return "mgag200";
    case 0x1a03:
        return "ast";
    case 0x1af4:
        return "virtio-pci";
    default:
        return NULL;
    }
}

static const char *
network_driver(int vendor)
{
    switch (vendor) {
    case 0x10ec:
        return "r8169";
    case 0x15b3:
        return "mlx5_core";
    case 0x14e4:
        return "tg3";
    default:
        return "igb";
    }
}

const char *
usual_driver(const Listed *f)
{
    switch (f->class) {
    case 0x0100:
        return f->vendor == 0x1af4 ? "virtio-pci" : "mptspi";
    case 0x0104:
        return "megaraid_sas";
    case 0x0106:
        return "ahci";
    case 0x0107:
        return "mpt3sas";
    case 0x0108:
        return "nvme";
    case 0x0200:
        return network_driver(f->vendor);
    case 0x0280:
        return "iwlwifi";
    case 0x0403:
        return "snd_hda_intel";
    case 0x0604:
        return "pcieport";
    case 0x0c03:
        return f->prog_if == 0x20 ? "ehci-pci" : f->prog_if == 0x00 ? "uhci_hcd" : "xhci_hcd";
    case 0x0c80:
        return f->vendor == 0x10de ? "nvidia-gpu" : NULL;
    case 0x1080:
        return "ccp";
    default:
        return f->class >> 8 == 0x03 ? display_driver(f->vendor) : NULL;
    }
}
