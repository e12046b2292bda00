/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The acts on the kernel's PCI functions and what they show (screen.h), one a step kind, and the
 * reading back of what they did (Documentation/ABI/testing/sysfs-bus-pci: driver_override, bind,
 * unbind). */

#pragma once

#include "child.h"
#include "plan.h"
#include "root.h"

/* Whether the state is the step's `from`: its precondition; not asked of what vfg_sysfs_is_done may
 * say yes to. FALSE with the error set says what it
 * is instead. */
gboolean vfg_sysfs_check_before(VfgRoot *root, const VfgStep *step,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether nothing is left to do, because somebody else did it, as may happen with modules and
 * terminals. */
gboolean vfg_sysfs_is_done(VfgRoot *root, const VfgStep *step);

/* Begins it in a child process, which vfg_child_await waits for; not for loading modules. */
VfgChild *vfg_sysfs_start(VfgRoot *root, const VfgStep *step,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Does it. A write that may sleep for ever in a driver is made by a child process and given up
 * after `timeout` seconds with VFG_ERROR_TIMEOUT; the child stays behind in the kernel, nothing
 * here waits for it. */
gboolean vfg_sysfs_act(VfgRoot *root, const VfgStep *step, guint timeout,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the state is the step's `to`, read back. */
gboolean vfg_sysfs_check_after(VfgRoot *root, const VfgStep *step,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
