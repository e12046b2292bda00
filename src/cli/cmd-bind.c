/* SPDX-License-Identifier: GPL-2.0-or-later */

/* plan, bind, unbind and recover. */

#include "bind.h"
#include "cli.h"
#include "error.h"
#include "escape.h"
#include "recover.h"
#include "start.h"
#include "stop.h"

#include <stdio.h>

static void
print_notes(const VfgPlan *plan)
{
    for (guint i = 0; i < plan->notes->len; i++) {
        g_autofree char *shown = vfg_escape_text(g_ptr_array_index(plan->notes, i), -1, 1024);
        printf("note: %s\n", shown);
    }
}

static void
print_plan(const VfgCli *cli, const VfgPlan *plan)
{
    if (cli->json) {
        vfg_cli_print_json(vfg_plan_to_json(plan));
        return;
    }
    print_notes(plan);
    for (guint i = 0; i < plan->steps->len; i++) {
        g_autofree char *text = vfg_step_describe(g_ptr_array_index(plan->steps, i));
        printf("%2u. %s\n", i + 1, text);
    }
    if (plan->steps->len == 0)
        printf("nothing to do\n");
}

/* What the user of bind, or of plan bind, agrees to. */
typedef struct {
    VfgBindOptions options;
    char **allowed;
    GPtrArray *addresses;
} Binding;

static void
binding_clear(Binding *binding)
{
    g_strfreev(binding->allowed);
    g_clear_pointer(&binding->addresses, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Binding, binding_clear)

/* Addresses in full: claims and messages have them so. */
static gboolean
binding_settle(Binding *binding, GError **error)
{
    binding->addresses = g_ptr_array_new_with_free_func(g_free);
    for (char **text = binding->allowed; text && *text; text++) {
        VfgPciAddress address;
        g_autoptr(GError) local = NULL;
        if (!vfg_pci_address_parse(*text, &address, &local)) {
            vfg_error_set(error, VFG_ERROR_USAGE, "--allow 0000:02:00.0", "--allow: %s",
                          local->message);
            return FALSE;
        }
        g_ptr_array_add(binding->addresses, vfg_pci_address_dup(address));
    }
    binding->options.consent.allowed = binding->addresses;
    return TRUE;
}

#define CONSENT_ENTRIES(binding)                                                          \
    {"allow",                                                                             \
     0,                                                                                   \
     0,                                                                                   \
     G_OPTION_ARG_STRING_ARRAY,                                                           \
     &(binding).allowed,                                                                  \
     "Hand over this peer of the GPU's IOMMU group as well; may be repeated",             \
     "ADDRESS"},                                                                          \
        {"force-boot-display",                                                            \
         0,                                                                               \
         0,                                                                               \
         G_OPTION_ARG_NONE,                                                               \
         &(binding).options.consent.force_boot_display,                                   \
         "Take the boot display, and with it the host's screen",                          \
         NULL},                                                                           \
    {                                                                                     \
        "force-in-use", 0, 0, G_OPTION_ARG_NONE, &(binding).options.consent.force_in_use, \
            "Take the GPU from the processes that have it open", NULL                     \
    }

static VfgPlan *
make_plan(VfgApp *app, const char *verb, const char *what, const VfgBindOptions *bind,
          GError **error)
{
    const VfgStartOptions start = {.dry_run = TRUE, .consent = bind->consent};
    const VfgStopOptions stop = {.dry_run = TRUE};
    if (g_str_equal(verb, "bind"))
        return vfg_app_bind(app, what, bind, error);
    if (g_str_equal(verb, "unbind"))
        return vfg_app_unbind(app, what, bind, error);
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
    g_auto(Binding) binding = {.options.dry_run = TRUE};
    const VfgCommand self = {"plan", "start|stop|bind|unbind X",
                             "The steps that the verb would take; nothing is changed.", NULL};
    const GOptionEntry entries[] = {CONSENT_ENTRIES(binding), {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, entries, argc, argv, 2, 2, error);
    g_autoptr(VfgApp) app =
        rest && binding_settle(&binding, error) ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgPlan) plan =
        app ? make_plan(app, rest[0], rest[1], &binding.options, error) : NULL;
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
    else {
        print_notes(plan);
        printf("%s: %s\n", plan->subject, plan->steps->len ? done : nothing);
    }
}

#define RUN_ENTRIES(binding, persistent_text)                                                     \
    {"timeout",                                                                                   \
     0,                                                                                           \
     0,                                                                                           \
     G_OPTION_ARG_CALLBACK,                                                                       \
     take_timeout,                                                                                \
     "Wait so long for a driver (default: 30)",                                                   \
     "SECONDS"},                                                                                  \
        {"persistent",    0,   0, G_OPTION_ARG_NONE, &(binding).options.persistent,               \
         persistent_text, NULL},                                                                  \
    {                                                                                             \
        "dry-run", 'n', 0, G_OPTION_ARG_NONE, &(binding).options.dry_run, "Print the steps only", \
            NULL                                                                                  \
    }

static gboolean
take_timeout(const char *name, const char *value, gpointer data, GError **error)
{
    Binding *binding = data;
    char *end = NULL;
    guint64 seconds = g_ascii_strtoull(value, &end, 10);
    if (!g_ascii_isdigit(*value) || *end || seconds == 0 || seconds > G_MAXINT / 2) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "%s: '%.32s' is not a number of seconds", name, value);
        return FALSE;
    }
    binding->options.timeout = (guint)seconds;
    return TRUE;
}

typedef VfgPlan *(*Verb)(VfgApp *app, const char *selector, const VfgBindOptions *options,
                         GError **error);

static VfgPlan *
run_verb(VfgCli *cli, char **rest, Verb verb, Binding *binding, GError **error)
{
    g_autoptr(VfgApp) app = rest && binding_settle(binding, error) ? vfg_cli_app(cli, error) : NULL;
    return app ? verb(app, rest[0], &binding->options, error) : NULL;
}

int
vfg_cmd_bind(VfgCli *cli, int argc, char **argv, GError **error)
{
    g_auto(Binding) binding = {0};
    const VfgCommand self = {"bind", "GPU", "Hands a GPU, its whole slot, to vfio-pci.", NULL};
    const GOptionEntry entries[] = {CONSENT_ENTRIES(binding),
                                    RUN_ENTRIES(binding, "Over reboots as well"),
                                    {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_auto(GStrv) rest = vfg_cli_parse_with(cli, &self, entries, &binding, argc, argv, 1, 1, error);
    g_autoptr(VfgPlan) plan = run_verb(cli, rest, vfg_app_bind, &binding, error);
    if (!plan)
        return 1;
    print_result(cli, plan, binding.options.dry_run, "is with vfio-pci",
                 "is with vfio-pci already");
    return 0;
}

int
vfg_cmd_unbind(VfgCli *cli, int argc, char **argv, GError **error)
{
    g_auto(Binding) binding = {0};
    const VfgCommand self = {"unbind", "GPU", "Gives a GPU back to its original driver.", NULL};
    const GOptionEntry entries[] = {
        RUN_ENTRIES(binding, "Take away what bind --persistent wrote, too"),
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_auto(GStrv) rest = vfg_cli_parse_with(cli, &self, entries, &binding, argc, argv, 1, 1, error);
    g_autoptr(VfgPlan) plan = run_verb(cli, rest, vfg_app_unbind, &binding, error);
    if (!plan)
        return 1;
    print_result(cli, plan, binding.options.dry_run, "was given back", "was back already");
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
    gboolean whole = app && vfg_app_recover(app, settled, error);
    for (guint i = 0; i < settled->len; i++)
        printf("%s\n", (const char *)g_ptr_array_index(settled, i));
    if (!whole)
        return 1;
    if (settled->len == 0)
        printf("nothing to recover\n");
    return 0;
}
