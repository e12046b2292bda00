/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Looking at the driver: is it bound, does the GPU start, is something else in the way. */

#include "engine-private.h"

#include "cmdline.h"
#include "error.h"
#include "escape.h"
#include "facts.h"
#include "io.h"
#include "kernel-policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NVIDIA 0x10de
#define NVIDIA_MAJOR 195 /* Linux Documentation/admin-guide/devices.txt */

static void
note(VfgEngine *engine, const char *state, char *detail)
{
    VfgProvisionState *record = engine->state;
    g_free(record->driver_state);
    g_free(record->driver_detail);
    record->driver_state = g_strdup(state);
    record->driver_detail = detail;
}

static const char *
driver_of(const VfgPciFunction *gpu)
{
    return gpu->vendor == NVIDIA ? "nvidia" : gpu->vendor == 0x1002 ? "amdgpu" : NULL;
}

/* The kernel's last words about the driver that name a failure, or NULL. */
static char *
kernel_words(VfgEngine *engine)
{
    static const char *const argv[] = {"dmesg", NULL};
    g_auto(VfgProgramResult) result = {0};
    if (!vfg_engine_program(engine, argv, FALSE, &result, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(result.output, "\n", -1);
    g_autoptr(GString) found = g_string_new(NULL);
    guint n = 0;
    for (guint i = g_strv_length(lines); i > 0 && n < 3; i--) {
        const char *line = lines[i - 1];
        if (!strstr(line, "RmInitAdapter failed") && !strstr(line, "NVRM: Xid") &&
            !strstr(line, "NvKmsKapiDevice") && !strstr(line, "is 0M @ 0x0") &&
            !strstr(line, "amdgpu: Fatal error"))
            continue;
        g_autofree char *shown = vfg_escape_text(line, -1, 300);
        g_string_prepend(found, n++ ? "; " : "");
        g_string_prepend(found, shown);
    }
    return n ? g_string_free(g_steal_pointer(&found), FALSE) : NULL;
}

/* Why, as far as it is known, or NULL: a GPU whose BARs have no address can't start, whatever the
 * driver says; what modprobe and the kernel said. *fix is changed where the cause is known. */
static char *
explain(VfgEngine *engine, const char **fix)
{
    VfgRoot *root = engine->config->root;
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(root);
    g_autofree char *cmdline = vfg_root_read_text(root, "/proc/cmdline", NULL);
    if (engine->refused && strstr(engine->refused, "Key was rejected"))
        *fix = engine->plan->enrol;
    char *reasons[] = {vfg_kernel_bars_explain(gpus, cmdline, fix), g_strdup(engine->refused),
                       kernel_words(engine)};
    g_autoptr(GString) all = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (reasons[i])
            g_string_append_printf(all, "%s%s", all->len ? "; " : "", reasons[i]);
        g_free(reasons[i]);
    }
    return all->len ? g_string_free(g_steal_pointer(&all), FALSE) : NULL;
}

static gboolean
fail_bound(VfgEngine *engine, const VfgPciFunction *gpu, GError **error)
{
    char address[VFG_PCI_ADDRESS_SIZE];
    const char *fix =
        "see the agent's log and 'dkms status': the module may not have been built for this kernel";
    char *detail = explain(engine, &fix);
    note(engine, "not bound", detail);
    vfg_error_set(error, VFG_ERROR_FAILED, fix,
                  "the driver %s is not bound to the GPU %s (%s has it)%s%s", driver_of(gpu),
                  vfg_pci_address_format(gpu->address, address),
                  gpu->driver ? gpu->driver : "nobody", detail ? ": " : "", detail ? detail : "");
    return FALSE;
}

static gboolean
fail_start(VfgEngine *engine, const char *why, GError **error)
{
    const char *fix =
        "the driver is installed; 'vfiogpu diagnose' explains the kernel log. The toolkit is held "
        "back: --without-gpu=REASON installs it all the same";
    char *detail = explain(engine, &fix);
    note(engine, "bound, GPU does not start", detail ? detail : g_strdup(why));
    vfg_error_set(error, VFG_ERROR_FAILED, fix, "bound, GPU does not start: %s",
                  detail ? detail : why);
    return FALSE;
}

/* Opening the device starts the GPU; where there is no nvidia-smi, its node may be missing too. */
static gboolean
open_device(VfgEngine *engine, GError **error)
{
    g_autofree char *path = vfg_engine_path(engine, "/dev/nvidia0");
    g_auto(VfgFd) fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && mknod(path, S_IFCHR | 0600, makedev(NVIDIA_MAJOR, 0)) == 0)
        fd = open(path, O_RDWR | O_CLOEXEC);
    return fd >= 0 || fail_start(engine, g_strerror(errno), error);
}

static gboolean
start_nvidia(VfgEngine *engine, GError **error)
{
    static const char *const smi[] = {"nvidia-smi", "-L", NULL};
    g_auto(VfgProgramResult) result = {0};
    g_autoptr(GError) failure = NULL;
    if (!vfg_engine_program(engine, smi, FALSE, &result, &failure)) {
        if (g_error_matches(failure, VFG_ERROR, VFG_ERROR_NOT_FOUND))
            return open_device(engine, error);
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (result.status == 0 && strstr(result.output, "GPU "))
        return TRUE;
    g_autofree char *shown = vfg_escape_text(g_strchomp(result.output), -1, 300);
    return fail_start(engine, shown, error);
}

gboolean
vfg_engine_look_driver(VfgEngine *engine, GError **error)
{
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(engine->config->root);
    gboolean nvidia = FALSE;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        const char *driver = driver_of(gpu);
        nvidia = nvidia || gpu->vendor == NVIDIA;
        if (driver && g_strcmp0(gpu->driver, driver) != 0)
            return fail_bound(engine, gpu, error);
    }
    if (nvidia && !start_nvidia(engine, error))
        return FALSE;
    note(engine, "works", NULL);
    g_free(engine->state->driver_version);
    engine->state->driver_version = vfg_root_read_text(
        engine->config->root, nvidia ? "/sys/module/nvidia/version" : "/sys/module/amdgpu/version",
        NULL);
    return TRUE;
}

gboolean
vfg_engine_look_running(VfgEngine *engine, char **args, GError **error)
{
    VfgRoot *root = engine->config->root;
    g_autofree char *cmdline = vfg_root_read(root, "/proc/cmdline", 65536, NULL, NULL);
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(root);
    for (guint i = 0; args && args[i]; i++) {
        if (vfg_cmdline_has(cmdline, args[i]))
            continue;
        vfg_error_set(error, VFG_ERROR_FAILED,
                      "look at the boot loader's configuration: 'vfiogpu-agent kernel-args show'",
                      "the kernel was started without %s", args[i]);
        return FALSE;
    }
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        char address[VFG_PCI_ADDRESS_SIZE];
        if (g_strcmp0(gpu->driver, "nouveau") != 0)
            continue;
        vfg_error_set(error, VFG_ERROR_FAILED,
                      "rebuild the initramfs, and look for nouveau in /etc/modules*",
                      "nouveau has the GPU %s", vfg_pci_address_format(gpu->address, address));
        return FALSE;
    }
    return TRUE;
}
