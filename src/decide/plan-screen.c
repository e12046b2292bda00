/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Steps for the host's screen. */

#include "plan-screen.h"

#include <string.h>

/* What fbcon calls itself in /sys/class/vtconsole/vtconN/name (drivers/video/fbdev/core/fbcon.c).
 * Text mode's "VGA+" is left to the kernel: there is no driver that could stand in for it. */
#define ON_FRAMEBUFFER "frame buffer device"

/* Where the kernel does not say whose a framebuffer is, the BAR tells that it lies in, and where
 * addresses can't be read the firmware's choice of the boot display does. */
static gboolean
is_shown_by(const VfgFirmwareScreen *screen, const VfgHost *host, const VfgGpu *gpu)
{
    const GPtrArray *claims = host->display->claims;
    gboolean elsewhere = FALSE;
    if (screen->has_function)
        return vfg_pci_address_compare(screen->function, gpu->function->address) == 0;
    for (guint i = 0; i < claims->len; i++) {
        const VfgFramebufferClaim *claim = g_ptr_array_index(claims, i);
        if (!claim->has_function)
            continue;
        if (vfg_pci_address_compare(claim->function, gpu->function->address) == 0)
            return TRUE;
        elsewhere = TRUE;
    }
    return !elsewhere;
}

/* Whether the terminals are shown on this GPU and on no other. */
static gboolean
has_all_framebuffers(const VfgHost *host, const VfgGpu *gpu)
{
    const VfgDisplay *display = host->display;
    for (guint i = 0; i < display->framebuffers->len; i++) {
        const VfgFramebuffer *framebuffer = g_ptr_array_index(display->framebuffers, i);
        if (framebuffer->has_function &&
            vfg_pci_address_compare(framebuffer->function, gpu->function->address) != 0)
            return FALSE;
    }
    for (guint i = 0; i < display->firmware->len; i++) {
        const VfgFirmwareScreen *screen = g_ptr_array_index(display->firmware, i);
        if (screen->bound && !is_shown_by(screen, host, gpu))
            return FALSE;
    }
    return display->framebuffers->len > 0;
}

/* Only terminals that are with a built-in driver, "(S)", can be bound to another one by hand
 * (drivers/tty/vt/vt.c, vt_bind). A host that booted in text mode has none left once vgacon was
 * replaced (vga_remove_vgacon): there the kernel moves them when the framebuffer goes or comes. */
static gboolean
can_come_back(const VfgHost *host)
{
    const GPtrArray *vtconsoles = host->display->vtconsoles;
    for (guint i = 0; i < vtconsoles->len; i++) {
        const VfgVtconsole *vtconsole = g_ptr_array_index(vtconsoles, i);
        if (vtconsole->name && g_str_has_prefix(vtconsole->name, "(S)"))
            return TRUE;
    }
    return FALSE;
}

static void
take_terminals(VfgPlan *plan, const VfgHost *host, const VfgGpu *gpu, const char *address)
{
    const GPtrArray *vtconsoles = host->display->vtconsoles;
    if (!has_all_framebuffers(host, gpu) || !can_come_back(host))
        return;
    for (guint i = 0; i < vtconsoles->len; i++) {
        const VfgVtconsole *vtconsole = g_ptr_array_index(vtconsoles, i);
        if (!vtconsole->bound || !vtconsole->name || !strstr(vtconsole->name, ON_FRAMEBUFFER))
            continue;
        g_autofree char *name = g_strdup_printf("vtcon%u", vtconsole->index);
        vfg_plan_add(plan, VFG_STEP_SET_CONSOLE, address, name, NULL);
        g_ptr_array_add(plan->notes, g_strdup_printf("%s shows the host's terminals: they stay "
                                                     "dark until it is given back",
                                                     address));
    }
}

void
vfg_plan_take_screen(VfgPlan *plan, const VfgHost *host, const VfgGpu *gpu)
{
    g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
    if (!gpu->function->boot_display)
        return;
    take_terminals(plan, host, gpu, address);
    for (guint i = 0; i < host->display->firmware->len; i++) {
        const VfgFirmwareScreen *screen = g_ptr_array_index(host->display->firmware, i);
        if (!screen->bound || !is_shown_by(screen, host, gpu))
            continue;
        vfg_plan_add(plan, VFG_STEP_SET_FRAMEBUFFER, address, screen->device, NULL);
        g_ptr_array_add(
            plan->notes,
            g_strdup_printf("%s may be back at the next boot only: Linux 6.0 and later remove it "
                            "for good when vfio-pci takes %s",
                            screen->device, address));
    }
}

static void
restore_framebuffer(VfgPlan *plan, const VfgHost *host, const VfgStep *taken)
{
    for (guint i = 0; i < host->display->firmware->len; i++) {
        const VfgFirmwareScreen *screen = g_ptr_array_index(host->display->firmware, i);
        if (!g_str_equal(screen->device, taken->from))
            continue;
        if (!screen->bound)
            vfg_plan_add(plan, VFG_STEP_SET_FRAMEBUFFER, taken->subject, NULL, taken->from);
        return;
    }
    g_ptr_array_add(plan->notes,
                    g_strdup_printf("the firmware's framebuffer %s is gone: the screen of %s stays "
                                    "dark until a driver of its own shows something, or until the "
                                    "next boot",
                                    taken->from, taken->subject));
}

/* fbcon goes with the last framebuffer and takes the terminals itself when one appears, so that
 * there may be nothing to do. */
static void
restore_terminals(VfgPlan *plan, const VfgHost *host, const VfgStep *taken)
{
    for (guint i = 0; i < host->display->vtconsoles->len; i++) {
        const VfgVtconsole *vtconsole = g_ptr_array_index(host->display->vtconsoles, i);
        g_autofree char *name = g_strdup_printf("vtcon%u", vtconsole->index);
        if (vtconsole->bound || !g_str_equal(name, taken->from))
            continue;
        if (can_come_back(host))
            vfg_plan_add(plan, VFG_STEP_SET_CONSOLE, taken->subject, NULL, name);
        else
            g_ptr_array_add(plan->notes, g_strdup_printf("the terminals (%s) come back with the "
                                                         "next framebuffer only",
                                                         name));
    }
}

void
vfg_plan_restore_screen(VfgPlan *plan, const VfgHost *host, const GPtrArray *taken)
{
    for (guint i = 0; i < taken->len; i++) {
        const VfgStep *step = g_ptr_array_index(taken, i);
        if (step->kind == VFG_STEP_SET_FRAMEBUFFER)
            restore_framebuffer(plan, host, step);
    }
    for (guint i = 0; i < taken->len; i++) {
        const VfgStep *step = g_ptr_array_index(taken, i);
        if (step->kind == VFG_STEP_SET_CONSOLE)
            restore_terminals(plan, host, step);
    }
}
