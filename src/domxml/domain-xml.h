/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The libvirt domain XML of a VM definition (https://libvirt.org/formatdomain.html), and what is
 * read out of libvirt's. */

#pragma once

#include "gpu.h"
#include "locality.h"
#include "sizing.h"
#include "vmdef.h"

/* What the definition leaves open: settled for this host. */
typedef struct {
    gboolean kvm;            /* else TCG */
    const char *arch;        /* "x86_64" or "aarch64" */
    const char *uuid;        /* of the domain that libvirt has of that name, or NULL */
    const GPtrArray *macs;   /* of char *: of its network cards, in order; NULL: libvirt chooses */
    const GPtrArray *gpus;   /* of const VfgGpu *, in the vmdef's order; the whole cards go in */
    const GPtrArray *disks;  /* of char *: absolute paths, in the vmdef's order */
    const char *seed;        /* absolute path of the CD-ROM with the agent, or NULL */
    const VfgSizing *sizing; /* of those GPUs, or NULL: the 64-bit window is left as it is */
    const VfgLocality *locality; /* NULL: anywhere, in ordinary pages */
} VfgPlacement;

/* The domain XML; the caller frees it. An error names what of <libvirt> can't be merged. */
char *vfg_domain_xml_build(const VfgVmdef *vmdef, const VfgPlacement *placement,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where the VNC screen of a running domain is, "127.0.0.1:5900", read from its live XML; NULL where
 * it has none. The caller frees it. */
char *vfg_domain_xml_get_vnc(const char *xml);

/* What a domain keeps when it is defined anew: *uuid, NULL where there is none, and *macs, an array
 * of char *, those of its network cards. The caller frees both. */
void vfg_domain_xml_get_identity(const char *xml, char **uuid, GPtrArray **macs);

/* The firmware's image; NULL where libvirt has not chosen one. The caller frees it. */
char *vfg_domain_xml_get_loader(const char *xml);

/* The NVRAM file of a domain; NULL where libvirt has not settled on one. The caller frees it. */
char *vfg_domain_xml_get_nvram(const char *xml);

/* The PCI addresses of a domain's hostdevs, an array of VfgPciAddress, empty where there are none.
 */
GArray *vfg_domain_xml_get_hostdevs(const char *xml);
