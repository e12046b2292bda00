/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A host as it was found: its PCI functions, IOMMU groups, kernel and what it has to run VMs with.
 * Facts only; what they mean is decided in src/decide. */

#pragma once

#include "host-display.h"
#include "host-memory.h"
#include "iomem.h"
#include "iommu-region.h"
#include "module.h"
#include "pci-function.h"
#include "usage.h"

typedef enum {
    VFG_MODULE_MISSING,   /* neither loaded nor installed for the running kernel */
    VFG_MODULE_AVAILABLE, /* installed, not loaded */
    VFG_MODULE_LOADED,    /* loaded or built in */
} VfgModuleState;

typedef enum {
    VFG_UNKNOWN,
    VFG_NO,
    VFG_YES,
} VfgTristate;

typedef struct {
    int id;
    GPtrArray *functions; /* of VfgPciFunction, by address; they belong to the host */
    gboolean detailed;    /* the next two were read: groups of display functions and their slots */
    char *type;           /* default domain: "DMA", "DMA-FQ", "identity", …; NULL unknown */
    GPtrArray *regions;   /* of VfgIommuRegion, reserved addresses; owned; NULL unknown */
} VfgIommuGroup;

typedef struct {
    GPtrArray *functions; /* of VfgPciFunction, by address; owned */
    GPtrArray *groups;    /* of VfgIommuGroup, by id; owned; made by vfg_host_index */
    char *kernel_release; /* "6.1.0-31-amd64", NULL where unknown */
    char *kernel_cmdline; /* NULL where unknown */
    char *cpu_vendor;     /* "GenuineIntel", "AuthenticAMD", … or NULL */
    char *arch;     /* of the host, as libvirt names it: "x86_64", "aarch64"; NULL where unknown */
    char *emulator; /* path of qemu-system-ARCH, NULL where there is none */
    char *uefi_firmware; /* path of a firmware descriptor for UEFI and `arch`, NULL where there is
                            none */
    gboolean iommu_hardware;         /* the kernel drives at least one IOMMU (/sys/class/iommu) */
    gboolean kvm;                    /* /dev/kvm is there */
    VfgTristate interrupt_remapping; /* whether interrupts of devices are checked on their way */
    gboolean unsafe_interrupts;      /* vfio is told to do without interrupt remapping */
    VfgModuleState vfio_pci;

    /* What the host runs on. */
    guint cpu_count;         /* online; 0: unknown */
    guint cpu_physical_bits; /* of an address of the host's CPUs; 0: unknown */
    gboolean hypervisor;     /* the host is itself a guest (x86: CPUID.1:ECX[31]) */
    gboolean cpu_1g_pages;   /* x86: the CPUs have pages of 1 GiB; FALSE: or unknown */
    gboolean uefi_boot;      /* started by UEFI, not BIOS (/sys/firmware/efi) */
    VfgMemory *memory;       /* owned, never NULL */
    GArray *mmio_windows;    /* of VfgMmioWindow, by the host bridges' addresses; NULL: unknown */
    GPtrArray *modules;      /* of VfgModule, loaded ones that matter; NULL: unknown */

    /* What it uses itself. */
    VfgDisplay *display;   /* owned, never NULL */
    GPtrArray *usages;     /* of VfgUsage; owned */
    gboolean mounts_known; /* whether usages could be found for each kind */
    gboolean swaps_known;
    gboolean routes_known;
    GPtrArray *holders; /* of VfgHolder, by process; owned; filled by vfg_probe_holders only */
    gboolean holders_complete; /* every process could be looked at */
} VfgHost;

/* An empty host. */
VfgHost *vfg_host_new(void);
void vfg_host_free(VfgHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgHost, vfg_host_free)

/* Sorts the functions and makes the groups from them; call it once all functions are there. */
void vfg_host_index(VfgHost *host);

/* The function at an address, or NULL. */
const VfgPciFunction *vfg_host_find_function(const VfgHost *host, VfgPciAddress address);

/* The group of that number, or NULL. */
const VfgIommuGroup *vfg_host_find_group(const VfgHost *host, int id);
