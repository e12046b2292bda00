/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What of the kernel's log is an event: the catalogue of errors, as it is built into the agent and
 * as a site has added to it. */

#pragma once

#include "event.h"
#include "root.h"

typedef struct VfgRecogniser VfgRecogniser;

/* `root` as for vfg_knowledge_load. */
VfgRecogniser *vfg_recogniser_new(VfgRoot *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_recogniser_free(VfgRecogniser *recogniser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgRecogniser, vfg_recogniser_free)

/* A VfgWatchMatchFunc: `recogniser` is a VfgRecogniser. The lines of a log are to be given in their
 * order: one may tell the address of the next. Of several things that a line is, the worst counts;
 * other devices' troubles are no events. */
gboolean vfg_recognise(const char *line, gsize len, VfgEvent *event, gpointer recogniser);
