/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where a class link of sysfs leads. */

#include "sysfs-path.h"

#include <string.h>

char *
vfg_sysfs_real_path(VfgRoot *root, const char *path)
{
    g_autofree char *target = NULL;
    switch (vfg_root_look(root, path, &target)) {
    case VFG_ROOT_FOLDER:
        return g_strdup(path);
    case VFG_ROOT_LINK:
        break;
    default:
        return NULL;
    }
    if (!target || !*target)
        return NULL;
    g_autofree char *folder = g_path_get_dirname(path);
    return g_canonicalize_filename(target, folder);
}

/* The short form "82:00.0" is not used in sysfs, and other names look like it. */
static gboolean
is_full_address(const char *word)
{
    const char *colon = strchr(word, ':');
    return colon && strchr(colon + 1, ':') && strchr(colon, '.');
}

gboolean
vfg_sysfs_find_function(const char *real_path, VfgPciAddress *ret)
{
    g_auto(GStrv) words = g_strsplit(real_path, "/", -1);
    for (guint n = g_strv_length(words); n-- > 0;)
        if (is_full_address(words[n]) && vfg_pci_address_parse(words[n], ret, NULL))
            return TRUE;
    return FALSE;
}
