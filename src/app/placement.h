/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Settling a VM definition on this host: which GPUs, which accelerator, which files; and its domain
 * XML. */

#pragma once

#include "app.h"
#include "locality.h"
#include "sizing.h"
#include "vmdef.h"

/* The rule by which the VM's firmware sizes its 64-bit window; VFG_OVMF_UNKNOWN where it has no
 * GPU, or its <libvirt> may choose another firmware or CPU than vfiogpu does. Reads firmware images
 * (vfg_probe_ovmf_rule). */
VfgOvmfRule vfg_app_ovmf_rule(const VfgApp *app, const VfgVmdef *vmdef,
                              const VfgHost *host) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    VfgInventory *inventory;
    GPtrArray *gpus;  /* of const VfgGpu *: the vmdef's, in its order */
    GPtrArray *disks; /* of char *: absolute paths */
    gboolean kvm;
    char *seed;            /* where the CD-ROM with the agent is once it is made, or NULL */
    VfgOvmfRule ovmf_rule; /* vfg_app_ovmf_rule */
    VfgSizing sizing;      /* of the GPUs */
    VfgLocality locality;
} VfgSettled;

/* Without libvirt (plans, dumpxml where there is none) /dev/kvm decides about KVM. An error where a
 * selector does not resolve, or the vmdef wants KVM and there is none. */
VfgSettled *vfg_settled_new(VfgApp *app, const VfgVmdef *vmdef, gboolean ask_libvirt,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the GPUs have the drivers yet that they had when the VM was settled. */
gboolean vfg_settled_is_current(const VfgApp *app,
                                const VfgSettled *settled) G_GNUC_WARN_UNUSED_RESULT;

void vfg_settled_free(VfgSettled *settled);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSettled, vfg_settled_free)

/* The domain XML of the VM as settled. A `definition` that libvirt has already (or NULL) gives it
 * its UUID and the addresses of its network cards: the domain stays the same for libvirt and for
 * the networks that it is in. The caller frees it. */
char *vfg_settled_to_xml(const VfgSettled *settled, const VfgVmdef *vmdef, const char *definition,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Both at once, for `dumpxml`: the VM's XML if it started now. */
char *vfg_app_dumpxml(VfgApp *app, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
