/* SPDX-License-Identifier: GPL-2.0-or-later */

/* status, vnc and screenshot. */

#include "cli.h"

#include "error.h"
#include "escape.h"
#include "status.h"
#include "vmdefs.h"

#include <stdio.h>

#define AGENT_TIMEOUT 5 /* s: one that runs answers at once */

static void
print_text(const char *label, const char *text)
{
    g_autofree char *shown = text ? vfg_escape_text(text, -1, 100) : NULL;
    if (shown)
        printf("  %s: %s\n", label, shown);
}

static void
print_guest(const VfgSession *session)
{
    const VfgHello *hello = vfg_session_hello(session);
    const GPtrArray *gpus = vfg_session_gpus(session);
    g_autofree char *os = vfg_escape_text(hello->os_name, -1, 100);
    g_autofree char *kernel = vfg_escape_text(hello->kernel, -1, 100);
    g_autofree char *version = vfg_escape_text(hello->version, -1, 40);
    printf("  agent: %s, on %s, kernel %s, %s\n", version, os, kernel, hello->firmware);
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        g_autofree char *address = vfg_pci_address_dup(gpu->address);
        g_autofree char *driver = gpu->driver ? vfg_escape_text(gpu->driver, -1, 64) : NULL;
        guint unassigned = 0;
        for (guint k = 0; k < gpu->n_bars; k++)
            unassigned += !gpu->bars[k].assigned;
        printf("  guest GPU: %s %04x:%04x, driver %s, %u BARs, %s\n", address, gpu->vendor,
               gpu->device, driver ? driver : "none", gpu->n_bars,
               unassigned ? "some without an address" : "all assigned");
    }
    print_text("driver", vfg_session_software(session)->driver_state);
    print_text("driver version", vfg_session_software(session)->driver_version);
    print_text("CUDA toolkit", vfg_session_software(session)->toolkit_version);
}

/* The worst thing that is the case, by its cause. */
static void
print_worst(const VfgDiagnosis *diagnosis)
{
    if (!diagnosis->incidents->len)
        return;
    const VfgIncident *worst = g_ptr_array_index(diagnosis->incidents, 0);
    g_autofree char *address =
        worst->has_address ? vfg_pci_address_dup(worst->address) : g_strdup("GPU");
    g_autofree char *code = vfg_escape_text(worst->code, -1, 64);
    printf("  %s: %s %s%s%s x%" G_GUINT64_FORMAT ": %s\n", vfg_severity_name(worst->severity),
           address, worst->class_name, *code ? " " : "", code, worst->count, worst->cause);
    if (*worst->fix)
        printf("    fix: %s\n", worst->fix);
    if (diagnosis->incidents->len > 1)
        printf("    and %u more: vfiogpu events\n", diagnosis->incidents->len - 1);
}

static void
print_status(const VfgVmStatus *status)
{
    printf("%s: %s%s%s\n", status->name, vfg_domain_state_name(status->state),
           status->reason ? ", " : "", status->reason ? status->reason : "");
    for (guint i = 0; i < status->held->len; i++)
        printf("  still has the GPU %s: 'vfiogpu stop %s' gives it back\n",
               (const char *)g_ptr_array_index(status->held, i), status->name);
    if (status->diagnosis)
        print_worst(status->diagnosis);
    if (status->state != VFG_DOMAIN_RUNNING)
        return;
    printf("  screen: %s\n", status->vnc ? status->vnc : "none");
    for (guint i = 0; i < status->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(status->gpus, i);
        g_autofree char *address = vfg_pci_address_dup(gpu->function->address);
        printf("  host GPU: %s %s, driver %s\n", address,
               gpu->function->name ? gpu->function->name : "",
               gpu->function->driver ? gpu->function->driver : "none");
    }
    if (status->session)
        print_guest(status->session);
    else
        printf("  agent: not heard (%s)\n", status->agent_error);
}

/* Without a name: all VMs, one after the other. */
static int
status_of_all(const VfgCli *cli, VfgApp *app, GError **error)
{
    g_autoptr(GPtrArray) names = vfg_vmdefs_list(app);
    json_t *array = json_array();
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(VfgVmStatus) status =
            vfg_app_status(app, g_ptr_array_index(names, i), AGENT_TIMEOUT, error);
        if (!status) {
            json_decref(array);
            return 1;
        }
        json_array_append_new(array, vfg_vm_status_to_json(status));
        if (!cli->json)
            print_status(status);
    }
    vfg_cli_end_json(cli, json_pack("{s:o}", "vms", array));
    return 0;
}

int
vfg_cmd_status(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"status", "[VM]", "What a VM, or each of them, is doing.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 0, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app)
        return 1;
    if (!rest[0])
        return status_of_all(cli, app, error);
    g_autoptr(VfgVmStatus) status = vfg_app_status(app, rest[0], AGENT_TIMEOUT, error);
    if (!status)
        return 1;
    if (cli->json)
        vfg_cli_print_json(vfg_vm_status_to_json(status));
    else
        print_status(status);
    return 0;
}

int
vfg_cmd_vnc(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"vnc", "VM", "Where the VM's VNC screen is.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 1, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autofree char *vnc = app ? vfg_app_vnc(app, rest[0], error) : NULL;
    if (!vnc)
        return 1;
    printf("%s\n", vnc);
    return 0;
}

int
vfg_cmd_screenshot(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"screenshot", "VM FILE.png", "Writes a picture of the VM's screen.",
                             NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 2, 2, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app || !vfg_app_screenshot(app, rest[0], rest[1], error))
        return 1;
    printf("%s: written\n", rest[1]);
    return 0;
}
