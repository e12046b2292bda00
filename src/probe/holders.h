/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which processes hold a GPU's device file open. */

#pragma once

#include "host.h"
#include "root.h"

/* Fills the host's holders and holders_complete from /proc/PID/fd, where an open file is a link to
 * its path (proc_pid_fd(5)): /dev/nvidia0 and its like, what is in /dev/dri, /dev/snd and
 * /dev/vfio, and /dev/kfd. The host's functions and groups must be there. Not a part of
 * vfg_probe_host: the time goes with the number of open files of all processes. */
void vfg_probe_holders(VfgRoot *root, VfgHost *host);
