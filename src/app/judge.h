/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a guest's line is by the host's own catalogue. A guest says which error a line is; the host
 * believes it only where it can't know better (docs/EVENTS.md). */

#pragma once

#include "app.h"
#include "event.h"

typedef struct VfgJudge VfgJudge;

/* A judge with the error catalogue of the app. */
VfgJudge *vfg_judge_new(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_judge_free(VfgJudge *judge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgJudge, vfg_judge_free)

/* Puts the host's id, class, severity and code in the place of the guest's for an event whose line
 * is of a kernel's log. A line that the catalogue does not know keeps the guest's words, id and
 * class with "guest:" before them: no rule of the host's has such a class. Without a judge (NULL)
 * no line is known. A counter or the agent's own word is not of a log and stays, but has no code.
 */
void vfg_judge_event(const VfgJudge *judge, VfgEvent *event);
