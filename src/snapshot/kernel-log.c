/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The log of the running kernel. */

#include "kernel-log.h"

#include "bounds.h"
#include "error.h"

#include <errno.h>
#include <sys/klog.h>

/* syslog(2), "Commands"; glibc has no names for them. */
#define READ_ALL 3
#define SIZE_BUFFER 10

char *
vfg_kernel_log_read(gsize *len, GError **error)
{
    int size = klogctl(SIZE_BUFFER, NULL, 0);
    size = size < 0 ? size : MIN(size, (int)VFG_SNAPSHOT_FILE_MAX);
    g_autofree char *log = size < 0 ? NULL : g_malloc((gsize)size + 1);
    int n = log ? klogctl(READ_ALL, log, size) : -1;
    if (n < 0) {
        vfg_error_set_errno(error, errno, "cannot read the kernel log");
        return NULL;
    }
    log[n] = '\0';
    *len = (gsize)n;
    return g_steal_pointer(&log);
}
