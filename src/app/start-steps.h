/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The steps of a start that are not the kernel's, and their undoing. */

#pragma once

#include "placement.h"
#include "start.h"

/* A start on its way. */
typedef struct {
    VfgApp *app;
    const VfgVmdef *vmdef;
    const VfgSettled *settled;
    const VfgStartOptions *options;
    gboolean ran;     /* the guest ran, or may have */
    char *definition; /* the domain as libvirt has it now, or NULL */
    char *defined;    /* the XML that libvirt was given, or NULL: what it had was good */
    GPtrArray *kept;  /* of char *: what undoing left, and why */
} VfgStart;

/* Does a step, or one that undoes it; `data` is a VfgStart. As VfgRunOther. Where it is not known
 * whether the domain runs, the code is VFG_ERROR_RECOVER: then its GPUs must not be touched. */
gboolean vfg_start_step(const VfgStep *step, gpointer data,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
