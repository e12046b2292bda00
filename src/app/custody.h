/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who has a GPU: its claim while a command works on it, its journal while it is with vfio-pci.
 * Shared by bind, unbind, start, stop and recover. */

#pragma once

#include "app.h"
#include "claim.h"
#include "consent.h"
#include "journal.h"
#include "run.h"

/* How long a command waits for another one that works on the same GPU or VM, and for one act of the
 * kernel. */
#define VFG_CLAIM_TIMEOUT 30 /* s */
#define VFG_ACT_TIMEOUT 30   /* s */

/* The journals of a run and the claims that go with them. */
typedef struct {
    VfgApp *app;
    GPtrArray *claims;    /* of VfgClaim */
    GPtrArray *gpus;      /* of char *: addresses of the GPUs whose journals are open here */
    GPtrArray *begun;     /* of char *: those of them whose journals were begun here */
    GPtrArray *owned;     /* of VfgJournal */
    GHashTable *journals; /* address of a function → VfgJournal */
    VfgConsent consent;   /* what the user agreed to; its list is not owned */
    GPtrArray *hung;      /* of char *: functions whose drivers did not return in the last run */
    GHashTable *holders;  /* address of a function → who had it open before it was unbound */
} VfgCustody;

VfgCustody *vfg_custody_new(VfgApp *app);
void vfg_custody_free(VfgCustody *custody);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCustody, vfg_custody_free)

/* Claims a GPU's address or "vm-NAME" until the custody is freed. */
gboolean vfg_custody_claim(VfgCustody *custody, const char *name,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What the journal of a GPU says: *ret is NULL where it has none, or a void one: of an earlier
 * boot, since the reboot put everything back. Snapshots have none. An incomplete one is
 * VFG_ERROR_RECOVER. Changes nothing. */
gboolean vfg_custody_look(VfgApp *app, const char *gpu, VfgJournalState **ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a journal is of an earlier boot. */
gboolean vfg_custody_is_void(VfgApp *app, const VfgJournalState *state);

/* Begins the journal of a GPU (in place of a void one) that `owner` (a VM's name, or "") is about
 * to get. */
gboolean vfg_custody_begin(VfgCustody *custody, const VfgGpu *gpu, const char *owner,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same with other prior states than those of the GPU's own functions. */
gboolean vfg_custody_begin_with(VfgCustody *custody, const char *gpu, const GPtrArray *priors,
                                const char *owner, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the journals begun: nothing was done after all. */
void vfg_custody_abandon(VfgCustody *custody);

/* Goes on with the journal of a GPU that is given back. */
gboolean vfg_custody_resume(VfgCustody *custody, const VfgJournalState *state,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs a plan that hands GPUs over, with `other` for the steps that are not the kernel's. The
 * journals are complete from the first of those on, at the latest at the end: a command killed
 * while it waits for a guest leaves a GPU that `stop` gives back. Where the run failed and
 * everything was undone, the journals begun are gone. SIGINT, SIGTERM and SIGHUP end the run
 * between two steps, with everything undone and VFG_ERROR_INTERRUPTED; a step that is not the
 * kernel's asks for them by vfg_app_go_on where it waits. Right before functions are taken from
 * their drivers the host is looked at again: whether the rules still hold, under the custody's
 * consent. Where a driver hangs, the error names the processes that had the GPU open before. */
gboolean vfg_custody_run(VfgCustody *custody, const VfgPlan *plan, VfgRunOther other, gpointer data,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs a plan that gives GPUs back, to its end whatever signal comes; the journals resumed are gone
 * afterwards, if all of it worked.
 */
gboolean vfg_custody_run_restore(VfgCustody *custody, const VfgPlan *plan,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
