/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The log of the running kernel. */

#pragma once

#include <glib.h>

/* All that is in the kernel's buffer, by syslog(2), which does not wait as /dev/kmsg does. Needs
 * CAP_SYSLOG where kernel.dmesg_restrict is 1. The caller frees it. */
char *vfg_kernel_log_read(gsize *len, GError **error) G_GNUC_WARN_UNUSED_RESULT;
