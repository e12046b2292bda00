/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files of /sys whose answer a driver can keep back for ever. driver_override is shown under the
 * device's lock (driver_override_show() in Linux' drivers/pci/pci-sysfs.c), which a driver holds
 * that hangs in its probe or remove, and no signal ends that wait. So they are read by a child
 * process, which is left behind then. */

#pragma once

#include "root.h"

typedef struct {
    char *path;
    char *text;    /* what it says, without the blanks around it; NULL: it can't be read */
    gboolean late; /* no answer came in time */
} VfgPatientRead;

void vfg_patient_read_free(VfgPatientRead *read);

/* An empty array of VfgPatientRead, which owns them, and a further one at its end. */
GPtrArray *vfg_patient_reads_new(void);
void vfg_patient_reads_add(GPtrArray *reads, const char *path);

/* Reads them all (small files, as vfg_root_read_text), waiting for each at most `timeout`
 * milliseconds; longer where the host is too busy to run the child at all. A snapshot answers at
 * once and costs no process. */
void vfg_patient_reads_run(VfgRoot *root, GPtrArray *reads, guint timeout);

/* Reads one. FALSE where no answer came in time; else *text, which the caller frees, is what it
 * says or NULL. */
gboolean vfg_patient_read_text(VfgRoot *root, const char *path, guint timeout,
                               char **text) G_GNUC_WARN_UNUSED_RESULT;
