/* SPDX-License-Identifier: GPL-2.0-or-later */

/* start, stop and restart. */

#include "cli.h"

#include "error.h"
#include "ready.h"
#include "start.h"
#include "stop.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    VfgStartOptions start;
    VfgStopOptions stop;
    gboolean ready; /* --wait=ready */
    int timeout;    /* s; 0: the default */
} RunOptions;

/* --wait alone means the agent; the callback knows which by the option's optional value. */
static gboolean
parse_wait(const char *name G_GNUC_UNUSED, const char *value, gpointer data, GError **error)
{
    RunOptions *options = data;
    if (!value || g_str_equal(value, "agent"))
        options->start.wait = VFG_WAIT_AGENT;
    else if (g_str_equal(value, "ready")) {
        options->start.wait = VFG_WAIT_AGENT;
        options->ready = TRUE;
    } else if (g_str_equal(value, "boot"))
        options->start.wait = VFG_WAIT_BOOT;
    else {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--wait takes boot, agent or ready, not '%.32s'", value);
        return FALSE;
    }
    return TRUE;
}

/* Entries with a callback get their data from their group, so the commands here have one of their
 * own. */
static char **
parse_run_options(VfgCli *cli, const VfgCommand *self, RunOptions *options, gboolean starts,
                  gboolean stops, int argc, char **argv, GError **error)
{
    gpointer wait = (gpointer)parse_wait;
    const GOptionEntry dry = {"dry-run",
                              'n',
                              0,
                              G_OPTION_ARG_NONE,
                              starts ? &options->start.dry_run : &options->stop.dry_run,
                              "Print the steps only",
                              NULL};
    const GOptionEntry timeout = {
        "timeout", 0, 0, G_OPTION_ARG_INT, &options->timeout, "Wait at most so long for the guest",
        "SECONDS"};
    const GOptionEntry waiting = {"wait",
                                  0,
                                  G_OPTION_FLAG_OPTIONAL_ARG,
                                  G_OPTION_ARG_CALLBACK,
                                  wait,
                                  "Wait until its firmware loads a system (boot), its agent speaks "
                                  "(agent), or the guest is set up (ready)",
                                  "boot|agent|ready"};
    const GOptionEntry force = {"force",
                                0,
                                0,
                                G_OPTION_ARG_NONE,
                                &options->stop.force,
                                "Pull the plug instead of asking the guest",
                                NULL};
    const GOptionEntry boot_display = {"force-boot-display",
                                       0,
                                       0,
                                       G_OPTION_ARG_NONE,
                                       &options->start.consent.force_boot_display,
                                       "Take the boot display, and with it the host's screen",
                                       NULL};
    const GOptionEntry in_use = {"force-in-use",
                                 0,
                                 0,
                                 G_OPTION_ARG_NONE,
                                 &options->start.consent.force_in_use,
                                 "Take a GPU from the processes that have it open",
                                 NULL};
    GOptionEntry entries[7] = {dry, timeout};
    guint n = 2;
    if (starts) {
        entries[n++] = waiting;
        entries[n++] = boot_display;
        entries[n++] = in_use;
    }
    if (stops)
        entries[n++] = force;
    char **rest = vfg_cli_parse_with(cli, self, entries, options, argc, argv, 1, 1, error);
    if (rest && !vfg_cli_check_timeout(self, options->timeout, error))
        g_clear_pointer(&rest, g_strfreev);
    options->start.timeout = options->stop.timeout = (guint)MAX(options->timeout, 0);
    return rest;
}

static void
print_outcome(const VfgCli *cli, const VfgPlan *plan, gboolean dry_run, const char *done)
{
    if (cli->json) {
        vfg_cli_print_json(vfg_plan_to_json(plan));
    } else if (!dry_run) {
        printf("%s: %s\n", plan->subject, done);
    } else {
        for (guint i = 0; i < plan->steps->len; i++) {
            g_autofree char *text = vfg_step_describe(g_ptr_array_index(plan->steps, i));
            printf("%2u. %s\n", i + 1, text);
        }
    }
}

/* The VM is there whatever comes of this. */
static gboolean
wait_ready(VfgApp *app, const RunOptions *options, const char *name, GError **error)
{
    if (!options->ready || options->start.dry_run)
        return TRUE;
    guint timeout = options->start.timeout ? options->start.timeout : VFG_READY_TIMEOUT;
    return vfg_app_await_ready(app, name, timeout, error);
}

static const char *
started(const RunOptions *options)
{
    if (options->ready)
        return "runs and is set up";
    return options->start.wait == VFG_WAIT_AGENT ? "runs, its agent speaks" : "runs";
}

int
vfg_cmd_start(VfgCli *cli, int argc, char **argv, GError **error)
{
    RunOptions options = {0};
    const VfgCommand self = {"start", "VM", "Checks, binds the GPUs, defines the domain, boots it.",
                             NULL};
    g_auto(GStrv) rest = parse_run_options(cli, &self, &options, TRUE, FALSE, argc, argv, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgPlan) plan = app ? vfg_app_start(app, rest[0], &options.start, error) : NULL;
    if (!plan || !wait_ready(app, &options, rest[0], error))
        return 1;
    print_outcome(cli, plan, options.start.dry_run, started(&options));
    return 0;
}

int
vfg_cmd_stop(VfgCli *cli, int argc, char **argv, GError **error)
{
    RunOptions options = {0};
    const VfgCommand self = {"stop", "VM", "Shuts the VM down and gives its GPUs back.", NULL};
    g_auto(GStrv) rest = parse_run_options(cli, &self, &options, FALSE, TRUE, argc, argv, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgPlan) plan = app ? vfg_app_stop(app, rest[0], &options.stop, error) : NULL;
    if (!plan)
        return 1;
    print_outcome(cli, plan, options.stop.dry_run,
                  plan->steps->len ? "is off" : "was off already and had no GPU");
    return 0;
}

int
vfg_cmd_restart(VfgCli *cli, int argc, char **argv, GError **error)
{
    RunOptions options = {0};
    const VfgCommand self = {"restart", "VM", "Stops the VM, then starts it again.", NULL};
    g_auto(GStrv) rest = parse_run_options(cli, &self, &options, TRUE, TRUE, argc, argv, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app)
        return 1;
    options.stop.dry_run = options.start.dry_run;
    g_autoptr(VfgPlan) stop = vfg_app_stop(app, rest[0], &options.stop, error);
    if (!stop)
        return 1;
    if (options.start.dry_run)
        print_outcome(cli, stop, TRUE, "");
    g_autoptr(VfgPlan) start = vfg_app_start(app, rest[0], &options.start, error);
    if (!start || !wait_ready(app, &options, rest[0], error))
        return 1;
    print_outcome(cli, start, options.start.dry_run, "runs again");
    return 0;
}
