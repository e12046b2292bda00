/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Choosing a VM's NUMA node and its pages. */

#include "locality-choose.h"

/* What the kernel keeps free of a node, and what it needs there itself, is a small share. */
#define RESERVE_SHARE 32

/* The node that all the GPUs are at, or NULL. */
static const VfgNumaNode *
find_common_node(const VfgHost *host, const GPtrArray *gpus)
{
    const VfgNumaNode *common = NULL;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        int id = gpu->function->numa_node;
        const VfgNumaNode *node = id < 0 ? NULL : vfg_memory_find_node(host->memory, id);
        if (!node || (common && node != common))
            return NULL;
        common = node;
    }
    return common;
}

/* Bytes that are free in pages of that size, of one node or of all. */
static guint64
free_in_pages(const VfgMemory *memory, const VfgNumaNode *only, guint64 size)
{
    guint64 bytes = 0;
    for (guint i = 0; i < memory->nodes->len; i++) {
        const VfgNumaNode *node = g_ptr_array_index(memory->nodes, i);
        for (guint k = 0; (!only || node == only) && k < node->hugepages->len; k++) {
            const VfgHugepages *pages = &g_array_index(node->hugepages, VfgHugepages, k);
            bytes += pages->size == size ? pages->size * pages->free : 0;
        }
    }
    return bytes;
}

/* The largest size in which all the memory can be had; 0: none. */
static guint64
choose_page_size(const VfgMemory *memory, const VfgNumaNode *only, guint64 wanted)
{
    guint64 best = 0;
    const VfgNumaNode *first = only ? only : g_ptr_array_index(memory->nodes, 0);
    for (guint i = 0; i < first->hugepages->len; i++) {
        guint64 size = g_array_index(first->hugepages, VfgHugepages, i).size;
        if (size > best && wanted % size == 0 && free_in_pages(memory, only, size) >= wanted)
            best = size;
    }
    return best;
}

guint64
vfg_locality_node_room(const VfgNumaNode *node)
{
    guint64 there = node->free + node->reclaimable, reserve = node->total / RESERVE_SHARE;
    return there > reserve ? there - reserve : 0;
}

VfgLocality
vfg_locality_choose(const VfgHost *host, const VfgVmdef *vmdef, const GPtrArray *gpus)
{
    VfgLocality locality = {.node = -1};
    const VfgMemory *memory = host->memory;
    const VfgNumaNode *node = find_common_node(host, gpus);
    gboolean several = memory->nodes->len > 1;
    /* Those of another node than the GPU's would do harm: only who wants them gets them. */
    gboolean near = gpus->len && (node || !several);
    if (memory->nodes->len &&
        (near ? vmdef->hugepages != VFG_HUGEPAGES_NO : vmdef->hugepages == VFG_HUGEPAGES_YES))
        locality.page_size = choose_page_size(memory, node, vmdef->memory);
    if (!node || !several)
        return locality;
    locality.node = node->id;
    locality.cpus = vfg_cpu_list_count(node->cpus) >= vmdef->vcpu ? node->cpus : NULL;
    locality.memory = locality.page_size || vfg_locality_node_room(node) >= vmdef->memory;
    return locality;
}
