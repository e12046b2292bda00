/* SPDX-License-Identifier: GPL-2.0-or-later */

/* define, undefine, dumpxml and vms. */

#include "cli.h"
#include "placement.h"
#include "vmdefs.h"

#include <stdio.h>

int
vfg_cmd_define(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"define", "FILE", "Checks a VM definition and stores it.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autofree char *path = NULL;
    g_autoptr(VfgVmdef) vmdef = app ? vfg_vmdefs_define(app, rest[0], &path, error) : NULL;
    if (!vmdef)
        return 1;
    printf("%s: stored as %s\n", vmdef->name, path);
    return 0;
}

int
vfg_cmd_undefine(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"undefine", "VM",
                             "Removes a stored definition and the libvirt domain with its NVRAM; "
                             "disks stay.",
                             NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app || !vfg_vmdefs_undefine(app, rest[0], error))
        return 1;
    printf("%s: removed\n", rest[0]);
    return 0;
}

int
vfg_cmd_dumpxml(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"dumpxml", "VM",
                             "The libvirt domain XML that the VM would start with now.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autofree char *xml = app ? vfg_app_dumpxml(app, rest[0], error) : NULL;
    if (!xml)
        return 1;
    printf("%s", xml);
    return 0;
}

int
vfg_cmd_vms(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"vms", "", "The VM definitions known.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 0, 0, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app)
        return 1;
    g_autoptr(GPtrArray) names = vfg_vmdefs_list(app);
    json_t *array = json_array();
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        json_array_append_new(array, json_string(name));
        if (!cli->json)
            printf("%s\n", name);
    }
    vfg_cli_end_json(cli, json_pack("{s:o}", "vms", array));
    return 0;
}
