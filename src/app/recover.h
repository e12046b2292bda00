/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Settling what a crash left. */

#pragma once

#include "app.h"

/* Gives back every GPU whose handing over was cut off, and those of VMs that are off (give-back.h),
 * and removes journals that a reboot made void. `settled` (of char *, owned by the caller who made
 * it with a free function) gets a line for each GPU that something was done about, and one for what
 * could not be restored. One that can't be settled now does not keep the others from it; the first
 * such error is given, after all of them were tried. Running it again does nothing. */
gboolean vfg_app_recover(VfgApp *app, GPtrArray *settled, GError **error) G_GNUC_WARN_UNUSED_RESULT;
