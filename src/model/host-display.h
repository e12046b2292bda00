/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host shows its own screens with: framebuffers of the firmware, framebuffer devices,
 * consoles and connectors with a screen. */

#pragma once

#include "pci-address.h"

/* A range of /proc/iomem that a framebuffer of the firmware occupies. */
typedef struct {
    char *name;         /* as /proc/iomem has it: "BOOTFB", "efifb" */
    guint64 start, end; /* both inclusive */
    gboolean has_function;
    VfgPciAddress function; /* in whose BAR it lies, where has_function */
    guint bar;              /* the index of that BAR */
} VfgFramebufferClaim;

/* A framebuffer device, a line of /proc/fb. */
typedef struct {
    guint index; /* of /dev/fbN */
    char *name;  /* "EFI VGA", "amdgpudrmfb" */
    gboolean has_function;
    VfgPciAddress function;
} VfgFramebuffer;

/* A console of the kernel's messages, a line of /proc/consoles (proc_consoles(5)). */
typedef struct {
    char *name;         /* "tty0", "ttyS0" */
    gboolean enabled;   /* E */
    gboolean preferred; /* C: also /dev/console */
} VfgConsole;

/* A driver of the virtual terminals (Documentation/driver-api/tty/console.rst). */
typedef struct {
    guint index;    /* of /sys/class/vtconsole/vtconN */
    char *name;     /* "(S) dummy device", "(M) frame buffer device" */
    gboolean bound; /* terminals are shown through it */
} VfgVtconsole;

/* A framebuffer that the firmware left to the kernel: a device of the platform bus
 * (drivers/firmware/sysfb.c, sysfb_simplefb.c). */
typedef struct {
    char *device;   /* "efi-framebuffer.0", "simple-framebuffer.0" */
    gboolean bound; /* a driver has it */
    gboolean has_function;
    VfgPciAddress function; /* whose it is, where the kernel says so */
} VfgFirmwareScreen;

/* A connector that has a screen (/sys/class/drm/CARD-CONNECTOR/status: "connected"). The kernel
 * gives the state it knows; nothing is probed. */
typedef struct {
    char *name; /* "card1-DP-1" */
    gboolean has_function;
    VfgPciAddress function;
} VfgConnector;

typedef struct {
    gboolean claims_known;   /* FALSE: /proc/iomem can't be read or hides its addresses */
    GPtrArray *claims;       /* of VfgFramebufferClaim */
    GPtrArray *framebuffers; /* of VfgFramebuffer */
    GPtrArray *consoles;     /* of VfgConsole */
    GPtrArray *vtconsoles;   /* of VfgVtconsole */
    GPtrArray *connectors;   /* of VfgConnector */
    GPtrArray *firmware;     /* of VfgFirmwareScreen */
} VfgDisplay;

/* An empty one, whose arrays own their members. */
VfgDisplay *vfg_display_new(void);
void vfg_display_free(VfgDisplay *display);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgDisplay, vfg_display_free)

void vfg_framebuffer_free(VfgFramebuffer *framebuffer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgFramebuffer, vfg_framebuffer_free)

/* Adds the lines of /proc/consoles to the display. */
void vfg_display_parse_consoles(VfgDisplay *display, const char *text);

/* Adds the lines of /proc/fb, "0 EFI VGA", without functions. */
void vfg_display_parse_framebuffers(VfgDisplay *display, const char *text);
