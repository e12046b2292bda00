/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What `nvidia-smi -q -x -l` says of counters: one XML document after the other, of which only the
 * elements of the counters are looked at (nvsmi_device.dtd, which nvidia-smi prints with --dtd; the
 * names are those of versions 6 to 12). A counter that a GPU has not is "N/A". */

#pragma once

#include "counters.h"

/* NULL-terminated, to be found in PATH. docs/EVENTS.md says why it is this program. */
#define VFG_SMI_WORDS ((const char *const[]){"nvidia-smi", "-q", "-x", "-l", "30", NULL})

/* One such document. */
#define VFG_SMI_ONCE ((const char *const[]){"nvidia-smi", "-q", "-x", NULL})

typedef struct VfgSmiLog VfgSmiLog;

/* Gives the readings of each GPU to `func`, in the order of the document. */
VfgSmiLog *vfg_smi_log_new(VfgReadingFunc func, gpointer data);
void vfg_smi_log_free(VfgSmiLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSmiLog, vfg_smi_log_free)

/* Takes a line of the output. What is no such document is passed over up to the next one. */
void vfg_smi_log_take(VfgSmiLog *log, const char *line);
