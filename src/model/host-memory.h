/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's memory and CPUs, by NUMA node. All sizes are bytes. */

#pragma once

#include <glib.h>

/* The pages of one size of one node. */
typedef struct {
    guint64 size;  /* of a page */
    guint64 total; /* pages */
    guint64 free;  /* pages */
} VfgHugepages;

typedef struct {
    int id;
    char *cpus;          /* the kernel's list, "0-15,32-47"; "" for none; NULL: unknown */
    guint64 total, free; /* 0: unknown. Free is MemFree, without what caches could give back */
    guint64 reclaimable; /* what the page cache and the slabs would give back */
    GArray *hugepages;   /* of VfgHugepages, by size */
} VfgNumaNode;

typedef struct {
    guint64 total, available; /* MemTotal and MemAvailable (proc_meminfo(5)); 0: unknown */
    GPtrArray *nodes; /* of VfgNumaNode, by id; one with id 0 for all where the kernel has none */
    gboolean memlock_known;
    guint64 memlock_soft, memlock_hard; /* RLIMIT_MEMLOCK of this process; G_MAXUINT64: unlimited */
} VfgMemory;

/* An empty one, whose array owns its members. */
VfgMemory *vfg_memory_new(void);
void vfg_memory_free(VfgMemory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgMemory, vfg_memory_free)

/* A node without pages, CPUs and memory; add it to nodes. */
VfgNumaNode *vfg_numa_node_new(int id);

/* The node of that id, or NULL. */
const VfgNumaNode *vfg_memory_find_node(const VfgMemory *memory, int id);

/* The number of CPUs in a list of the kernel's, "0-15,32-47"; 0 for NULL, and for what is none. */
guint vfg_cpu_list_count(const char *list);

/* The bytes of a line "MemTotal:  7955012 kB" of /proc/meminfo or, with "Node 0 " before it, of a
 * node's meminfo; `name` is "MemTotal". 0 where there is none. */
guint64 vfg_meminfo_find(const char *text, const char *name);

/* Fills memlock from /proc/PID/limits (proc_pid_limits(5)). */
void vfg_memory_parse_limits(VfgMemory *memory, const char *text);
