/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A PCI function as it was found: facts, no opinion. */

#pragma once

#include "pci-address.h"
#include "pci-caps.h"

#include <jansson.h>

/* Class codes, base class and subclass (PCI Code and ID Assignment Specification, revision 1.15,
 * section 1). */
#define VFG_PCI_CLASS_NETWORK 0x02
#define VFG_PCI_CLASS_DISPLAY 0x03
#define VFG_PCI_CLASS_AUDIO 0x0403
#define VFG_PCI_CLASS_BRIDGE 0x06
#define VFG_PCI_CLASS_BRIDGE_HOST 0x0600
#define VFG_PCI_CLASS_BRIDGE_PCI 0x0604
#define VFG_PCI_CLASS_USB 0x0c03
#define VFG_PCI_CLASS_SERIAL_OTHER 0x0c80 /* where NVIDIA and AMD put the UCSI function */
#define VFG_PCI_CLASS_ACCELERATOR 0x1200

#define VFG_PCI_MAX_BARS 6

typedef enum {
    VFG_PCI_BAR_IO,
    VFG_PCI_BAR_MEM32,
    VFG_PCI_BAR_MEM64,
} VfgPciBarKind;

typedef struct {
    guint index;
    VfgPciBarKind kind;
    gboolean prefetchable;
    gboolean assigned; /* the kernel gave it an address */
    guint64 size;      /* bytes */
    guint64 address;   /* 0 where not assigned */
} VfgPciBar;

/* What a bridge lets through to the buses below it. */
typedef struct {
    gboolean open;      /* else the others are 0: the bridge has no such window, or it is closed */
    gboolean wide;      /* the bridge can have it above 4 GiB */
    guint64 start, end; /* both inclusive */
} VfgPciWindow;

/* A PCI Express link; 0 where unknown or no link. */
typedef struct {
    guint speed; /* in tenths of GT/s: 25, 50, 80, 160, 320, 640 */
    guint width; /* lanes */
} VfgPciLink;

typedef struct {
    VfgPciAddress address;
    gboolean brief; /* of no card, and none's neighbour: revision, override, node, BARs and windows
                       were not read */
    guint16 vendor, device;
    gboolean has_subsystem; /* else the next two are unknown */
    guint16 subvendor, subdevice;
    guint32 class_code; /* base class, subclass, programming interface: 0x030200 */
    guint8 revision;
    gboolean is_bridge;    /* a PCI-to-PCI or host bridge: never bound */
    gboolean stuck;        /* a driver hangs in it: the kernel did not say its driver_override */
    gboolean boot_display; /* the firmware's VGA device (sysfs boot_vga) */
    int numa_node;         /* -1: none or unknown */
    int iommu_group;       /* -1: none */
    char *driver;          /* NULL: no driver */
    char *driver_override; /* NULL: none */
    char *name;            /* vendor and device from pci.ids, or NULL */
    guint n_bars;
    VfgPciBar bars[VFG_PCI_MAX_BARS];
    guint64 rom_size;         /* bytes of the expansion ROM's BAR; 0: none */
    VfgPciWindow io_window;   /* of bridges */
    VfgPciWindow mem_window;  /* not prefetchable, always below 4 GiB on the bus */
    VfgPciWindow pref_window; /* prefetchable; where 64-bit BARs go */
    gboolean has_parent;      /* else it sits on a root bus, or where it sits is unknown */
    VfgPciAddress parent;     /* the bridge directly above */

    /* What follows is read only where `detailed` is set: display functions, their slots and
     * groups, and the bridges above. */
    gboolean detailed;
    gboolean asleep;   /* runtime suspended or in D3cold: what only the awake device can say (caps,
                          links) was left alone */
    char *power_state; /* "D0", "D3hot", "D3cold", …; NULL unknown (Linux before 5.11) */
    char *reset_methods; /* "flr bus", in the order tried; NULL: none, or unknown (before 5.15) */
    VfgPciCaps *caps;    /* NULL: the config space could not be read, or asleep */
    VfgPciLink link, link_max;   /* now, and what the function is capable of */
    guint sriov_total, sriov_on; /* virtual functions: at most, and there now */
    gboolean is_virtual_function;
    VfgPciAddress physical_function; /* of a virtual function */
} VfgPciFunction;

VfgPciFunction *vfg_pci_function_new(VfgPciAddress address);
void vfg_pci_function_free(VfgPciFunction *function);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgPciFunction, vfg_pci_function_free)

/* Base class and subclass: 0x0302. */
guint vfg_pci_function_class(const VfgPciFunction *function);

/* Class 03xx, or 1200 (accelerators such as the MI300X). */
gboolean vfg_pci_function_is_display(const VfgPciFunction *function);

/* Fills the BARs, the ROM's size and the windows from the text of a sysfs `resource` file: a line
 * "start end flags" a resource, the first six of which are BARs, the seventh the ROM; a bridge's
 * windows are the last four of 11 or, where the kernel has CONFIG_PCI_IOV, of 17 (resource_show()
 * in Linux' drivers/pci/pci-sysfs.c, enum in include/linux/pci.h). The flags are the kernel's
 * (include/linux/ioport.h). Lines that are missing leave their resource out; a line that can't be
 * read is an error and changes nothing. */
gboolean vfg_pci_function_parse_resource(VfgPciFunction *function, const char *text,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* {"index","size","kind":"io"|"mem32"|"mem64","prefetchable","assigned"} for each BAR, in an array;
 * a new reference. */
json_t *vfg_pci_function_bars_to_json(const VfgPciFunction *function);

/* An id as four hexadecimal digits; a new reference. */
json_t *vfg_pci_id_to_json(guint16 id);
