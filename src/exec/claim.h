/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A claim: the right to change one GPU or VM, held while a command works on it. It is a lock on a
 * file, which the kernel takes back when the holder dies, whatever way. */

#pragma once

#include <glib.h>

typedef struct VfgClaim VfgClaim;

/* Claims `name` (a PCI address or "vm-NAME"), waiting at most `timeout` seconds for another holder;
 * then VFG_ERROR_TIMEOUT names the holder's process. */
VfgClaim *vfg_claim_take(const char *state_dir, const char *name, guint timeout,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives the claim back. */
void vfg_claim_free(VfgClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgClaim, vfg_claim_free)
