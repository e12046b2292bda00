/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Why a VM did not boot: what the emulator, libvirt and the kernel said, looked up in the error
 * catalogue. */

#pragma once

#include "app.h"

/* Where the kernel's log ends now. */
typedef struct VfgLogMark VfgLogMark;

/* NULL where the log can't be read; that is no error. */
VfgLogMark *vfg_log_mark_new(const VfgApp *app);
void vfg_log_mark_free(VfgLogMark *mark);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgLogMark, vfg_log_mark_free)

/* Puts cause and fix in front of the failure's text, which stays behind them as the detail: where
 * an entry of the catalogue knows that text, or what the kernel has logged since `mark` (may be
 * NULL). `gpus` (of const VfgGpu *) are those of the VM: of other devices' troubles nothing is
 * said. */
void vfg_boot_failure_explain(const VfgApp *app, const VfgLogMark *mark, const GPtrArray *gpus,
                              GError *failure);
