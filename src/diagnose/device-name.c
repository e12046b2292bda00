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

/* "0001:00", as NVIDIA's driver wrote it before it knew of domains: a bus of four digits. */
static char *
with_domain(const char *text)
{
    const char *colon = strchr(text, ':');
    gboolean old =
        colon && colon - text == 4 && !strchr(colon + 1, ':') && g_str_has_prefix(text, "00");
    return g_strconcat(old ? "0000:" : "", old ? text + 2 : text, NULL);
}

gboolean
vfg_device_name_parse(const char *name, VfgPciAddress *ret)
{
    g_autofree char *text = with_domain(name);
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
