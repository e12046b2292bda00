/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's memory and CPUs. */

#include "host-memory.h"

#include "parse.h"

#include <string.h>

static void
numa_node_free(VfgNumaNode *node)
{
    g_array_unref(node->hugepages);
    g_free(node->cpus);
    g_free(node);
}

VfgNumaNode *
vfg_numa_node_new(int id)
{
    VfgNumaNode *node = g_new0(VfgNumaNode, 1);
    node->id = id;
    node->hugepages = g_array_new(FALSE, TRUE, sizeof(VfgHugepages));
    return node;
}

VfgMemory *
vfg_memory_new(void)
{
    VfgMemory *memory = g_new0(VfgMemory, 1);
    memory->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)numa_node_free);
    return memory;
}

void
vfg_memory_free(VfgMemory *memory)
{
    if (!memory)
        return;
    g_ptr_array_unref(memory->nodes);
    g_free(memory);
}

const VfgNumaNode *
vfg_memory_find_node(const VfgMemory *memory, int id)
{
    for (guint i = 0; i < memory->nodes->len; i++) {
        const VfgNumaNode *node = g_ptr_array_index(memory->nodes, i);
        if (node->id == id)
            return node;
    }
    return NULL;
}

/* "32" or "32-47". */
static gboolean
count_range(const char *range, guint *count)
{
    g_auto(GStrv) ends = g_strsplit(range, "-", 2);
    guint64 first = 0, last = 0;
    if (!ends[0] || !vfg_parse_uint(ends[0], 10, G_MAXUINT16, &first, NULL))
        return FALSE;
    last = first;
    if (ends[1] && !vfg_parse_uint(ends[1], 10, G_MAXUINT16, &last, NULL))
        return FALSE;
    *count += (guint)(last - first + 1);
    return last >= first;
}

guint
vfg_cpu_list_count(const char *list)
{
    g_auto(GStrv) ranges = g_strsplit(list ? list : "", ",", -1);
    guint count = 0;
    for (guint i = 0; ranges[i]; i++)
        if (!count_range(ranges[i], &count))
            return 0;
    return count;
}

/* "  7955012 kB". */
static guint64
parse_kilobytes(const char *text)
{
    text += strspn(text, " \t");
    gsize len = strspn(text, "0123456789");
    g_autofree char *digits = g_strndup(text, len);
    guint64 value = 0;
    if (!g_str_has_prefix(text + len, " kB") ||
        !vfg_parse_uint(digits, 10, G_MAXUINT64 >> 10, &value, NULL))
        return 0;
    return value << 10;
}

guint64
vfg_meminfo_find(const char *text, const char *name)
{
    gsize len = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + len, name))
        if (at[len] == ':' && (at == text || strchr(" \n", at[-1])))
            return parse_kilobytes(at + len + 1);
    return 0;
}

/* The next word of a line as a limit, *at moves behind it. */
static gboolean
take_limit(const char **at, guint64 *ret)
{
    const char *word = *at + strspn(*at, " ");
    gsize len = strcspn(word, " \n");
    g_autofree char *copy = g_strndup(word, len);
    *at = word + len;
    if (g_str_equal(copy, "unlimited")) {
        *ret = G_MAXUINT64;
        return TRUE;
    }
    return vfg_parse_uint(copy, 10, G_MAXUINT64, ret, NULL);
}

void
vfg_memory_parse_limits(VfgMemory *memory, const char *text)
{
    const char *name = "Max locked memory ";
    const char *at = strstr(text, name);
    guint64 soft = 0, hard = 0;
    if (!at)
        return;
    at += strlen(name);
    if (!take_limit(&at, &soft) || !take_limit(&at, &hard))
        return;
    memory->memlock_known = TRUE;
    memory->memlock_soft = soft;
    memory->memlock_hard = hard;
}
