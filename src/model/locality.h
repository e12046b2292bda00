/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where on the host a VM's memory and vCPUs go. Made by src/decide/locality-choose. */

#pragma once

#include <glib.h>

typedef struct {
    int node;          /* NUMA node of all the VM's GPUs; -1: unknown, several, or the only one */
    const char *cpus;  /* list of that node's CPUs, for the vCPUs; the host's. NULL: any CPU */
    gboolean memory;   /* all memory comes from that node */
    guint64 page_size; /* bytes of the huge pages for its memory; 0: ordinary pages */
} VfgLocality;
