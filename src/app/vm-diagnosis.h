/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the events of a VM come to. */

#pragma once

#include "app.h"
#include "diagnosis.h"
#include "store.h"

/* The diagnosis of what the guest's newest boot and, in that time, the host's own log said of the
 * VM's GPUs; by the host's addresses, so that both sides' words about one GPU are one incident.
 * What programs wrote does not count. NULL without an error: there are no events. */
VfgDiagnosis *vfg_app_diagnose_vm(const VfgApp *app, const char *vm, GError **error);

/* The line of an event with the host's address of the GPU in the place of the guest's; the caller
 * frees it. */
char *vfg_stored_host_line(const VfgStored *stored);
