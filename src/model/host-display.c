/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host shows its own screens with. */

#include "host-display.h"

#include "parse.h"

#include <string.h>

static void
claim_free(VfgFramebufferClaim *claim)
{
    g_free(claim->name);
    g_free(claim);
}

void
vfg_framebuffer_free(VfgFramebuffer *framebuffer)
{
    if (!framebuffer)
        return;
    g_free(framebuffer->name);
    g_free(framebuffer);
}

static void
console_free(VfgConsole *console)
{
    g_free(console->name);
    g_free(console);
}

static void
vtconsole_free(VfgVtconsole *vtconsole)
{
    g_free(vtconsole->name);
    g_free(vtconsole);
}

static void
connector_free(VfgConnector *connector)
{
    g_free(connector->name);
    g_free(connector);
}

static void
firmware_screen_free(VfgFirmwareScreen *screen)
{
    g_free(screen->device);
    g_free(screen);
}

VfgDisplay *
vfg_display_new(void)
{
    VfgDisplay *display = g_new0(VfgDisplay, 1);
    display->claims = g_ptr_array_new_with_free_func((GDestroyNotify)claim_free);
    display->framebuffers = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_framebuffer_free);
    display->consoles = g_ptr_array_new_with_free_func((GDestroyNotify)console_free);
    display->vtconsoles = g_ptr_array_new_with_free_func((GDestroyNotify)vtconsole_free);
    display->connectors = g_ptr_array_new_with_free_func((GDestroyNotify)connector_free);
    display->firmware = g_ptr_array_new_with_free_func((GDestroyNotify)firmware_screen_free);
    return display;
}

void
vfg_display_free(VfgDisplay *display)
{
    if (!display)
        return;
    g_ptr_array_unref(display->claims);
    g_ptr_array_unref(display->framebuffers);
    g_ptr_array_unref(display->consoles);
    g_ptr_array_unref(display->vtconsoles);
    g_ptr_array_unref(display->connectors);
    g_ptr_array_unref(display->firmware);
    g_free(display);
}

/* "ttyS0                -W- (EC  p a)    4:64". */
void
vfg_display_parse_consoles(VfgDisplay *display, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        gsize len = strcspn(*line, " \t");
        char *open = strchr(*line, '('), *close = open ? strchr(open, ')') : NULL;
        if (!len || !close)
            continue;
        VfgConsole *console = g_new0(VfgConsole, 1);
        *close = '\0';
        console->name = g_strndup(*line, len);
        console->enabled = strchr(open, 'E') != NULL;
        console->preferred = strchr(open, 'C') != NULL;
        g_ptr_array_add(display->consoles, console);
    }
}

void
vfg_display_parse_framebuffers(VfgDisplay *display, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *blank = strchr(*line, ' ');
        guint64 index = 0;
        if (!blank)
            continue;
        *blank = '\0';
        if (!vfg_parse_uint(*line, 10, G_MAXUINT16, &index, NULL))
            continue;
        VfgFramebuffer *framebuffer = g_new0(VfgFramebuffer, 1);
        framebuffer->index = (guint)index;
        framebuffer->name = g_strdup(blank + 1);
        g_ptr_array_add(display->framebuffers, framebuffer);
    }
}
