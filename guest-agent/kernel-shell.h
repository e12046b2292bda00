/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Assignments in a file that a shell sources (/etc/default/grub): found as the shell reads it
 * (POSIX.1-2017, Shell Command Language, 2.2 and 2.3), nothing is run. */

#pragma once

#include "kernel-value.h"

typedef struct {
    char *name;
    gboolean append;      /* NAME+=… */
    gboolean refers;      /* the value holds NAME itself: ${NAME} */
    gboolean conditional; /* inside an if, a loop, a function, or behind && and the like */
    VfgKernelValue *value;
} VfgShellAssignment;

/* All assignments in their order, as VfgShellAssignment; those before a command (A=1 prog) are for
 * that command alone and not among them. NULL where the text can't be read, with the line in the
 * error; `shown` names the file there. */
GPtrArray *vfg_shell_assignments(const char *text, gsize len, const char *shown,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
