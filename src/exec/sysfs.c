/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The acts on the kernel's PCI functions. */

#include "sysfs.h"

#include "child.h"
#include "error.h"
#include "patient.h"
#include "screen.h"

#define DEVICES "/sys/bus/pci/devices"
#define DRIVERS "/sys/bus/pci/drivers"
#define ANSWER_TIMEOUT 1000 /* ms */

/* driver_override, NULL for none. FALSE where a driver hangs in the function, see patient.h. */
static gboolean
read_override(VfgRoot *root, const char *function, char **ret)
{
    g_autofree char *path = g_strdup_printf(DEVICES "/%s/driver_override", function);
    g_autofree char *text = NULL;
    if (!vfg_patient_read_text(root, path, ANSWER_TIMEOUT, &text))
        return FALSE;
    gboolean set = text && *text && !g_str_equal(text, "(null)");
    *ret = set ? g_steal_pointer(&text) : NULL;
    return TRUE;
}

static char *
read_driver(VfgRoot *root, const char *function)
{
    g_autofree char *path = g_strdup_printf(DEVICES "/%s/driver", function);
    return vfg_root_link_name(root, path);
}

static gboolean
module_is_loaded(VfgRoot *root, const char *module)
{
    g_autofree char *name = g_strdelimit(g_strdup(module), "-", '_');
    g_autofree char *path = g_strdup_printf("/sys/module/%s", name);
    return vfg_root_exists(root, path);
}

/* The state that `from` and `to` speak of. */
static gboolean
read_state(VfgRoot *root, const VfgStep *step, char **ret, GError **error)
{
    if (step->kind == VFG_STEP_LOAD_MODULE)
        *ret = g_strdup(module_is_loaded(root, step->subject) ? "loaded" : "missing");
    else if (vfg_screen_is_step(step))
        *ret = vfg_screen_read(root, step);
    else if (step->kind != VFG_STEP_SET_OVERRIDE)
        *ret = read_driver(root, step->subject);
    else if (!read_override(root, step->subject, ret)) {
        vfg_error_set(error, VFG_ERROR_TIMEOUT, "see what the kernel says (dmesg)",
                      "a driver hangs in %s: its driver_override can't be read", step->subject);
        return FALSE;
    }
    return TRUE;
}

/* What somebody else may have done meanwhile, to nobody's harm: another command loads the module,
 * the kernel itself moves terminals when a framebuffer comes or goes. */
static gboolean
others_do(const VfgStep *step)
{
    return step->kind == VFG_STEP_LOAD_MODULE || vfg_screen_is_step(step);
}

static const char *const state_names[] = {[VFG_STEP_LOAD_MODULE] = "module state",
                                          [VFG_STEP_SET_OVERRIDE] = "driver_override",
                                          [VFG_STEP_UNBIND] = "driver",
                                          [VFG_STEP_BIND] = "driver",
                                          [VFG_STEP_SET_CONSOLE] = "terminals",
                                          [VFG_STEP_SET_FRAMEBUFFER] = "framebuffer"};

static gboolean
require_state(VfgRoot *root, const VfgStep *step, const char *wanted, const char *when,
              GError **error)
{
    g_autofree char *path = g_strdup_printf(DEVICES "/%s", step->subject);
    if (!others_do(step) && !vfg_root_exists(root, path)) {
        vfg_error_set(error, VFG_ERROR_NOT_FOUND, NULL, "%s is gone from the PCI bus",
                      step->subject);
        return FALSE;
    }
    g_autofree char *state = NULL;
    if (!read_state(root, step, &state, error))
        return FALSE;
    if (g_strcmp0(state, wanted) == 0)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "the %s of %s is %s %s, not %s",
                  state_names[step->kind], step->subject, state ? state : "none", when,
                  wanted ? wanted : "none");
    return FALSE;
}

/* Unbinding vfio-pci while a VM has the group open would take the device out of the running VM. A
 * group's file can be open once (drivers/vfio/group.c, vfio_group_ioctl_get_device_fd and open:
 * EBUSY). */
static gboolean
require_group_unused(VfgRoot *root, const VfgStep *step, GError **error)
{
    g_autofree char *link = g_strdup_printf(DEVICES "/%s/iommu_group", step->subject);
    g_autofree char *group = vfg_root_link_name(root, link);
    g_autofree char *file = g_strdup_printf("/dev/vfio/%s", group ? group : "none");
    if (!vfg_root_is_busy(root, file))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_REFUSED, "stop the VM that has it first",
                  "%s is in use: its IOMMU group %s is open in a running VM", step->subject, group);
    return FALSE;
}

gboolean
vfg_sysfs_check_before(VfgRoot *root, const VfgStep *step, GError **error)
{
    if (others_do(step))
        return TRUE;
    if (step->kind == VFG_STEP_UNBIND && g_strcmp0(step->from, "vfio-pci") == 0 &&
        !require_group_unused(root, step, error))
        return FALSE;
    return require_state(root, step, step->from, "before the step", error);
}

gboolean
vfg_sysfs_is_done(VfgRoot *root, const VfgStep *step)
{
    return others_do(step) && vfg_sysfs_check_after(root, step, NULL);
}

gboolean
vfg_sysfs_check_after(VfgRoot *root, const VfgStep *step, GError **error)
{
    return require_state(root, step, step->to, "after the step", error);
}

static gboolean
load_module(const char *module, guint timeout, GError **error)
{
    const char *const argv[] = {"modprobe", "--", module, NULL};
    if (vfg_child_run(argv, timeout, NULL, NULL, error))
        return TRUE;
    g_prefix_error(error, "cannot load the module %s: ", module);
    return FALSE;
}

/* An override is cleared by an empty line; "\n" alone is what the kernel takes for it. The kernel
 * takes the device's lock for it, which a driver that hangs holds (drivers/base/driver.c,
 * driver_set_override). */
static VfgChild *
start_override(VfgRoot *root, const VfgStep *step, GError **error)
{
    g_autofree char *path = g_strdup_printf(DEVICES "/%s/driver_override", step->subject);
    return vfg_child_start_write(root, path, step->to ? step->to : "\n", error);
}

/* Writing to the driver's own bind and unbind gives the error of the probe; drivers_probe says
 * success even when the probe failed (drivers/base/bus.c, bind_store against drivers_probe_store).
 */
static VfgChild *
start_driver_file(VfgRoot *root, const VfgStep *step, GError **error)
{
    gboolean bind = step->kind == VFG_STEP_BIND;
    const char *driver = bind ? step->to : step->from;
    g_autofree char *path = g_strdup_printf(DRIVERS "/%s/%s", driver, bind ? "bind" : "unbind");
    g_autofree char *folder = g_strdup_printf(DRIVERS "/%s", driver);
    if (!vfg_root_exists(root, folder)) {
        vfg_error_set(error, VFG_ERROR_NOT_FOUND, "load its module again with modprobe",
                      "the driver %s is not loaded", driver);
        return NULL;
    }
    return vfg_child_start_write(root, path, step->subject, error);
}

VfgChild *
vfg_sysfs_start(VfgRoot *root, const VfgStep *step, GError **error)
{
    if (step->kind == VFG_STEP_SET_OVERRIDE)
        return start_override(root, step, error);
    if (vfg_screen_is_step(step))
        return vfg_screen_start(root, step, error);
    return start_driver_file(root, step, error);
}

gboolean
vfg_sysfs_act(VfgRoot *root, const VfgStep *step, guint timeout, GError **error)
{
    if (step->kind == VFG_STEP_LOAD_MODULE)
        return load_module(step->subject, timeout, error);
    g_autoptr(VfgChild) child = vfg_sysfs_start(root, step, error);
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    return child && vfg_child_await(child, deadline, timeout, error);
}
