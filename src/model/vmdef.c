/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM definition. */

#include "vmdef.h"

#include <string.h>

static void
disk_free(VfgVmdefDisk *disk)
{
    g_free(disk->file);
    g_free(disk->from);
    g_free(disk->format);
    g_free(disk);
}

static void
network_free(VfgVmdefNetwork *network)
{
    g_free(network->source);
    g_free(network->mac);
    g_free(network);
}

VfgVmdef *
vfg_vmdef_new(void)
{
    VfgVmdef *vmdef = g_new0(VfgVmdef, 1);
    vmdef->vcpu = 1;
    vmdef->vnc_listen = g_strdup("127.0.0.1");
    vmdef->guest = vfg_configure_new();
    vmdef->disks = g_ptr_array_new_with_free_func((GDestroyNotify)disk_free);
    vmdef->gpus = g_ptr_array_new_with_free_func(g_free);
    vmdef->networks = g_ptr_array_new_with_free_func((GDestroyNotify)network_free);
    return vmdef;
}

void
vfg_vmdef_free(VfgVmdef *vmdef)
{
    if (!vmdef)
        return;
    g_ptr_array_unref(vmdef->disks);
    g_ptr_array_unref(vmdef->gpus);
    g_ptr_array_unref(vmdef->networks);
    vfg_configure_free(vmdef->guest);
    g_free(vmdef->name);
    g_free(vmdef->vnc_listen);
    g_free(vmdef->libvirt);
    g_free(vmdef);
}

void
vfg_vmdef_add_disk(VfgVmdef *vmdef, const char *file, const char *from, const char *format,
                   guint64 size)
{
    VfgVmdefDisk *disk = g_new0(VfgVmdefDisk, 1);
    disk->file = g_strdup(file);
    disk->from = g_strdup(from);
    disk->format = g_strdup(format);
    disk->size = size;
    g_ptr_array_add(vmdef->disks, disk);
}

void
vfg_vmdef_add_network(VfgVmdef *vmdef, VfgNetworkKind kind, const char *source, const char *mac)
{
    VfgVmdefNetwork *network = g_new0(VfgVmdefNetwork, 1);
    network->kind = kind;
    network->source = g_strdup(source);
    network->mac = g_strdup(mac);
    g_ptr_array_add(vmdef->networks, network);
}

gboolean
vfg_vmdef_name_is_valid(const char *name)
{
    gsize len = strlen(name);
    if (len < 1 || len > 64 || name[0] == '.' || name[0] == '-')
        return FALSE;
    for (gsize i = 0; i < len; i++)
        if (!g_ascii_isalnum(name[i]) && !strchr("._-", name[i]))
            return FALSE;
    return TRUE;
}
