/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A claim: the right to change one GPU or VM, held while a command works on it. It is a lock on a
 * file, which the kernel takes back when the holder dies, whatever way, and all that it had begun
 * has ended: an act that is still under way in the kernel keeps the claim of a command that was
 * killed.
 */

#pragma once

#include "root.h"

typedef struct VfgClaim VfgClaim;

/* Claims `name` (a PCI address or "vm-NAME"), waiting at most `timeout` seconds for another holder;
 * then VFG_ERROR_TIMEOUT names the holder's process, and says so where that is gone. `root` is for
 * looking at processes. */
VfgClaim *vfg_claim_take(VfgRoot *root, const char *state_dir, const char *name, guint timeout,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives the claim back. */
void vfg_claim_free(VfgClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgClaim, vfg_claim_free)
