/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The journal of one GPU: what its functions were before they were handed over, and each act on
 * them, on disk before it is done. It exists from before the first change until everything is back
 * as it was; a GPU without a journal is not ours. A record is a line: a checksum, a word for its
 * kind, then key=value pairs (values percent-encoded). */

#pragma once

#include "plan.h"
#include "prior-state.h"

typedef struct VfgJournal VfgJournal;

/* An act that did not return. */
typedef struct {
    char *subject; /* what it was on */
    int pid;
    guint64 start;
} VfgJournalHang;

/* What a journal says when it is read again. */
typedef struct {
    char *gpu;         /* full PCI address: names the file */
    char *owner;       /* VM that the GPU was bound for, "" where `bind` did it */
    char *boot_id;     /* of the boot it was written in: after a reboot its acts are void */
    gboolean complete; /* the GPU was handed over whole, and nothing was begun since */
    GPtrArray *priors; /* of VfgPriorState */
    GPtrArray *hangs;  /* of VfgJournalHang */
    GPtrArray *files;  /* of VfgStep: the files that were written or were to be */
    GPtrArray *taken;  /* of VfgStep: what was shown on the GPU and was taken or was to be */
    guint n_torn;      /* torn last lines that were passed over, 0 or 1 */
} VfgJournalState;

void vfg_journal_state_free(VfgJournalState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgJournalState, vfg_journal_state_free)

/* Starts the journal of a GPU: writes owner, boot and prior states and syncs file and directory. An
 * existing one is an error with VFG_ERROR_RECOVER. */
VfgJournal *vfg_journal_create(const char *state_dir, const char *gpu, const char *owner,
                               const char *boot_id, const GPtrArray *priors,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Opens an existing journal to go on with it. A torn last line is cut off. */
VfgJournal *vfg_journal_open(const char *state_dir, const char *gpu,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

void vfg_journal_free(VfgJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgJournal, vfg_journal_free)

/* Records and syncs. A failure means that the act must not be done. */
gboolean vfg_journal_intent(VfgJournal *journal, const VfgStep *step,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_journal_done(VfgJournal *journal, const VfgStep *step,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Records that an act did not return: the process that hangs in it, and when that began (see
 * VfgProcess). */
gboolean vfg_journal_hang(VfgJournal *journal, const VfgStep *step, int pid, guint64 start,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_journal_complete(VfgJournal *journal, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the journal's file and syncs the directory: everything is back. */
gboolean vfg_journal_remove(const char *state_dir, const char *gpu,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads the journal of one GPU. VFG_ERROR_NOT_FOUND where it has none; a damaged line that is not
 * the last one is VFG_ERROR_RECOVER. */
VfgJournalState *vfg_journal_read(const char *state_dir, const char *gpu,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The GPUs that have a journal, full addresses, sorted; empty where the state directory does not
 * exist. */
GPtrArray *vfg_journal_list(const char *state_dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
