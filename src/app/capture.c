/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Capturing a host: probe it through a recording root, redact the recording, write it. */

#include "config.h"

#include "capture.h"

#include "bounds.h"
#include "holders.h"
#include "io.h"
#include "kernel-log.h"
#include "pci-names.h"
#include "probe.h"
#include "snapshot-write.h"
#include "verify.h"

#include <string.h>

#define ARCH "/proc/sys/kernel/arch"
#define LOG "/" VFG_SNAPSHOT_KERNEL_LOG
#define PASSWD_MAX (1 << 20)
#define USERS_FROM 1000 /* login.defs(5), UID_MIN */
#define USERS_TO 60000

/* Everything that a command may read of the host. */
static VfgHost *
probe_all(VfgRecorder *recorder, GError **error)
{
    g_autoptr(VfgRoot) root = vfg_recorder_root(recorder, error);
    g_autoptr(VfgHost) host = root ? vfg_probe_host(root, error) : NULL;
    if (!host)
        return NULL;
    vfg_probe_holders(root, host);
    return g_steal_pointer(&host);
}

/* What the facts come from besides files. */
static void
add_own_files(VfgApp *app, VfgRecorder *recorder, const VfgHost *host)
{
    g_autofree char *libvirt = vfg_app_ask_libvirt(app);
    g_autofree char *arch = g_strconcat(host->arch, "\n", NULL);
    g_autofree char *names = vfg_probe_pci_ids(app->root, host);
    vfg_recorder_put(recorder, ARCH, arch, strlen(arch));
    vfg_recorder_put(recorder, VFG_PROBE_PCI_IDS, names, strlen(names));
    if (libvirt)
        vfg_recorder_put(recorder, "/" VFG_SNAPSHOT_LIBVIRT, libvirt, strlen(libvirt));
}

/* The log of the running kernel, or what an earlier capture has of it. Gives why there is none. */
static char *
add_kernel_log(const VfgApp *app, VfgRecorder *recorder)
{
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    g_autofree char *log = app->live
                               ? vfg_kernel_log_read(&len, &error)
                               : vfg_root_read(app->root, LOG, VFG_SNAPSHOT_FILE_MAX, &len, &error);
    if (!log)
        return g_strdup(error->message);
    vfg_recorder_put(recorder, LOG, log, len);
    return NULL;
}

static void
add_users(const VfgApp *app, VfgRedactor *redactor)
{
    g_autofree char *text = vfg_root_read(app->root, "/etc/passwd", PASSWD_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, ":", 4);
        if (g_strv_length(fields) < 4)
            continue;
        guint64 uid = g_ascii_strtoull(fields[2], NULL, 10);
        if (uid >= USERS_FROM && uid < USERS_TO)
            vfg_redactor_add_user(redactor, fields[0]);
    }
}

/* The names are read beside the recording, which need not have them. */
static VfgRedactor *
redact(const VfgApp *app, VfgTree *tree)
{
    static const char *const files[] = {"/proc/sys/kernel/hostname", "/etc/hostname"};
    VfgRedactor *redactor = vfg_redactor_new();
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *name = vfg_root_read_text(app->root, files[i], NULL);
        if (name)
            vfg_redactor_add_host(redactor, name);
    }
    add_users(app, redactor);
    vfg_redactor_run(redactor, tree);
    return redactor;
}

gboolean
vfg_app_capture(VfgApp *app, const char *path, const VfgCaptureOptions *options, GError **error)
{
    if (!vfg_snapshot_can_write(path, options->force, error))
        return FALSE;
    g_autoptr(VfgRecorder) recorder = vfg_recorder_new(app->root);
    g_autoptr(VfgHost) host = probe_all(recorder, error);
    if (!host)
        return FALSE;
    add_own_files(app, recorder, host);
    g_autofree char *log_gap = add_kernel_log(app, recorder);
    VfgTree *tree = vfg_recorder_tree(recorder);
    g_autoptr(VfgRedactor) redactor = options->redact ? redact(app, tree) : NULL;
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(options->now);
    g_autofree char *captured = g_date_time_format_iso8601(time);
    VfgManifest manifest = {.tool = PACKAGE_NAME " " VERSION,
                            .captured = captured,
                            .kernel_release = host->kernel_release,
                            .arch = host->arch,
                            .kernel_log_gap = log_gap,
                            .gaps = vfg_recorder_gaps(recorder),
                            .redactor = redactor};
    return vfg_snapshot_write(tree, &manifest, path, options->force, options->now, error);
}
