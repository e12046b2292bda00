/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Making a VM's disk from its base image. */

#include "disk.h"

#include "child.h"
#include "error.h"
#include "io.h"
#include "vmdefs.h"

#include <errno.h>
#include <glib/gstdio.h>

#define COPY_TIMEOUT 1800 /* s: tens of GiB on a slow disk */
#define GROW_TIMEOUT 60   /* s */

static gboolean
go_on(gpointer data, GError **error)
{
    return vfg_app_go_on(data, error);
}

static gboolean
fill_part(const VfgApp *app, const VfgVmdefDisk *disk, const char *from, const char *part,
          GError **error)
{
    const char *const copy[] = {"qemu-img", "convert", "-O", disk->format, "--", from, part, NULL};
    if (!vfg_child_run(copy, COPY_TIMEOUT, go_on, (gpointer)app, error))
        return FALSE;
    if (!disk->size)
        return TRUE;
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size);
    const char *const grow[] = {"qemu-img", "resize", "-f", disk->format, "--", part, size, NULL};
    return vfg_child_run(grow, GROW_TIMEOUT, go_on, (gpointer)app, error);
}

gboolean
vfg_app_create_disk(const VfgApp *app, const VfgVmdefDisk *disk, GError **error)
{
    g_autofree char *file = vfg_vmdefs_image_path(app, disk->file);
    g_autofree char *from = vfg_vmdefs_image_path(app, disk->from);
    g_autofree char *part = g_strconcat(file, ".part", NULL);
    g_autofree char *folder = g_path_get_dirname(file);
    if (!vfg_io_make_dir(folder, error))
        return FALSE;
    gboolean made = fill_part(app, disk, from, part, error);
    if (made && g_rename(part, file) == 0)
        return vfg_io_sync_dir(folder, error);
    if (made)
        vfg_error_set_errno(error, errno, "cannot rename %s to %s", part, file);
    g_unlink(part);
    return FALSE;
}
