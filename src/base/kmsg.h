/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's log, record by record (Documentation/ABI/testing/dev-kmsg): from the boot's first
 * record that is still there, each once, then those that come. Reading takes nothing away from
 * other readers. */

#pragma once

#include <glib.h>

typedef struct {
    guint64 number;   /* counted from 1 since the boot, without gaps */
    gint64 time;      /* µs since the boot, as the kernel's stamps */
    gboolean user;    /* a program wrote it: only the kernel itself logs with facility 0, and what
                         comes through /dev/ttyprintk says so */
    guint64 lost;     /* records before it that were overwritten before they were read */
    const char *text; /* as it was logged, NUL-terminated; valid during the call */
    gsize len;
} VfgKmsgRecord;

typedef struct VfgKmsg VfgKmsg;

/* Opens /dev/kmsg, or what stands for it in a test: a file or pipe of such records. */
VfgKmsg *vfg_kmsg_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_kmsg_free(VfgKmsg *kmsg);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKmsg, vfg_kmsg_free)

/* Passes over what is there, so that what comes next is read first. */
void vfg_kmsg_skip(VfgKmsg *kmsg);

/* To be polled for reading. */
int vfg_kmsg_fd(const VfgKmsg *kmsg);

typedef void (*VfgKmsgFunc)(const VfgKmsgRecord *record, gpointer data);

/* Gives the records that are there to `func`, after at most `max` reads; never blocks. TRUE: there
 * may be more. */
gboolean vfg_kmsg_read(VfgKmsg *kmsg, guint max, VfgKmsgFunc func, gpointer data);
