/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads a log, in portions or line by line, and says what is the case. Memory is bounded whatever
 * the log holds. */

#pragma once

#include "devices.h"
#include "diagnosis.h"
#include "matcher.h"

typedef enum {
    VFG_SIDE_BOTH, /* fixes for host and guest */
    VFG_SIDE_HOST,
    VFG_SIDE_GUEST,
} VfgSide;

typedef struct VfgDiagnoser VfgDiagnoser;

/* One for each log. The matcher must outlive it. */
VfgDiagnoser *vfg_diagnoser_new(const VfgMatcher *matcher, VfgSide side);
void vfg_diagnoser_free(VfgDiagnoser *diagnoser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgDiagnoser, vfg_diagnoser_free)

/* A function that is passed through: troubles at its address are a GPU's, whatever else the line
 * says. It counts for all lines, also those that were fed before. */
void vfg_diagnoser_add_device(VfgDiagnoser *diagnoser, VfgPciAddress address);

/* Takes bytes of the log; a line may be cut anywhere between two calls. */
void vfg_diagnoser_feed(VfgDiagnoser *diagnoser, const char *bytes, gsize len);

/* Takes one whole line (a record of /dev/kmsg, say), not to be mixed with feed within a line. Gives
 * the matches that are errors, with the address that a line before may have told, and how many. */
guint vfg_diagnoser_take_line(VfgDiagnoser *diagnoser, const char *line, gsize len,
                              VfgMatch ret[VFG_MATCHES_MAX]);

/* Whose trouble a match is, by all that was read up to now. */
VfgOwner vfg_diagnoser_owner(const VfgDiagnoser *diagnoser, const VfgMatch *match);

/* What all the lines up to now come to. More lines may follow. */
VfgDiagnosis *vfg_diagnoser_finish(VfgDiagnoser *diagnoser);

/* The fix of an entry for one side or both, "" where there is none; the caller frees it. */
char *vfg_diagnose_fix(const VfgErrorEntry *entry, VfgSide side);
