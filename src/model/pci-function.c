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
#define RESOURCE_DISABLED 0x10000000
#define RESOURCE_UNSET 0x20000000

/* Lines of a `resource` file, counted from 0 (enum in include/linux/pci.h). The BARs of SR-IOV are
 * there where the kernel has CONFIG_PCI_IOV, a bridge's windows only where there is a bus below. */
#define LINE_ROM 6
#define LINE_WINDOWS 7
#define LINE_WINDOWS_IOV 13
#define LINES_MAX 17

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
    g_free(function->power_state);
    g_free(function->reset_methods);
    g_free(function->caps);
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
take_value(const char **at, char end, guint64 *ret)
{
    *at += g_str_has_prefix(*at, "0x") ? 2 : 0;
    return vfg_parse_take_hex(at, 1, 16, end, ret);
}

/* "start end flags"; the last line may lack its newline. */
static gboolean
take_line(const char **at, guint64 values[3])
{
    return take_value(at, ' ', &values[0]) && take_value(at, ' ', &values[1]) &&
           (take_value(at, '\n', &values[2]) || take_value(at, '\0', &values[2]));
}

/* A BAR that found no place keeps its size with the UNSET flag, or has an address of 0
 * (drivers/pci/setup-res.c). One of 8 EiB or more can't be. */
static gboolean
make_bar(guint index, const guint64 values[3], VfgPciBar *ret)
{
    guint64 start = values[0], end = values[1], flags = values[2];
    if (!(flags & (RESOURCE_IO | RESOURCE_MEM)) || end < start || end - start >= G_MAXINT64)
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

/* A window that is closed has no flags, ends before it starts, or was not placed
 * (pci_read_bridge_windows() in drivers/pci/probe.c). */
static gboolean
make_window(const guint64 values[3], VfgPciWindow *ret)
{
    guint64 start = values[0], end = values[1], flags = values[2];
    if (!(flags & (RESOURCE_IO | RESOURCE_MEM)) || flags & (RESOURCE_UNSET | RESOURCE_DISABLED) ||
        end <= start || (start == 0 && !(flags & RESOURCE_IO)))
        return FALSE;
    *ret = (VfgPciWindow){
        .open = TRUE, .wide = (flags & RESOURCE_MEM_64) != 0, .start = start, .end = end};
    return TRUE;
}

/* The kind is told by the flags; of a CardBus bridge's two of a kind the first is taken. */
static void
fill_windows(VfgPciFunction *function, guint64 lines[][3], guint n_lines)
{
    VfgPciWindow window;
    function->io_window = function->mem_window = function->pref_window = (VfgPciWindow){0};
    guint first = n_lines < LINE_WINDOWS_IOV ? LINE_WINDOWS : LINE_WINDOWS_IOV;
    for (guint i = first; i < n_lines; i++) {
        VfgPciWindow *memory =
            lines[i][2] & RESOURCE_PREFETCH ? &function->pref_window : &function->mem_window;
        VfgPciWindow *place = lines[i][2] & RESOURCE_IO ? &function->io_window : memory;
        if (!place->open && make_window(lines[i], &window))
            *place = window;
    }
}

/* Gives the number of lines read, or -1. */
static int
parse_lines(const char *text, guint64 ret[LINES_MAX][3], GError **error)
{
    int n = 0;
    for (; n < LINES_MAX && *text && *text != '\n'; n++) {
        if (!take_line(&text, ret[n])) {
            vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                          "line %d: expected three hexadecimal numbers: start end flags", n + 1);
            return -1;
        }
    }
    return n;
}

gboolean
vfg_pci_function_parse_resource(VfgPciFunction *function, const char *text, GError **error)
{
    guint64 lines[LINES_MAX][3];
    VfgPciBar rom;
    int n = parse_lines(text, lines, error);
    if (n < 0)
        return FALSE;
    function->n_bars = 0;
    for (guint i = 0; i < MIN((guint)n, VFG_PCI_MAX_BARS); i++)
        if (make_bar(i, lines[i], &function->bars[function->n_bars]))
            function->n_bars++;
    function->rom_size = n > LINE_ROM && make_bar(LINE_ROM, lines[LINE_ROM], &rom) ? rom.size : 0;
    fill_windows(function, lines, (guint)n);
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
