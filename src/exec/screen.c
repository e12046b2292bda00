/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The acts on the host's screen. */

#include "screen.h"

#include "error.h"

#define PLATFORM "/sys/bus/platform"

gboolean
vfg_screen_is_step(const VfgStep *step)
{
    return step->kind == VFG_STEP_SET_CONSOLE || step->kind == VFG_STEP_SET_FRAMEBUFFER;
}

static const char *
name_of(const VfgStep *step)
{
    return step->from ? step->from : step->to;
}

static char *
read_driver(VfgRoot *root, const char *device)
{
    g_autofree char *link = g_strdup_printf(PLATFORM "/devices/%s/driver", device);
    return vfg_root_link_name(root, link);
}

char *
vfg_screen_read(VfgRoot *root, const VfgStep *step)
{
    const char *name = name_of(step);
    g_autofree char *path = g_strdup_printf("/sys/class/vtconsole/%s/bind", name);
    g_autofree char *state = step->kind == VFG_STEP_SET_CONSOLE
                                 ? vfg_root_read_text(root, path, NULL)
                                 : read_driver(root, name);
    return state && !g_str_equal(state, "0") ? g_strdup(name) : NULL;
}

static VfgChild *
start_framebuffer(VfgRoot *root, const VfgStep *step, GError **error)
{
    if (step->to) /* whichever driver knows it: they are built in */
        return vfg_child_start_write(root, PLATFORM "/drivers_probe", step->to, error);
    g_autofree char *driver = read_driver(root, step->from);
    g_autofree char *path = g_strdup_printf(PLATFORM "/drivers/%s/unbind", driver ? driver : "");
    return vfg_child_start_write(root, path, step->from, error);
}

VfgChild *
vfg_screen_start(VfgRoot *root, const VfgStep *step, GError **error)
{
    g_autofree char *path = g_strdup_printf("/sys/class/vtconsole/%s/bind", name_of(step));
    return step->kind == VFG_STEP_SET_CONSOLE
               ? vfg_child_start_write(root, path, step->to ? "1" : "0", error)
               : start_framebuffer(root, step, error);
}
