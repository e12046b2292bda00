/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Generations of GPUs by device id. */

#include "gpu-generation.h"

#include "error.h"
#include "ini.h"
#include "parse.h"

#include <string.h>

typedef struct {
    guint16 first;
    guint16 last;
} Range;

typedef struct {
    VfgGpuGeneration generation;
    GArray *ranges; /* Range */
} Entry;

struct VfgGpuGenerations {
    GPtrArray *entries; /* Entry */
};

static void
entry_free(Entry *entry)
{
    if (!entry)
        return;
    g_free(entry->generation.id);
    g_free(entry->generation.name);
    g_free(entry->generation.last_cuda);
    g_free(entry->generation.source);
    g_array_unref(entry->ranges);
    g_free(entry);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

VfgGpuGenerations *
vfg_gpu_generations_new(void)
{
    VfgGpuGenerations *generations = g_new0(VfgGpuGenerations, 1);
    generations->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    return generations;
}

void
vfg_gpu_generations_free(VfgGpuGenerations *generations)
{
    if (!generations)
        return;
    g_ptr_array_unref(generations->entries);
    g_free(generations);
}

/* "1b80" or "1b80-1bff" */
static gboolean
parse_range(const char *text, Range *ret, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    guint64 first = 0, last = 0;
    if (!ends[0] || !vfg_parse_uint(ends[0], 16, 0xffff, &first, error) ||
        !vfg_parse_uint(ends[1] ? ends[1] : ends[0], 16, 0xffff, &last, error))
        return FALSE;
    if (last < first) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "the range %s ends before it begins", text);
        return FALSE;
    }
    *ret = (Range){(guint16)first, (guint16)last};
    return TRUE;
}

static gboolean
parse_ranges(GKeyFile *parsed, const char *group, GArray *ranges, GError **error)
{
    g_auto(GStrv) items = vfg_ini_list(parsed, group, "devices");
    for (guint i = 0; items[i]; i++) {
        Range range = {0};
        if (!parse_range(items[i], &range, error)) {
            g_prefix_error(error, "[%s]: devices: ", group);
            return FALSE;
        }
        g_array_append_val(ranges, range);
    }
    if (ranges->len)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "[%s]: no devices", group);
    return FALSE;
}

static gboolean
parse_modules(GKeyFile *parsed, const char *group, VfgGpuModules *ret, GError **error)
{
    static const char *const names[] = {"proprietary", "open", "kernel"};
    g_auto(GStrv) items = vfg_ini_list(parsed, group, "modules");
    guint found = 0, count = 0;
    for (; items[count]; count++)
        for (guint bit = 0; bit < G_N_ELEMENTS(names); bit++)
            if (g_str_equal(items[count], names[bit]))
                found |= 1u << bit;
    if (!count || (guint)__builtin_popcount(found) != count) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                      "[%s]: modules is a list of proprietary, open, kernel", group);
        return FALSE;
    }
    *ret = (VfgGpuModules)found;
    return TRUE;
}

static gboolean
parse_rocm(GKeyFile *parsed, const char *group, VfgGpuRocm *ret, GError **error)
{
    static const char *const names[] = {"no", "unlisted", "yes"};
    g_autofree char *text = vfg_ini_text(parsed, group, "rocm");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(text, names[i]) == 0)
            *ret = (VfgGpuRocm)i;
        if (!text || g_str_equal(text, names[i]))
            return TRUE;
    }
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "[%s]: rocm is '%s', not yes, unlisted or no",
                  group, text);
    return FALSE;
}

static gboolean
parse_numbers(GKeyFile *parsed, const char *group, VfgGpuGeneration *generation, GError **error)
{
    guint64 vendor = 0, first = 0, last = 0, dma = 0;
    if (!vfg_ini_uint(parsed, group, "vendor", 16, 0xffff, &vendor, error) ||
        !vfg_ini_uint(parsed, group, "first-branch", 10, 9999, &first, error) ||
        !vfg_ini_uint(parsed, group, "last-branch", 10, 9999, &last, error) ||
        !vfg_ini_uint(parsed, group, "dma-bits", 10, 64, &dma, error))
        return FALSE;
    generation->vendor = (guint16)vendor;
    generation->first_branch = (guint)first;
    generation->last_branch = (guint)last;
    generation->dma_bits = (guint)dma;
    if (vendor)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "[%s]: no vendor", group);
    return FALSE;
}

static gboolean
take_group(GKeyFile *parsed, const char *group, gpointer data, GError **error)
{
    g_autoptr(Entry) entry = g_new0(Entry, 1);
    VfgGpuGeneration *generation = &entry->generation;
    entry->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    generation->id = g_strdup(group);
    generation->name = vfg_ini_need(parsed, group, "name", error);
    if (!generation->name)
        return FALSE;
    generation->source = vfg_ini_need(parsed, group, "source", error);
    if (!generation->source || !parse_numbers(parsed, group, generation, error) ||
        !parse_ranges(parsed, group, entry->ranges, error) ||
        !parse_modules(parsed, group, &generation->modules, error) ||
        !parse_rocm(parsed, group, &generation->rocm, error))
        return FALSE;
    generation->last_cuda = vfg_ini_text(parsed, group, "last-cuda");
    g_ptr_array_add(data, g_steal_pointer(&entry));
    return TRUE;
}

static void
replace_or_add(GPtrArray *entries, Entry *entry)
{
    for (guint i = 0; i < entries->len; i++) {
        const Entry *old = g_ptr_array_index(entries, i);
        if (g_str_equal(old->generation.id, entry->generation.id)) {
            g_ptr_array_remove_index(entries, i);
            break;
        }
    }
    g_ptr_array_add(entries, entry);
}

gboolean
vfg_gpu_generations_add(VfgGpuGenerations *generations, const char *file, const char *bytes,
                        gsize len, GError **error)
{
    static const char *const keys[] = {"name",         "vendor",      "devices",   "modules",
                                       "first-branch", "last-branch", "last-cuda", "rocm",
                                       "dma-bits",     "source",      NULL};
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    if (!vfg_ini_each(file, bytes, len, keys, take_group, fresh, error))
        return FALSE;
    while (fresh->len)
        replace_or_add(generations->entries, g_ptr_array_steal_index(fresh, 0));
    return TRUE;
}

/* The width of the entry's range that holds the id, or G_MAXUINT. */
static guint
range_width(const Entry *entry, guint16 device)
{
    guint width = G_MAXUINT;
    for (guint i = 0; i < entry->ranges->len; i++) {
        const Range *range = &g_array_index(entry->ranges, Range, i);
        if (device >= range->first && device <= range->last)
            width = MIN(width, (guint)(range->last - range->first));
    }
    return width;
}

const VfgGpuGeneration *
vfg_gpu_generations_find(const VfgGpuGenerations *generations, guint16 vendor, guint16 device)
{
    const VfgGpuGeneration *found = NULL;
    guint best = G_MAXUINT;
    for (guint i = 0; i < generations->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(generations->entries, i);
        guint width = entry->generation.vendor == vendor ? range_width(entry, device) : G_MAXUINT;
        if (width == G_MAXUINT || width > best)
            continue;
        best = width;
        found = &entry->generation;
    }
    return found;
}
