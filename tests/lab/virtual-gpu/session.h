/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One client's session: its requests answered by the device, until it leaves. */

#pragma once

#include "channel.h"
#include "device.h"

#include <stdio.h>

/* How long a client may take over the rest of a message it has begun. */
#define VFG_VGPU_PATIENCE_MS 30000

/* Serves the client on `channel`. What is refused, and a count of the requests at the end, goes to
 * `log` (NULL: nowhere). FALSE if it ended because the stop descriptor became readable. */
gboolean vfg_vgpu_session_run(VfgVgpuDevice *device, VfgVgpuChannel *channel, FILE *log);
