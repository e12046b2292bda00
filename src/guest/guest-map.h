/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which GPU of the host the guest means by an address. The guest numbers its own buses, and may lie
 * about what it sees: whatever it says, the answer is one of the GPUs that its domain has, or none.
 */

#pragma once

#include "pci-function.h"

/* The GPU of the host at `guest`. `passed` (const VfgPciFunction *): the display functions of the
 * domain's GPUs in the order of its XML, which is that of the guest's slots; `seen`
 * (VfgPciFunction, may be NULL): what the agent reported. GPUs of the same ids are told apart by
 * their order. FALSE where it can't be told. */
gboolean vfg_guest_map(const GPtrArray *passed, const GPtrArray *seen, VfgPciAddress guest,
                       VfgPciAddress *ret) G_GNUC_WARN_UNUSED_RESULT;
