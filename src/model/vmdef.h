/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM definition: what the user wrote in vmdefs/NAME.xml, with the defaults filled in
 * (docs/VMDEF.md). Read from XML by src/domxml/vmdef-read. */

#pragma once

#include "configure.h"

typedef enum {
    VFG_ACCEL_AUTO, /* KVM where libvirt offers it, else TCG */
    VFG_ACCEL_KVM,
    VFG_ACCEL_TCG,
} VfgAccel;

typedef enum {
    VFG_HUGEPAGES_AUTO, /* where enough are free on the GPU's NUMA node */
    VFG_HUGEPAGES_YES,  /* not without */
    VFG_HUGEPAGES_NO,
} VfgHugepagesUse;

typedef struct {
    char *file; /* absolute, or relative to the images directory */
    char *from; /* base image to make it from, or NULL */
    char *format;
    guint64 size; /* bytes when it is made; 0: as large as `from` */
} VfgVmdefDisk;

typedef enum {
    VFG_NETWORK_USER,    /* the emulator's own NAT: no privilege needed */
    VFG_NETWORK_BRIDGE,  /* `source` is a bridge of the host */
    VFG_NETWORK_NETWORK, /* `source` is a libvirt network */
} VfgNetworkKind;

typedef struct {
    VfgNetworkKind kind;
    char *source; /* NULL for VFG_NETWORK_USER */
    char *mac;    /* NULL: libvirt chooses one */
} VfgVmdefNetwork;

typedef struct {
    char *name;
    guint64 memory; /* bytes */
    VfgHugepagesUse hugepages;
    guint vcpu;
    gboolean hide_kvm;
    VfgAccel accel;
    GPtrArray *disks;    /* of VfgVmdefDisk, at least one */
    GPtrArray *gpus;     /* of char *: selectors */
    GPtrArray *networks; /* of VfgVmdefNetwork */
    char *vnc_listen;    /* NULL: no VNC */
    VfgConfigure *guest; /* what is wanted of it */
    char *libvirt; /* the <libvirt> element as text, to be merged into the domain XML, or NULL */
} VfgVmdef;

/* An empty definition with the defaults: 1 vCPU, VNC on loopback, profile "none". */
VfgVmdef *vfg_vmdef_new(void);
void vfg_vmdef_free(VfgVmdef *vmdef);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVmdef, vfg_vmdef_free)

/* Add an element to a list; strings are copied, NULL where the header above allows it. */
void vfg_vmdef_add_disk(VfgVmdef *vmdef, const char *file, const char *from, const char *format,
                        guint64 size);
void vfg_vmdef_add_network(VfgVmdef *vmdef, VfgNetworkKind kind, const char *source,
                           const char *mac);

/* Whether `name` may name a VM: 1–64 letters, digits, '.', '_', '-', not starting with '.' or '-'.
 * It becomes a file name and a libvirt domain's name. */
gboolean vfg_vmdef_name_is_valid(const char *name);
