/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Having a guest set up what its definition wants, and following it. */

#pragma once

#include "app.h"

#define VFG_READY_TIMEOUT 3600 /* s: a toolkit of several GiB and a reboot or two */

/* Tells the agent of a running VM what the definition's <guest> wants, says how far it is
 * (vfg_app_say), through the guest's reboots, and returns when it is done; at once
 * where the profile is "none". VFG_ERROR_TIMEOUT after `timeout` seconds; VFG_ERROR_FAILED where
 * the guest could not do it, with its reason, or went down. The VM stays as it is. */
gboolean vfg_app_await_ready(VfgApp *app, const char *name, guint timeout,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
