/* SPDX-License-Identifier: GPL-2.0-or-later */

/* events: what guests and the host's log said of the GPUs. */

#include "cli.h"

#include "error.h"
#include "escape.h"
#include "events.h"
#include "parse.h"

#include <stdio.h>
#include <string.h>

#define LINE_SHOWN 400 /* bytes of a log's line */

typedef struct {
    const VfgCli *cli;
    json_t *array; /* NULL: lines as they come */
    gboolean json;
} Printer;

static void
print_text(const VfgStored *stored)
{
    const VfgEvent *event = stored->event;
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(stored->stored / 1000);
    g_autofree char *stamp = time ? g_date_time_format(time, "%F %T") : g_strdup("?");
    g_autofree char *vm = vfg_escape_text(*stored->vm ? stored->vm : "-", -1, 64);
    g_autofree char *gpu = stored->has_gpu ? vfg_pci_address_dup(stored->gpu) : g_strdup("-");
    g_autofree char *code = vfg_escape_text(event->code ? event->code : "", -1, 64);
    g_autofree char *line = vfg_escape_text(event->line, -1, LINE_SHOWN);
    printf("%s %s %s %s %s%s%s", stamp, vm, gpu, vfg_severity_name(event->severity),
           event->class_name, *code ? " " : "", code);
    if (stored->host)
        printf(" (host)");
    else if (event->source != VFG_EVENT_KERNEL)
        printf(" (%s)", vfg_event_source_name(event->source));
    if (event->count > 1)
        printf(" x%" G_GUINT64_FORMAT, event->count);
    printf(": %s\n", line);
}

/* Following, each event is a document on a line of its own, to be read as it comes. */
static void
print_json_line(const VfgStored *stored)
{
    json_t *json = vfg_stored_to_json(stored);
    char *text = json_dumps(json, JSON_COMPACT);
    printf("%s\n", text ? text : "null");
    free(text);
    json_decref(json);
}

static gboolean
on_stored(const VfgStored *stored, gpointer data)
{
    Printer *printer = data;
    if (printer->array)
        json_array_append_new(printer->array, vfg_stored_to_json(stored));
    else if (printer->json)
        print_json_line(stored);
    else
        print_text(stored);
    return fflush(stdout) == 0;
}

/* "90s", "15m", "2h", "3d", or a date of ISO 8601 in local time. */
static gboolean
parse_since(const char *text, gint64 *ret, GError **error)
{
    static const char units[] = "smhd";
    static const gint64 seconds[] = {1, 60, 3600, 86400};
    gsize len = strlen(text);
    const char *unit = len ? strchr(units, text[len - 1]) : NULL;
    g_autofree char *number = g_strndup(text, len ? len - 1 : 0);
    guint64 value = 0;
    if (unit && vfg_parse_uint(number, 10, 1000000, &value, NULL)) {
        *ret = g_get_real_time() / 1000 - (gint64)value * seconds[unit - units] * 1000;
        return TRUE;
    }
    g_autoptr(GTimeZone) local = g_time_zone_new_local();
    g_autofree char *whole = strchr(text, 'T') || strchr(text, ' ')
                                 ? g_strdup(text)
                                 : g_strconcat(text, "T00:00:00", NULL);
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, local);
    if (time) {
        *ret = g_date_time_to_unix(time) * 1000;
        return TRUE;
    }
    vfg_error_set(error, VFG_ERROR_USAGE,
                  "vfiogpu events --since 2h, or --since 2026-01-31T12:00:00",
                  "events: --since '%.64s' is neither a time ago nor a date", text);
    return FALSE;
}

int
vfg_cmd_events(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {"events", "[VM]", "What guests reported of their GPUs.", NULL};
    g_autofree char *since = NULL;
    VfgEventsOptions options = {0};
    const GOptionEntry entries[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "Only since then: 90s, 15m, 2h, 3d or a date",
         "TIME"},
        {"follow", 'f', 0, G_OPTION_ARG_NONE, &options.follow, "Go on with what comes", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, entries, argc, argv, 0, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    if (!app || (since && !parse_since(since, &options.since, error)))
        return 1;
    options.vm = rest[0];
    Printer printer = {cli, cli->json && !options.follow ? json_array() : NULL, cli->json};
    guint64 dropped = 0;
    if (!vfg_app_events(app, &options, on_stored, &printer, &dropped, error)) {
        json_decref(printer.array);
        return 1;
    }
    if (printer.array)
        vfg_cli_end_json(
            cli, json_pack("{s:o, s:I}", "events", printer.array, "dropped", (json_int_t)dropped));
    else if (dropped && !options.follow)
        printf("%" G_GUINT64_FORMAT " events of %s were too many to be kept\n", dropped, rest[0]);
    return 0;
}
