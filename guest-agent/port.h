/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where the channel to the host is: the virtio-serial port with our name. */

#pragma once

#include "root.h"

/* The path of the port's device node, looked up by the name in sysfs, or NULL where there is none
 * (yet). Guests without udev have no /dev/virtio-ports, so the kernel's own node is taken first. */
char *vfg_port_find(VfgRoot *root);

/* Opens a character device or connects to a UNIX socket; the descriptor doesn't block. Negative
 * with the error set where that fails. A terminal is switched to raw mode. */
int vfg_port_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
