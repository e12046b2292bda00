/* SPDX-License-Identifier: GPL-2.0-or-later */

/* capture. */

#include "cli.h"

#include "capture.h"

#include <stdio.h>

int
vfg_cmd_capture(VfgCli *cli, int argc, char **argv, GError **error)
{
    gboolean no_redact = FALSE, force = FALSE;
    const GOptionEntry entries[] = {
        {"no-redact", 0, 0, G_OPTION_ARG_NONE, &no_redact,
         "Keep serial numbers, addresses and names: not for strangers", NULL},
        {"force", 0, 0, G_OPTION_ARG_NONE, &force, "Replace FILE if it is there", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const VfgCommand self = {"capture", "FILE.tar",
                             "This host's facts as a file, for --sysroot (docs/SNAPSHOT.md). "
                             "FILE.tar.gz is compressed.",
                             NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, entries, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app)
        return 1;
    VfgCaptureOptions options = {
        .redact = !no_redact, .force = force, .now = g_get_real_time() / G_USEC_PER_SEC};
    if (!vfg_app_capture(app, rest[0], &options, error))
        return 1;
    if (cli->json)
        vfg_cli_print_json(json_pack("{s:s, s:b}", "file", rest[0], "redacted", !no_redact));
    else
        printf("%s holds this host's facts%s\n", rest[0],
               no_redact ? ", serial numbers, addresses and names included"
                         : "; what was redacted is in its manifest.json");
    return 0;
}
