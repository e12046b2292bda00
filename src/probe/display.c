/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The physical address space, and what the host shows its screens with. */

#include "display.h"

#include "parse.h"
#include "sysfs-path.h"

#include <string.h>

#define IOMEM_MAX (64 << 20) /* some lines a PCI function */
#define PLATFORM_DEVICES "/sys/bus/platform/devices"
#define CLAIMS_MAX 64 /* a host has one or two */

/* The BAR that holds a range; FALSE where there is none. */
static gboolean
find_bar(const VfgHost *host, guint64 start, guint64 end, VfgFramebufferClaim *claim)
{
    for (guint i = 0; i < host->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        for (guint b = 0; b < function->n_bars; b++) {
            const VfgPciBar *bar = &function->bars[b];
            if (bar->kind == VFG_PCI_BAR_IO || !bar->assigned || start < bar->address ||
                end - bar->address >= bar->size)
                continue;
            claim->function = function->address;
            claim->bar = bar->index;
            return TRUE;
        }
    }
    return FALSE;
}

static void
add_claim(VfgHost *host, const VfgIomemRange *range)
{
    VfgFramebufferClaim *claim = g_new0(VfgFramebufferClaim, 1);
    claim->name = g_strdup(range->name);
    claim->start = range->start;
    claim->end = range->end;
    claim->has_function = find_bar(host, range->start, range->end, claim);
    g_ptr_array_add(host->display->claims, claim);
}

static void
read_iomem(VfgRoot *root, VfgHost *host)
{
    g_autofree char *text = vfg_root_read(root, "/proc/iomem", IOMEM_MAX, NULL, NULL);
    g_autoptr(GPtrArray) ranges = text ? vfg_iomem_parse(text, NULL) : NULL;
    if (!ranges)
        return;
    host->mmio_windows = vfg_iomem_find_windows(ranges);
    host->display->claims_known = TRUE;
    for (guint i = 0; i < ranges->len && host->display->claims->len < CLAIMS_MAX; i++) {
        const VfgIomemRange *range = g_ptr_array_index(ranges, i);
        if (vfg_iomem_range_is_framebuffer(range))
            add_claim(host, range);
    }
}

static gboolean
find_function(VfgRoot *root, const char *path, VfgPciAddress *ret)
{
    g_autofree char *real = vfg_sysfs_real_path(root, path);
    return real && vfg_sysfs_find_function(real, ret);
}

static void
read_framebuffers(VfgRoot *root, VfgDisplay *display)
{
    g_autofree char *text = vfg_root_read(root, "/proc/fb", 1 << 16, NULL, NULL);
    vfg_display_parse_framebuffers(display, text ? text : "");
    for (guint i = 0; i < display->framebuffers->len; i++) {
        VfgFramebuffer *framebuffer = g_ptr_array_index(display->framebuffers, i);
        g_autofree char *path = g_strdup_printf("/sys/class/graphics/fb%u", framebuffer->index);
        framebuffer->has_function = find_function(root, path, &framebuffer->function);
    }
}

static void
read_consoles(VfgRoot *root, VfgDisplay *display)
{
    g_autofree char *text = vfg_root_read(root, "/proc/consoles", 1 << 16, NULL, NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(root, "/sys/class/vtconsole", NULL);
    vfg_display_parse_consoles(display, text ? text : "");
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *bind = g_strconcat("/sys/class/vtconsole/", name, "/bind", NULL);
        g_autofree char *label = g_strconcat("/sys/class/vtconsole/", name, "/name", NULL);
        guint64 index = 0, bound = 0;
        if (!g_str_has_prefix(name, "vtcon") ||
            !vfg_parse_uint(name + strlen("vtcon"), 10, G_MAXUINT16, &index, NULL))
            continue;
        VfgVtconsole *vtconsole = g_new0(VfgVtconsole, 1);
        vtconsole->index = (guint)index;
        vtconsole->name = vfg_root_read_text(root, label, NULL);
        vtconsole->bound = vfg_root_read_uint(root, bind, 10, 1, &bound, NULL) && bound;
        g_ptr_array_add(display->vtconsoles, vtconsole);
    }
}

/* The names that the kernel gives them (drivers/firmware/sysfb.c, sysfb_init). */
static gboolean
is_firmware_screen(const char *device)
{
    static const char *const prefixes[] = {"efi-framebuffer.",    "vesa-framebuffer.",
                                           "vga-framebuffer.",    "ega-framebuffer.",
                                           "simple-framebuffer.", "platform-framebuffer."};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(device, prefixes[i]))
            return TRUE;
    return FALSE;
}

static void
read_firmware_screens(VfgRoot *root, VfgDisplay *display)
{
    g_autoptr(GPtrArray) names = vfg_root_list(root, PLATFORM_DEVICES, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!is_firmware_screen(name))
            continue;
        g_autofree char *path = g_strconcat(PLATFORM_DEVICES "/", name, NULL);
        g_autofree char *link = g_strconcat(path, "/driver", NULL);
        g_autofree char *driver = vfg_root_link_name(root, link);
        VfgFirmwareScreen *screen = g_new0(VfgFirmwareScreen, 1);
        screen->device = g_strdup(name);
        screen->bound = driver != NULL;
        screen->has_function = find_function(root, path, &screen->function);
        g_ptr_array_add(display->firmware, screen);
    }
}

/* "card1-DP-1", not "card1" or "renderD128". */
static void
read_connectors(VfgRoot *root, VfgDisplay *display)
{
    g_autoptr(GPtrArray) names = vfg_root_list(root, "/sys/class/drm", NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!g_str_has_prefix(name, "card") || !strchr(name, '-'))
            continue;
        g_autofree char *path = g_strconcat("/sys/class/drm/", name, NULL);
        g_autofree char *status = g_strconcat(path, "/status", NULL);
        g_autofree char *text = vfg_root_read_text(root, status, NULL);
        if (g_strcmp0(text, "connected") != 0)
            continue;
        VfgConnector *connector = g_new0(VfgConnector, 1);
        connector->name = g_strdup(name);
        connector->has_function = find_function(root, path, &connector->function);
        g_ptr_array_add(display->connectors, connector);
    }
}

void
vfg_probe_display(VfgRoot *root, VfgHost *host)
{
    read_iomem(root, host);
    read_framebuffers(root, host->display);
    read_consoles(root, host->display);
    read_connectors(root, host->display);
    read_firmware_screens(root, host->display);
}
