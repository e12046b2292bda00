/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's memory and CPUs. */

#include "memory.h"

#include "cpu.h"
#include "parse.h"

#include <string.h>

#define NODES "/sys/devices/system/node"
#define CPUINFO_MAX (64 << 20) /* some KiB a CPU */

/* "hugepages-2048kB". */
static gboolean
parse_page_size(const char *name, guint64 *ret)
{
    if (!g_str_has_prefix(name, "hugepages-") || !g_str_has_suffix(name, "kB"))
        return FALSE;
    name += strlen("hugepages-");
    g_autofree char *digits = g_strndup(name, strlen(name) - strlen("kB"));
    guint64 kilobytes = 0;
    if (!vfg_parse_uint(digits, 10, G_MAXUINT64 >> 10, &kilobytes, NULL))
        return FALSE;
    *ret = kilobytes << 10;
    return TRUE;
}

static guint64
read_count(VfgRoot *root, const char *folder, const char *name, const char *file)
{
    g_autofree char *path = g_strconcat(folder, "/", name, "/", file, NULL);
    guint64 count = 0;
    return vfg_root_read_uint(root, path, 10, G_MAXUINT64, &count, NULL) ? count : 0;
}

static int
compare_sizes(gconstpointer a, gconstpointer b)
{
    guint64 left = ((const VfgHugepages *)a)->size, right = ((const VfgHugepages *)b)->size;
    return left < right ? -1 : left > right;
}

static void
read_hugepages(VfgRoot *root, const char *folder, VfgNumaNode *node)
{
    g_autoptr(GPtrArray) names = vfg_root_list(root, folder, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        VfgHugepages pages = {0};
        if (!parse_page_size(name, &pages.size))
            continue;
        pages.total = read_count(root, folder, name, "nr_hugepages");
        pages.free = read_count(root, folder, name, "free_hugepages");
        g_array_append_val(node->hugepages, pages);
    }
    g_array_sort(node->hugepages, compare_sizes);
}

/* What the kernel counts as available, but for the marks that it keeps (mm/show_mem.c,
 * si_mem_available). */
static void
fill_free(VfgNumaNode *node, const char *meminfo)
{
    node->free = vfg_meminfo_find(meminfo, "MemFree");
    node->reclaimable = vfg_meminfo_find(meminfo, "Active(file)") +
                        vfg_meminfo_find(meminfo, "Inactive(file)") +
                        vfg_meminfo_find(meminfo, "SReclaimable") / 2;
}

static void
read_node(VfgRoot *root, const char *name, VfgMemory *memory)
{
    guint64 id = 0;
    if (!g_str_has_prefix(name, "node") ||
        !vfg_parse_uint(name + strlen("node"), 10, G_MAXINT, &id, NULL))
        return;
    VfgNumaNode *node = vfg_numa_node_new((int)id);
    g_autofree char *folder = g_strconcat(NODES "/", name, NULL);
    g_autofree char *cpulist = g_strconcat(folder, "/cpulist", NULL);
    g_autofree char *meminfo = g_strconcat(folder, "/meminfo", NULL);
    g_autofree char *hugepages = g_strconcat(folder, "/hugepages", NULL);
    g_autofree char *text = vfg_root_read(root, meminfo, 1 << 16, NULL, NULL);
    node->cpus = vfg_root_read_text(root, cpulist, NULL);
    node->total = text ? vfg_meminfo_find(text, "MemTotal") : 0;
    if (text)
        fill_free(node, text);
    read_hugepages(root, hugepages, node);
    g_ptr_array_add(memory->nodes, node);
}

/* The one node of a kernel without NUMA. */
static void
add_only_node(VfgRoot *root, const char *meminfo, VfgMemory *memory)
{
    VfgNumaNode *node = vfg_numa_node_new(0);
    node->cpus = vfg_root_read_text(root, "/sys/devices/system/cpu/online", NULL);
    node->total = memory->total;
    if (meminfo)
        fill_free(node, meminfo);
    read_hugepages(root, "/sys/kernel/mm/hugepages", node);
    g_ptr_array_add(memory->nodes, node);
}

static int
compare_nodes(gconstpointer a, gconstpointer b)
{
    const VfgNumaNode *left = *(VfgNumaNode *const *)a, *right = *(VfgNumaNode *const *)b;
    return left->id < right->id ? -1 : left->id > right->id;
}

void
vfg_probe_memory(VfgRoot *root, VfgHost *host)
{
    VfgMemory *memory = host->memory;
    g_autofree char *meminfo = vfg_root_read(root, "/proc/meminfo", 1 << 16, NULL, NULL);
    g_autofree char *limits = vfg_root_read(root, "/proc/self/limits", 1 << 16, NULL, NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(root, NODES, NULL);
    memory->total = meminfo ? vfg_meminfo_find(meminfo, "MemTotal") : 0;
    memory->available = meminfo ? vfg_meminfo_find(meminfo, "MemAvailable") : 0;
    if (limits)
        vfg_memory_parse_limits(memory, limits);
    for (guint i = 0; names && i < names->len; i++)
        read_node(root, g_ptr_array_index(names, i), memory);
    if (!memory->nodes->len)
        add_only_node(root, meminfo, memory);
    g_ptr_array_sort(memory->nodes, compare_nodes);
}

void
vfg_probe_cpu(VfgRoot *root, VfgHost *host)
{
    g_autofree char *text = vfg_root_read(root, "/proc/cpuinfo", CPUINFO_MAX, NULL, NULL);
    g_auto(VfgCpu) cpu = vfg_cpu_parse(text ? text : "");
    host->cpu_vendor = g_steal_pointer(&cpu.vendor);
    host->cpu_count = cpu.count;
    host->cpu_physical_bits = cpu.physical_bits;
    host->hypervisor = cpu.hypervisor;
    host->cpu_1g_pages = cpu.pages_1g;
}
