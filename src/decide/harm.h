/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host would lose with a function: filesystems, swap, the default route, the processes
 * that have it open. */

#pragma once

#include "consent.h"
#include "gpu.h"

/* What the host uses a function for, "/ is mounted from it (nvme0n1p2), the default route goes
 * through it (eth0)"; "" for nothing. The caller frees it. */
char *vfg_harm_list_usages(const VfgHost *host, VfgPciAddress address);

/* Refuses a function (VFG_ERROR_REFUSED) that carries a mounted filesystem, swap or the default
 * route, for which there is no consent; also one that may carry them, of a class that does, where
 * not everything that is used could be traced to its function. */
gboolean vfg_harm_refuse_used(const VfgHost *host, const VfgPciFunction *function,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the holder lets go when its device goes away: sound servers have each card's files open
 * all the time and close them when they are told that it is gone. */
gboolean vfg_harm_is_patient(const VfgHolder *holder);

/* Appends "process 812 (Xorg, user 0) has /dev/dri/card0 open", behind "; " where there is text. */
void vfg_harm_append_holder(GString *out, const VfgHolder *holder);

/* All who have a function open, patient or not, in that form; "" for none. The caller frees it. */
char *vfg_harm_list_holders(const VfgHost *host, VfgPciAddress address);

/* Refuses a GPU that processes have open, unless the consent is for that, naming each of them and
 * its user. A GPU that is with vfio-pci is not asked: the group's file tells. */
gboolean vfg_harm_refuse_open(const VfgHost *host, const VfgGpu *gpu, const VfgConsent *consent,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds to `notes` (of char *) what else one should know before NVIDIA's driver loses a GPU: who has
 * its common files open, and what else its modules are used by. */
void vfg_harm_note_modules(const VfgHost *host, const VfgGpu *gpu, GPtrArray *notes);
