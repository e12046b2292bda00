/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The acts on the host's screen, VFG_STEP_SET_CONSOLE and VFG_STEP_SET_FRAMEBUFFER, and their
 * state: /sys/class/vtconsole/vtconN/bind (Documentation/driver-api/tty/console.rst) and the
 * platform bus. */

#pragma once

#include "child.h"
#include "plan.h"
#include "root.h"

/* Whether a step is one of these. */
gboolean vfg_screen_is_step(const VfgStep *step);

/* The name that the step speaks of where it is bound, else NULL; the caller frees it. */
char *vfg_screen_read(VfgRoot *root, const VfgStep *step);

/* Begins the step in a child process, as vfg_sysfs_start. */
VfgChild *vfg_screen_start(VfgRoot *root, const VfgStep *step,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
