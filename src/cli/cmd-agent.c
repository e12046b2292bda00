/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu agent: brings the agent into a guest, and has it work there. */

#include "cli.h"
#include "error.h"
#include "escape.h"
#include "guest-reboot.h"
#include "ready.h"
#include "seed.h"

#include <stdio.h>

#define REBOOT_TIMEOUT 300 /* s */

typedef struct {
    const char *vm;
    int timeout; /* s; 0: the default */
} Work;

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

static gboolean
install(const VfgCli *cli, VfgApp *app, const Work *work, GError **error)
{
    g_autofree char *path = vfg_app_agent_install(app, work->vm, error);
    if (path)
        print_seed(cli, work->vm, path);
    return path != NULL;
}

static gboolean
end(const VfgCli *cli, const Work *work, const char *state)
{
    if (cli->json)
        vfg_cli_end_json(cli, json_pack("{s:s, s:s}", "vm", work->vm, "state", state));
    else
        printf("%s: %s\n", work->vm, state);
    return TRUE;
}

static gboolean
provision(const VfgCli *cli, VfgApp *app, const Work *work, GError **error)
{
    guint timeout = work->timeout ? (guint)work->timeout : VFG_READY_TIMEOUT;
    return vfg_app_await_ready(app, work->vm, timeout, error) && end(cli, work, "set up");
}

static gboolean
reboot(const VfgCli *cli, VfgApp *app, const Work *work, GError **error)
{
    guint timeout = work->timeout ? (guint)work->timeout : REBOOT_TIMEOUT;
    return vfg_app_guest_reboot(app, work->vm, timeout, error) && end(cli, work, "rebooted");
}

static const struct {
    const char *name;
    gboolean (*run)(const VfgCli *cli, VfgApp *app, const Work *work, GError **error);
} works[] = {{"install", install}, {"provision", provision}, {"reboot", reboot}};

static int
run_work(VfgCli *cli, const char *name, const Work *work, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(works); i++) {
        if (!g_str_equal(name, works[i].name))
            continue;
        g_autoptr(VfgApp) app = vfg_cli_app(cli, error);
        return app && works[i].run(cli, app, work, error) ? 0 : 1;
    }
    g_autofree char *shown = vfg_escape_text(name, -1, 32);
    vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu agent install|provision|reboot VM",
                  "'agent' does not know '%s'", shown);
    return 2;
}

int
vfg_cmd_agent(VfgCli *cli, int argc, char **argv, GError **error)
{
    static const VfgCommand command = {
        "agent", "install|provision|reboot VM",
        "install: makes the CD-ROM that brings the agent into a guest.\n"
        "provision: has the guest set up what its definition wants, also where that failed before, "
        "and follows it.\n"
        "reboot: has the guest reboot in order and waits until its agent speaks again.",
        vfg_cmd_agent};
    Work work = {0};
    const GOptionEntry entries[] = {
        {"timeout", 0, 0, G_OPTION_ARG_INT, &work.timeout, "Wait at most so long for the guest",
         "SECONDS"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) words = vfg_cli_parse(cli, &command, entries, argc, argv, 2, 2, error);
    if (!words || !vfg_cli_check_timeout(&command, work.timeout, error))
        return 2;
    work.vm = words[1];
    return run_work(cli, words[0], &work, error);
}
