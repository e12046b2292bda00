/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One process of the host, by its number: what it is called, what it does, and when it began, which
 * tells it from another one that got its number later (proc_pid_stat(5), proc_pid_stack(5)). */

#pragma once

#include "root.h"

typedef struct {
    char *command; /* name of the main thread, as it is: may hold anything */
    char state;    /* 'R', 'S', 'D', 'Z', … */
    guint64 start; /* when it began, in clock ticks since the boot */
} VfgProcess;

void vfg_process_free(VfgProcess *process);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgProcess, vfg_process_free)

/* NULL where there is no such process. */
VfgProcess *vfg_process_look(VfgRoot *root, int pid) G_GNUC_WARN_UNUSED_RESULT;

/* Where in the kernel it is, innermost function first: "vfio_unregister_group_dev <
 * vfio_pci_core_unregister_device < …", at most `max` functions; NULL where that can't be read
 * (only root may). The caller frees it. */
char *vfg_process_stack(VfgRoot *root, int pid, guint max);
