/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What vfiogpud does (docs/EVENTS.md). */

#pragma once

#include "app.h"

typedef struct {
    gboolean (*is_over)(gpointer data); /* whether to end; asked several times a second */
    gpointer is_over_data;
    /* A VM ended, or (NULL) any may have: gives the GPUs back, without keeping the caller. */
    void (*give_back)(const char *vm, gpointer data);
    gpointer give_back_data;
} VfgServiceFuncs;

/* Serves until told to end. A libvirtd that goes away is waited for. FALSE where it could not
 * begin.
 */
gboolean vfg_app_serve(VfgApp *app, const VfgServiceFuncs *funcs,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives the GPUs of a VM that ended back, or (NULL) of all that did; `settled` (of char *) gets a
 * line for each thing done. */
gboolean vfg_service_give_back(VfgApp *app, const char *vm, GPtrArray *settled,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
