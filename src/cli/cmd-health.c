/* SPDX-License-Identifier: GPL-2.0-or-later */

/* health: ends a GPU's quarantine. */

#include "cli.h"

#include "error.h"
#include "gpu-health.h"

#include <stdio.h>

int
vfg_cmd_health(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"health", "clear GPU",
                             "Ends the quarantine of a GPU: what happened to it before counts no "
                             "more. 'vfiogpu show GPU' lists it.",
                             NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 2, 2, error);
    if (!rest)
        return 1;
    if (!g_str_equal(rest[0], "clear")) {
        vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu health clear GPU",
                      "health: there is nothing but 'clear'");
        return 1;
    }
    g_autoptr(VfgApp) app = vfg_cli_app(cli, error);
    g_autofree char *address = NULL;
    gboolean was = FALSE;
    if (!app || !vfg_app_health_clear(app, rest[1], &address, &was, error))
        return 1;
    if (cli->json)
        vfg_cli_print_json(json_pack("{s:s, s:b}", "gpu", address, "was_quarantined", was));
    else
        printf("%s: %s\n", address, was ? "no longer in quarantine" : "was not in quarantine");
    return 0;
}
