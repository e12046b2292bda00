/* SPDX-License-Identifier: GPL-2.0-or-later */

/* diagnose. */

#include "cli.h"

#include "diagnose.h"
#include "error.h"
#include "escape.h"

#include <stdio.h>
#include <unistd.h>

#define TEXT_MAX 300

typedef struct {
    GArray *devices; /* of VfgPciAddress */
    char *vm;
    gboolean host;
    gboolean guest;
} Options;

static gboolean
add_device(G_GNUC_UNUSED const char *name, const char *value, gpointer data, GError **error)
{
    VfgPciAddress address;
    if (!vfg_pci_address_parse(value, &address, error))
        return FALSE;
    g_array_append_val(((Options *)data)->devices, address);
    return TRUE;
}

static const char *
severity_color(VfgSeverity severity)
{
    static const char *const colors[] = {"", "\033[36m", "\033[33m", "\033[31m", "\033[1;31m"};
    return colors[severity];
}

/* "0000:08:00.0 (140): " as far as it is known. */
static void
print_subject(const VfgIncident *incident)
{
    g_autofree char *address =
        incident->has_address ? vfg_pci_address_dup(incident->address) : NULL;
    g_autofree char *code = vfg_escape_text(incident->code, -1, TEXT_MAX);
    printf("%s%s%s", address ? address : "", address ? ": " : "", incident->class_name);
    if (*code)
        printf(" %s", code);
    if (incident->count > 1)
        printf(" ×%" G_GUINT64_FORMAT, incident->count);
}

static void
print_place(const VfgIncident *incident)
{
    g_autofree char *first = vfg_escape_text(incident->first_time, -1, TEXT_MAX);
    g_autofree char *last = vfg_escape_text(incident->last_time, -1, TEXT_MAX);
    printf("  line %" G_GUINT64_FORMAT "%s%s%s", incident->first_line, *first ? " (" : "", first,
           *first ? ")" : "");
    if (incident->last_line != incident->first_line)
        printf(" to %" G_GUINT64_FORMAT "%s%s%s", incident->last_line, *last ? " (" : "", last,
               *last ? ")" : "");
    printf("\n");
}

static void
print_incident(const VfgIncident *incident, gboolean color)
{
    g_autofree char *line = vfg_escape_text(incident->line, -1, TEXT_MAX);
    printf("%s%s%s  ", color ? severity_color(incident->severity) : "",
           vfg_severity_name(incident->severity), color ? "\033[0m" : "");
    print_subject(incident);
    printf("\n  cause: %s\n", incident->cause);
    if (*incident->fix)
        printf("  fix: %s\n", incident->fix);
    print_place(incident);
    printf("  > %s\n", line);
    for (guint i = 0; i < incident->symptoms->len; i++) {
        const VfgSymptom *symptom = g_ptr_array_index(incident->symptoms, i);
        printf("  %s %s ×%" G_GUINT64_FORMAT "\n",
               i ? "         " : "symptoms:", symptom->class_name, symptom->count);
    }
}

static void
print_note(const VfgIncident *incident)
{
    printf("note  ");
    print_subject(incident);
    printf("%s: %s\n", incident->other ? " (not a GPU, as far as this log tells)" : "",
           incident->cause);
}

static void
print_diagnosis(const VfgCli *cli, const VfgDiagnosis *diagnosis)
{
    gboolean color = vfg_cli_use_color(cli);
    for (guint i = 0; i < diagnosis->incidents->len; i++)
        print_incident(g_ptr_array_index(diagnosis->incidents, i), color);
    for (guint i = 0; cli->verbose && i < diagnosis->notes->len; i++)
        print_note(g_ptr_array_index(diagnosis->notes, i));
    if (diagnosis->dropped)
        printf("%" G_GUINT64_FORMAT " more lines of other kinds are not shown\n",
               diagnosis->dropped);
    printf("%s: %u found, %u notes%s, %" G_GUINT64_FORMAT " lines read\n",
           vfg_verdict_name(diagnosis->verdict), diagnosis->incidents->len, diagnosis->notes->len,
           diagnosis->notes->len && !cli->verbose ? " (-v shows them)" : "", diagnosis->lines);
}

static int
diagnose(VfgCli *cli, const Options *options, const char *file, GError **error)
{
    VfgDiagnoseOptions request = {.file = file, .devices = options->devices, .vm = options->vm};
    if (options->vm && options->guest && !options->host) {
        vfg_error_set(error, VFG_ERROR_FAILED,
                      "leave --vm out: what GPU drivers say is a GPU's without it",
                      "--vm tells the host's addresses, and a guest's log has the guest's");
        return 1;
    }
    if (options->host != options->guest)
        request.side = options->host ? VFG_SIDE_HOST : VFG_SIDE_GUEST;
    /* What comes through a pipe is meant, without a "-". */
    if (!file && !cli->sysroot && !isatty(STDIN_FILENO))
        request.file = "-";
    g_autoptr(VfgApp) app = vfg_cli_app(cli, error);
    g_autoptr(VfgDiagnosis) diagnosis = app ? vfg_app_diagnose(app, &request, error) : NULL;
    if (!diagnosis)
        return 1;
    if (cli->json)
        vfg_cli_print_json(vfg_diagnosis_to_json(diagnosis));
    else
        print_diagnosis(cli, diagnosis);
    return diagnosis->verdict == VFG_VERDICT_FAIL ? VFG_EXIT_CHECK_FAILED : 0;
}

int
vfg_cmd_diagnose(VfgCli *cli, int argc, char **argv, GError **error)
{
    g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(VfgPciAddress));
    Options options = {.devices = devices};
    const GOptionEntry entries[] = {
        {"device", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer)add_device,
         "A function that is passed through; may be given several times", "ADDRESS"},
        {"vm", 0, 0, G_OPTION_ARG_STRING, &options.vm,
         "The GPUs of this VM are passed through; for a log of the host or QEMU", "NAME"},
        {"host", 0, 0, G_OPTION_ARG_NONE, &options.host, "Fixes for the host only", NULL},
        {"guest", 0, 0, G_OPTION_ARG_NONE, &options.guest, "Fixes for the guest only", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const VfgCommand self = {
        "diagnose", "[FILE|-]",
        "Explains a kernel log of a host or a guest, or what QEMU said: causes first, their\n"
        "symptoms under them. Without FILE: standard input, or on a terminal this machine's log.",
        NULL};
    g_auto(GStrv) rest = vfg_cli_parse_with(cli, &self, entries, &options, argc, argv, 0, 1, error);
    int status = rest ? diagnose(cli, &options, rest[0], error) : 1;
    g_free(options.vm);
    return status;
}
