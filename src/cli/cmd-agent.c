/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu agent: brings the agent into a guest. */

#include "cli.h"
#include "error.h"
#include "seed.h"

#include <stdio.h>

static void
print_seed(const VfgCli *cli, const char *name, const char *path)
{
    if (cli->json) {
        vfg_cli_end_json(cli, json_pack("{s:s, s:s}", "vm", name, "seed", path));
        return;
    }
    printf("%s brings the agent into %s: it is a CD-ROM of the VM from its next start on.\n"
           "cloud-init in the guest installs it by itself; without cloud-init, as root in the "
           "guest:\n"
           "  mount -o ro /dev/disk/by-label/CIDATA /mnt && sh /mnt/install.sh\n",
           path, name);
}

int
vfg_cmd_agent(VfgCli *cli, int argc, char **argv, GError **error)
{
    static const VfgCommand command = {"agent", "install VM", "Bring the agent into a guest",
                                       vfg_cmd_agent};
    g_auto(GStrv) words = vfg_cli_parse(cli, &command, NULL, argc, argv, 2, 2, error);
    if (!words)
        return 2;
    if (!g_str_equal(words[0], "install")) {
        vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu agent install VM",
                      "'agent' knows only 'install'");
        return 2;
    }
    g_autoptr(VfgApp) app = vfg_cli_app(cli, error);
    g_autofree char *path = app ? vfg_app_agent_install(app, words[1], error) : NULL;
    if (!path)
        return 1;
    print_seed(cli, words[1], path);
    return 0;
}
