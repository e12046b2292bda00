/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Diagnosing a log. */

#include "diagnose.h"

#include "bounds.h"
#include "error.h"
#include "io.h"
#include "kernel-log.h"
#include "plan-vm.h"
#include "vmdefs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

static gboolean
add_errors(gpointer catalogue, const char *file, const char *bytes, gsize len, GError **error)
{
    return vfg_error_catalogue_add(catalogue, file, bytes, len, error);
}

VfgErrorCatalogue *
vfg_app_load_errors(const VfgApp *app, GError **error)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    if (!vfg_app_read_data(app, "errors.d", add_errors, catalogue, error) ||
        !vfg_error_catalogue_check(catalogue, error))
        return NULL;
    return g_steal_pointer(&catalogue);
}

static gboolean
feed_fd(VfgDiagnoser *diagnoser, int fd, const char *shown, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK);
    for (;;) {
        gssize n = read(fd, buffer, CHUNK);
        if (n == 0)
            return TRUE;
        if (n > 0) {
            vfg_diagnoser_feed(diagnoser, buffer, (gsize)n);
        } else if (errno != EINTR) {
            vfg_error_set_errno(error, errno, "cannot read %s", shown);
            return FALSE;
        }
    }
}

static gboolean
feed_file(VfgDiagnoser *diagnoser, const char *file, GError **error)
{
    if (g_str_equal(file, "-"))
        return feed_fd(diagnoser, STDIN_FILENO, "standard input", error);
    g_auto(VfgFd) fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return feed_fd(diagnoser, fd, file, error);
    vfg_error_set_errno(error, errno, "cannot open %s", file);
    return FALSE;
}

void
vfg_app_add_gpu(VfgDiagnoser *diagnoser, const VfgGpu *gpu)
{
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        vfg_diagnoser_add_device(diagnoser, function->address);
    }
}

static void
add_gpus(VfgDiagnoser *diagnoser, const GPtrArray *gpus)
{
    for (guint i = 0; i < gpus->len; i++)
        vfg_app_add_gpu(diagnoser, g_ptr_array_index(gpus, i));
}

/* The GPUs of the host that the log is of; without their facts, the log alone must do. */
static void
add_hosts_gpus(const VfgApp *app, VfgDiagnoser *diagnoser)
{
    g_autoptr(VfgInventory) inventory = vfg_inventory_new(app, NULL);
    if (inventory)
        add_gpus(diagnoser, inventory->gpus);
}

static gboolean
add_vms_gpus(const VfgApp *app, VfgDiagnoser *diagnoser, const char *vm, GError **error)
{
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, vm, error);
    g_autoptr(VfgInventory) inventory = vmdef ? vfg_inventory_new(app, error) : NULL;
    g_autoptr(GPtrArray) gpus = inventory ? vfg_plan_vm_gpus(vmdef, inventory->gpus, error) : NULL;
    if (gpus)
        add_gpus(diagnoser, gpus);
    return gpus != NULL;
}

/* The kernel's log of the running system, or the one that the snapshot holds. */
static gboolean
feed_own(const VfgApp *app, VfgDiagnoser *diagnoser, GError **error)
{
    gsize len = 0;
    g_autofree char *log = app->live ? vfg_kernel_log_read(&len, error)
                                     : vfg_root_read(app->root, "/" VFG_SNAPSHOT_KERNEL_LOG,
                                                     VFG_SNAPSHOT_FILE_MAX, &len, error);
    if (!log) {
        g_prefix_error(error, "the kernel's log can't be read: ");
        if (error && *error)
            vfg_error_set_fix(*error, app->live ? "run it as root, or name a file"
                                                : "name a file; this snapshot has no kernel log");
        return FALSE;
    }
    vfg_diagnoser_feed(diagnoser, log, len);
    return TRUE;
}

VfgDiagnosis *
vfg_app_diagnose(const VfgApp *app, const VfgDiagnoseOptions *options, GError **error)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_app_load_errors(app, error);
    if (!catalogue)
        return NULL;
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(matcher, options->side);
    for (guint i = 0; options->devices && i < options->devices->len; i++)
        vfg_diagnoser_add_device(diagnoser, g_array_index(options->devices, VfgPciAddress, i));
    if (options->vm && !add_vms_gpus(app, diagnoser, options->vm, error))
        return NULL;
    if (!options->file && !options->vm)
        add_hosts_gpus(app, diagnoser);
    gboolean ok = options->file ? feed_file(diagnoser, options->file, error)
                                : feed_own(app, diagnoser, error);
    return ok ? vfg_diagnoser_finish(diagnoser) : NULL;
}
