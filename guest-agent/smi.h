/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A child that prints lines for as long as it runs: nvidia-smi in its loop mode. */

#pragma once

#include <glib.h>

typedef struct VfgSmi VfgSmi;

typedef void (*VfgSmiLineFunc)(const char *line, gpointer data);

/* Starts `words` (found in PATH) and gives each line of its output to `func`, in the default main
 * context, until it ends; a line over 4 KiB is cut. NULL where it can't be started. */
VfgSmi *vfg_smi_new(const char *const *words, VfgSmiLineFunc func, gpointer data, GError **error);

/* Ends the child where it still runs. */
void vfg_smi_free(VfgSmi *smi);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSmi, vfg_smi_free)

/* Whether its output is still open. */
gboolean vfg_smi_runs(const VfgSmi *smi);
