/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the files of this folder share. */

#pragma once

#include "libvirt-load.h"
#include "virt.h"

#include <libvirt/virterror.h>

struct VfgVirt {
    virConnectPtr connection;
    GThread *loop; /* runs libvirt's event loop: keepalives must be answered while we are busy
                      elsewhere */
    int wake_timer;
    gint stop; /* atomic */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStream, virStreamFree)

/* Sets *error from libvirt's last error, "<what>: <libvirt's message>", the message escaped. */
void vfg_virt_set_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The domain of that name, or NULL with VFG_ERROR_NOT_FOUND. */
virDomainPtr vfg_virt_find(VfgVirt *virt, const char *name, GError **error);
