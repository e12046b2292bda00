/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM that is off: its GPUs go back, and a start of it that was cut off is undone. For recover,
 * for commands that find such a VM in their way, and for a service that hears of a guest's end. */

#pragma once

#include "app.h"
#include "custody.h"
#include "plan.h"

/* The journals (of VfgJournalState) of the GPUs that were handed over for the VM and are still with
 * vfio-pci. VFG_ERROR_RECOVER where one is incomplete. */
GPtrArray *vfg_vm_journals(VfgApp *app, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The VMs that have GPUs, or a start that is not over, sorted; from the journals alone. */
GPtrArray *vfg_vm_owners(VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes one plan of what gives each of these journals' GPUs back. */
VfgPlan *vfg_vm_plan_restore(VfgApp *app, const char *name, const GPtrArray *journals,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Claims the GPUs of the journals and goes on with the journals. */
gboolean vfg_vm_take(VfgCustody *custody, const GPtrArray *journals,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where the VM is off, gives its GPUs back to their original drivers and undoes a start that was
 * cut off; where it runs, a start that was cut off counts as done. A VM that has nothing is not
 * asked for. Another command that works on the VM is waited for, as ever, and VFG_ERROR_TIMEOUT
 * then names it; whoever holds the VM's claim sees to its GPUs itself. `settled` (of char *, may be
 * NULL) gets a line for each thing done. Nothing to do is no error. */
gboolean vfg_app_give_back(VfgApp *app, const char *name, GPtrArray *settled,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where a GPU still belongs to a VM that is off, the same for that VM, with lines of progress.
 * *released: it did, and was given back. */
gboolean vfg_app_release(VfgApp *app, const char *gpu, gboolean *released,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for every VM that has GPUs or a start that is not over; goes on after a failure and
 * gives the first one. */
gboolean vfg_app_give_back_all(VfgApp *app, GPtrArray *settled,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
