/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Why a VM did not boot: what the emulator, libvirt and the kernel said, looked up in the error
 * catalogue. */

#pragma once

#include "app.h"
#include "kmsg.h"

/* The kernel's log from now on, to be freed by the caller; NULL where it can't be read, which is no
 * error. */
VfgKmsg *vfg_boot_failure_mark(const VfgApp *app);

/* Puts cause and fix in front of the failure's text, which stays behind them as the detail: where
 * an entry of the catalogue knows that text, or what the kernel has logged since `mark` (may be
 * NULL). `gpus` (of const VfgGpu *) are those of the VM: of other devices' troubles nothing is
 * said. */
void vfg_boot_failure_explain(const VfgApp *app, VfgKmsg *mark, const GPtrArray *gpus,
                              GError *failure);
