/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Counters of GPUs in sysfs. */

#include "gpu-sysfs.h"

#include "facts.h"
#include "parse.h"

#include <string.h>

#define MAX_BLOCKS 64
#define SUFFIX "_err_count"

typedef struct {
    VfgRoot *device; /* its folder in sysfs */
    VfgPciAddress address;
    VfgReadingFunc func;
    gpointer data;
} Reader;

static void
give(const Reader *reader, VfgCounterKind kind, const char *part, guint64 value, const char *detail)
{
    VfgReading reading = {reader->address, kind, part, value, detail};
    reader->func(&reading, reader->data);
}

/* "ue: 0" and "ce: 1", a line each; newer kernels have "de: 0", errors that did no harm yet. */
static void
read_block(const Reader *reader, const char *name)
{
    static const struct {
        const char *word;
        VfgCounterKind kind;
    } counts[] = {{"ue: ", VFG_COUNTER_RAS_UNCORRECTED}, {"ce: ", VFG_COUNTER_RAS_CORRECTED}};
    g_autofree char *block = g_strndup(name, strlen(name) - strlen(SUFFIX));
    g_autofree char *path = g_strconcat("ras/", name, NULL);
    g_autofree char *text = vfg_root_read_text(reader->device, path, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", 8);
    for (char **line = lines; *line; line++) {
        for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
            guint64 value = 0;
            if (g_str_has_prefix(*line, counts[i].word) &&
                vfg_parse_uint(g_strstrip(*line + strlen(counts[i].word)), 10, G_MAXINT64, &value,
                               NULL))
                give(reader, counts[i].kind, block, value, NULL);
        }
    }
}

static void
read_blocks(const Reader *reader)
{
    g_autoptr(GPtrArray) names = vfg_root_list(reader->device, "ras", NULL);
    for (guint i = 0; names && i < MIN(names->len, MAX_BLOCKS); i++)
        if (g_str_has_suffix(g_ptr_array_index(names, i), SUFFIX))
            read_block(reader, g_ptr_array_index(names, i));
}

static gboolean
read_number(const Reader *reader, const char *name, guint64 *ret)
{
    return vfg_root_read_uint(reader->device, name, 10, G_MAXINT64, ret, NULL);
}

/* The maximum is the card's; one in a slot with fewer lanes has fewer from the first look on. A
 * link that is down reads as 0 or 255 lanes. */
static void
read_link(const Reader *reader)
{
    guint64 now = 0, max = 0;
    if (!read_number(reader, "current_link_width", &now) ||
        !read_number(reader, "max_link_width", &max) || now == 0 || now > 32)
        return;
    g_autofree char *detail = g_strdup_printf("%u of %u lanes", (guint)now, (guint)max);
    give(reader, VFG_COUNTER_LINK_WIDTH, NULL, now < max, detail);
}

static void
read_gpu(const Reader *reader)
{
    guint64 replays = 0;
    read_blocks(reader);
    read_link(reader);
    if (read_number(reader, "pcie_replay_count", &replays))
        give(reader, VFG_COUNTER_REPLAYS, NULL, replays, NULL);
}

guint
vfg_gpu_sysfs_read(VfgRoot *root, VfgReadingFunc func, gpointer data)
{
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(root);
    guint n = 0;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        g_autofree char *address = vfg_pci_address_dup(gpu->address);
        g_autofree char *path = g_strconcat("/sys/bus/pci/devices/", address, NULL);
        if (g_strcmp0(gpu->driver, "amdgpu") != 0)
            continue;
        n++;
        g_autoptr(VfgRoot) device = vfg_root_enter(root, path, NULL);
        Reader reader = {device, gpu->address, func, data};
        if (device)
            read_gpu(&reader);
    }
    return n;
}
