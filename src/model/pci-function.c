/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A PCI function as it was found. */

#include "pci-function.h"

#include "error.h"
#include "parse.h"

/* include/linux/ioport.h */
#define RESOURCE_IO 0x00000100
#define RESOURCE_MEM 0x00000200
#define RESOURCE_PREFETCH 0x00002000
#define RESOURCE_MEM_64 0x00100000
#define RESOURCE_UNSET 0x20000000

VfgPciFunction *
vfg_pci_function_new(VfgPciAddress address)
{
    VfgPciFunction *function = g_new0(VfgPciFunction, 1);
    function->address = address;
    function->numa_node = -1;
    function->iommu_group = -1;
    return function;
}

void
vfg_pci_function_free(VfgPciFunction *function)
{
    if (!function)
        return;
    g_free(function->driver);
    g_free(function->driver_override);
    g_free(function->name);
    g_free(function);
}

guint
vfg_pci_function_class(const VfgPciFunction *function)
{
    return function->class_code >> 8;
}

gboolean
vfg_pci_function_is_display(const VfgPciFunction *function)
{
    guint class = vfg_pci_function_class(function);
    return class >> 8 == VFG_PCI_CLASS_DISPLAY || class == VFG_PCI_CLASS_ACCELERATOR;
}

static gboolean
parse_resource_line(const char *line, guint64 values[3], GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 4);
    if (g_strv_length(words) != 3) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "expected 'start end flags'");
        return FALSE;
    }
    for (guint i = 0; i < 3; i++)
        if (!vfg_parse_uint(words[i], 16, G_MAXUINT64, &values[i], error))
            return FALSE;
    return TRUE;
}

/* A BAR that found no place keeps its size with the UNSET flag, or has an address of 0
 * (drivers/pci/setup-res.c). */
static gboolean
make_bar(guint index, const guint64 values[3], VfgPciBar *ret)
{
    guint64 start = values[0], end = values[1], flags = values[2];
    if (!(flags & (RESOURCE_IO | RESOURCE_MEM)) || end < start)
        return FALSE;
    VfgPciBarKind memory = flags & RESOURCE_MEM_64 ? VFG_PCI_BAR_MEM64 : VFG_PCI_BAR_MEM32;
    gboolean assigned = start != 0 && !(flags & RESOURCE_UNSET);
    *ret = (VfgPciBar){.index = index,
                       .kind = flags & RESOURCE_IO ? VFG_PCI_BAR_IO : memory,
                       .prefetchable = (flags & RESOURCE_PREFETCH) != 0,
                       .assigned = assigned,
                       .size = end - start + 1,
                       .address = assigned ? start : 0};
    return TRUE;
}

gboolean
vfg_pci_function_parse_resource(VfgPciFunction *function, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    VfgPciBar bars[VFG_PCI_MAX_BARS];
    guint n_bars = 0;
    for (guint i = 0; i < VFG_PCI_MAX_BARS && lines[i] && *lines[i]; i++) {
        guint64 values[3];
        if (!parse_resource_line(lines[i], values, error)) {
            g_prefix_error(error, "line %u: ", i + 1);
            return FALSE;
        }
        if (make_bar(i, values, &bars[n_bars]))
            n_bars++;
    }
    for (guint i = 0; i < n_bars; i++)
        function->bars[i] = bars[i];
    function->n_bars = n_bars;
    return TRUE;
}

json_t *
vfg_pci_function_bars_to_json(const VfgPciFunction *function)
{
    static const char *const kinds[] = {"io", "mem32", "mem64"};
    json_t *array = json_array();
    for (guint i = 0; i < function->n_bars; i++) {
        const VfgPciBar *bar = &function->bars[i];
        json_array_append_new(array, json_pack("{s:i, s:I, s:s, s:b, s:b}", "index",
                                               (int)bar->index, "size", (json_int_t)bar->size,
                                               "kind", kinds[bar->kind], "prefetchable",
                                               bar->prefetchable, "assigned", bar->assigned));
    }
    return array;
}

json_t *
vfg_pci_id_to_json(guint16 id)
{
    char text[5];
    g_snprintf(text, sizeof text, "%04x", id);
    return json_string(text);
}
