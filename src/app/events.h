/* SPDX-License-Identifier: GPL-2.0-or-later */

/* `events`: what the store has, and what comes. */

#pragma once

#include "app.h"
#include "store.h"

typedef struct {
    const char *vm; /* NULL: all */
    gint64 since;   /* ms since 1970; 0: all */
    guint newest;   /* at most so many of those that are there; 0: all */
    gboolean follow;
} VfgEventsOptions;

/* Gives the stored events to `func`, oldest first, and with `follow` those that come, until `func`
 * gives FALSE. *dropped (may be NULL) is how many events of the named VM were too many to be kept.
 * Where no vfiogpud collects, following collects itself: from the named VM, or from
 * all that run. VFG_ERROR_NOT_FOUND where nothing is known of a VM of that name. */
gboolean vfg_app_events(VfgApp *app, const VfgEventsOptions *options, VfgStoreFunc func,
                        gpointer data, guint64 *dropped, GError **error) G_GNUC_WARN_UNUSED_RESULT;
