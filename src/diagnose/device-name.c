/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Addresses as logs write them. */

#include "device-name.h"

#include "parse.h"

#include <string.h>

static gboolean
parse_freebsd(const char *text, VfgPciAddress *ret)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 5);
    const guint64 max[] = {G_MAXUINT16, G_MAXUINT8, 31, 7};
    guint64 values[G_N_ELEMENTS(max)] = {0};
    if (g_strv_length(words) != G_N_ELEMENTS(max))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(max); i++)
        if (!vfg_parse_uint(words[i], 10, max[i], &values[i], NULL))
            return FALSE;
    *ret = (VfgPciAddress){.pci_domain = (guint32)values[0],
                           .bus = (guint8)values[1],
                           .device = (guint8)values[2],
                           .function = (guint8)values[3]};
    return TRUE;
}

gboolean
vfg_device_name_parse(const char *text, VfgPciAddress *ret)
{
    if (g_str_has_prefix(text, "pci"))
        return parse_freebsd(text + strlen("pci"), ret);
    if (vfg_pci_address_parse(text, ret, NULL))
        return TRUE;
    g_autofree char *longer = g_strconcat(text, ".0", NULL);
    return !strchr(text, '.') && vfg_pci_address_parse(longer, ret, NULL);
}

gboolean
vfg_device_name_parse_gpu_id(const char *text, VfgPciAddress *ret)
{
    guint64 id = 0;
    if (!vfg_parse_uint(text, 16, G_MAXUINT32, &id, NULL) || (id & 0xff) > 31)
        return FALSE;
    *ret = (VfgPciAddress){
        .pci_domain = (guint32)(id >> 16), .bus = (guint8)(id >> 8), .device = (guint8)(id & 31)};
    return TRUE;
}
