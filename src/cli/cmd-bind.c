/* SPDX-License-Identifier: GPL-2.0-or-later */

/* plan, bind, unbind and recover. */

#include "bind.h"
#include "cli.h"
#include "error.h"
#include "start.h"
#include "stop.h"

#include <stdio.h>

static void
print_plan(const VfgCli *cli, const VfgPlan *plan)
{
    if (cli->json) {
        vfg_cli_print_json(vfg_plan_to_json(plan));
        return;
    }
    for (guint i = 0; i < plan->steps->len; i++) {
        g_autofree char *text = vfg_step_describe(g_ptr_array_index(plan->steps, i));
        printf("%2u. %s\n", i + 1, text);
    }
    if (plan->steps->len == 0)
        printf("nothing to do\n");
}

static VfgPlan *
make_plan(VfgApp *app, const char *verb, const char *what, GError **error)
{
    const VfgBindOptions bind = {.dry_run = TRUE};
    const VfgStartOptions start = {.dry_run = TRUE};
    const VfgStopOptions stop = {.dry_run = TRUE};
    if (g_str_equal(verb, "bind"))
        return vfg_app_bind(app, what, &bind, error);
    if (g_str_equal(verb, "unbind"))
        return vfg_app_unbind(app, what, &bind, error);
    if (g_str_equal(verb, "start"))
        return vfg_app_start(app, what, &start, error);
    if (g_str_equal(verb, "stop"))
        return vfg_app_stop(app, what, &stop, error);
    vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu plan --help",
                  "plan: '%.32s' is not start, stop, bind or unbind", verb);
    return NULL;
}

int
vfg_cmd_plan(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"plan", "start|stop|bind|unbind X",
                             "The steps that the verb would take; nothing is changed.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 2, 2, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgPlan) plan = app ? make_plan(app, rest[0], rest[1], error) : NULL;
    if (!plan)
        return 1;
    print_plan(cli, plan);
    return 0;
}

static void
print_result(const VfgCli *cli, const VfgPlan *plan, gboolean dry_run, const char *done,
             const char *nothing)
{
    if (dry_run || cli->json)
        print_plan(cli, plan);
    else
        printf("%s: %s\n", plan->subject, plan->steps->len ? done : nothing);
}

int
vfg_cmd_bind(VfgCli *cli, int argc, char **argv, GError **error)
{
    VfgBindOptions options = {0};
    const VfgCommand self = {"bind", "GPU", "Hands a GPU, its whole slot, to vfio-pci.", NULL};
    const GOptionEntry entries[] = {
        {"force-boot-display", 0, 0, G_OPTION_ARG_NONE, &options.force_boot_display,
         "Take the boot display, and with it the host's screen", NULL},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options.dry_run, "Print the steps only", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, entries, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgPlan) plan = app ? vfg_app_bind(app, rest[0], &options, error) : NULL;
    if (!plan)
        return 1;
    print_result(cli, plan, options.dry_run, "is with vfio-pci", "is with vfio-pci already");
    return 0;
}

int
vfg_cmd_unbind(VfgCli *cli, int argc, char **argv, GError **error)
{
    VfgBindOptions options = {0};
    const VfgCommand self = {"unbind", "GPU", "Gives a GPU back to its original driver.", NULL};
    const GOptionEntry entries[] = {
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options.dry_run, "Print the steps only", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, entries, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgPlan) plan = app ? vfg_app_unbind(app, rest[0], &options, error) : NULL;
    if (!plan)
        return 1;
    print_result(cli, plan, options.dry_run, "was given back", "was back already");
    return 0;
}

int
vfg_cmd_recover(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"recover", "", "Gives back what a crashed command left half done.",
                             NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 0, 0, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(GPtrArray) settled = g_ptr_array_new_with_free_func(g_free);
    if (!app || !vfg_app_recover(app, settled, error))
        return 1;
    for (guint i = 0; i < settled->len; i++)
        printf("%s\n", (const char *)g_ptr_array_index(settled, i));
    if (settled->len == 0)
        printf("nothing to recover\n");
    return 0;
}
