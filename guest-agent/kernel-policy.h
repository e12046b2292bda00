/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When a kernel argument of the policy `auto` is wanted, and whether one helped: by the BARs of the
 * GPUs. */

#pragma once

#include <glib.h>

/* Whether `arg` is wanted: a BAR of one of `gpus` (VfgPciFunction) has no address, or the argument
 * stands in `cmdline` (may be NULL) already. What was added for a BAR stays wanted when it helped.
 */
gboolean vfg_kernel_arg_auto(const GPtrArray *gpus, const char *cmdline, const char *arg);

/* What is wrong with the BARs of `gpus`, for who asks why a driver fails: the first one without an
 * address, and whether pci=realloc was tried; *fix gets what would help. NULL where all have one;
 * the caller frees it. */
char *vfg_kernel_bars_explain(const GPtrArray *gpus, const char *cmdline, const char **fix);
