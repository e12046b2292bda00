/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The physical address space as /proc/iomem shows it. */

#include "iomem.h"

#include "error.h"
#include "parse.h"

#include <string.h>

/* The kernel shows eight levels at most (kernel/resource.c, MAX_IORES_LEVEL); more is no error. */
#define INDENT 2

void
vfg_iomem_range_free(VfgIomemRange *range)
{
    if (!range)
        return;
    g_free(range->name);
    g_free(range);
}

/* Up to sixteen hexadecimal digits; *at moves behind them. Hosts with thousands of functions have
 * tens of thousands of lines, so nothing is copied here. */
static gboolean
take_hex(const char **at, const char *end, guint64 *ret)
{
    const char *start = *at;
    guint64 value = 0;
    while (*at < end && *at - start < 16 && g_ascii_isxdigit(**at))
        value = value << 4 | (guint64)g_ascii_xdigit_value(*(*at)++);
    *ret = value;
    return *at > start;
}

/* "  fec00000-fec003ff : IOAPIC 0". */
static VfgIomemRange *
parse_range(const char *line, gsize len)
{
    gsize indent = strspn(line, " ");
    const char *end = line + len, *at = line + indent;
    guint64 first = 0, last = 0;
    if (indent % INDENT || !take_hex(&at, end, &first) || at == end || *at++ != '-' ||
        !take_hex(&at, end, &last) || last < first || end - at < 3 || strncmp(at, " : ", 3) != 0)
        return NULL;
    VfgIomemRange *range = g_new0(VfgIomemRange, 1);
    range->depth = (guint)MIN(indent / INDENT, G_MAXUINT16);
    range->start = first;
    range->end = last;
    range->name = g_strndup(at + 3, (gsize)(end - at - 3));
    return range;
}

GPtrArray *
vfg_iomem_parse(const char *text, GError **error)
{
    g_autoptr(GPtrArray) ranges =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_iomem_range_free);
    guint64 seen = 0;
    while (*text) {
        gsize len = strcspn(text, "\n");
        VfgIomemRange *range = parse_range(text, len);
        if (!range) {
            g_autofree char *copy = g_strndup(text, MIN(len, 64));
            g_autofree char *shown = g_strescape(copy, NULL);
            vfg_error_set(error, VFG_ERROR_PARSE, NULL, "'%s' is not a line of iomem", shown);
            return NULL;
        }
        g_ptr_array_add(ranges, range);
        seen |= range->end;
        text += len + (text[len] == '\n');
    }
    if (!seen) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "run the command as root",
                      "the kernel hides the addresses in /proc/iomem");
        return NULL;
    }
    return g_steal_pointer(&ranges);
}

/* "PCI Bus 0000:00". */
static gboolean
parse_bus(const char *name, VfgMmioWindow *window)
{
    if (!g_str_has_prefix(name, "PCI Bus "))
        return FALSE;
    g_auto(GStrv) parts = g_strsplit(name + strlen("PCI Bus "), ":", -1);
    guint64 pci_domain = 0, bus = 0;
    if (g_strv_length(parts) != 2 ||
        !vfg_parse_uint(parts[0], 16, G_MAXUINT32, &pci_domain, NULL) ||
        !vfg_parse_uint(parts[1], 16, G_MAXUINT8, &bus, NULL))
        return FALSE;
    window->pci_domain = (guint32)pci_domain;
    window->bus = (guint8)bus;
    return TRUE;
}

static gboolean
is_config_space(const char *name)
{
    return g_str_has_prefix(name, "PCI ECAM") || g_str_has_prefix(name, "PCI MMCONFIG");
}

GArray *
vfg_iomem_find_windows(GPtrArray *ranges)
{
    GArray *windows = g_array_new(FALSE, TRUE, sizeof(VfgMmioWindow));
    guint closed = G_MAXUINT; /* ranges deeper than this lie in a window or configuration space */
    for (guint i = 0; i < ranges->len; i++) {
        const VfgIomemRange *range = g_ptr_array_index(ranges, i);
        VfgMmioWindow window = {.start = range->start, .end = range->end};
        if (closed != G_MAXUINT && range->depth > closed)
            continue;
        gboolean is_bus = parse_bus(range->name, &window);
        closed = is_bus || is_config_space(range->name) ? range->depth : G_MAXUINT;
        if (is_bus)
            g_array_append_val(windows, window);
    }
    return windows;
}

gboolean
vfg_mmio_window_is_high(const VfgMmioWindow *window)
{
    return window->start >= 1ULL << 32;
}

gboolean
vfg_iomem_range_is_framebuffer(const VfgIomemRange *range)
{
    static const char *const names[] = {"BOOTFB",    "efifb",  "vesafb",  "simplefb", "offb",
                                        "simpledrm", "efidrm", "vesadrm", "ofdrm",    NULL};
    static const char *const prefixes[] = {"simple-framebuffer", "efi-framebuffer",
                                           "vesa-framebuffer", "System Framebuffer"};
    if (g_strv_contains(names, range->name))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(range->name, prefixes[i]))
            return TRUE;
    return FALSE;
}
