/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Talking to the agent in a running VM. */

#pragma once

#include "app.h"
#include "session.h"

/* Opens the agent's channel and waits up to `timeout` seconds until the agent has said hello and
 * what GPUs it has, which it does whenever the channel is opened. VFG_ERROR_TIMEOUT where it does
 * not; VFG_ERROR_FAILED where the VM went down. The session is the caller's. */
VfgSession *vfg_app_await_agent(VfgApp *app, const char *name, guint timeout,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
