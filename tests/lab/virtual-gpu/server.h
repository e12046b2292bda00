/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Serves a device on a UNIX socket, to one client after another. */

#pragma once

#include "device.h"

#include <stdio.h>

typedef struct VfgVgpuServer VfgVgpuServer;

/* Listens on `path`, for the owner alone. A socket that is there and that no one serves is removed;
 * anything else that is there is an error. */
VfgVgpuServer *vfg_vgpu_server_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Serves until `stop_fd` becomes readable; TRUE then. */
gboolean vfg_vgpu_server_run(VfgVgpuServer *server, VfgVgpuDevice *device, int stop_fd, FILE *log,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the socket. */
void vfg_vgpu_server_free(VfgVgpuServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVgpuServer, vfg_vgpu_server_free)
