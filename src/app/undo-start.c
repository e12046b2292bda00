/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Undoing a start by its record. */

#include "undo-start.h"

#include "error.h"

/* libvirt makes the NVRAM file when it boots the domain: before that there is none of ours. */
static gboolean
keeps_nvram(const VfgStartState *start, gboolean ran)
{
    return ran || !start->booting || !start->nvram_is_new;
}

gboolean
vfg_undo_definition(VfgApp *app, const VfgStartState *start, gboolean ran, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autofree char *now = NULL;
    if (!virt || !start->begun || !vfg_virt_get_definition(virt, start->vm, NULL, &now, error))
        return virt && !start->begun;
    if (!start->definition)
        return !now || vfg_virt_undefine(virt, start->vm, keeps_nvram(start, ran), error);
    return g_strcmp0(now, start->definition) == 0 ||
           vfg_virt_redefine(virt, start->vm, start->definition, error);
}

static void
note_kept(GPtrArray *kept, const char *path)
{
    g_autofree char *line = g_strdup_printf("the disk %s stays: it may have been written to", path);
    if (!g_ptr_array_find_with_equal_func(kept, line, g_str_equal, NULL))
        g_ptr_array_add(kept, g_steal_pointer(&line));
}

gboolean
vfg_undo_disks(const VfgStartState *start, GPtrArray *kept, GError **error)
{
    for (guint i = 0; i < start->disks->len; i++) {
        const VfgMadeDisk *disk = g_ptr_array_index(start->disks, i);
        gboolean stays = FALSE;
        if (!vfg_made_disk_remove(disk, &stays, error))
            return FALSE;
        if (stays)
            note_kept(kept, disk->path);
    }
    return TRUE;
}

gboolean
vfg_undo_start(VfgApp *app, const VfgStartState *start, gboolean ran, GPtrArray *kept,
               GError **error)
{
    return vfg_undo_definition(app, start, ran, error) && vfg_undo_disks(start, kept, error);
}
