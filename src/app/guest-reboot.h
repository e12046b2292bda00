/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Having a guest reboot in order. */

#pragma once

#include "app.h"

/* Asks the agent of a running VM to reboot its guest and returns when an agent of another boot has
 * said hello. VFG_ERROR_TIMEOUT after `timeout` seconds; VFG_ERROR_REFUSED while the guest is being
 * set up. */
gboolean vfg_app_guest_reboot(VfgApp *app, const char *name, guint timeout,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
