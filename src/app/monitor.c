/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Collecting from several VMs at a time. */

#include "monitor.h"

#include "collect.h"
#include "escape.h"
#include "vmdefs.h"
#include "wire.h"

#define PORTIONS 4                    /* of a VM in one turn: a flood leaves the others theirs */
#define RETRY_US (5 * G_USEC_PER_SEC) /* after a channel was lost or could not be opened */
#define SHOWN_MAX 200                 /* bytes of a complaint */
#define LOOK_US (5 * G_USEC_PER_SEC)  /* which VMs run, where nothing tells */

typedef struct {
    char *vm;
    VfgWire *wire;     /* NULL: not open */
    gint64 not_before; /* monotonic: when to try again */
    char *said;        /* why it is not open, said once */
    gboolean runs;
    guint64 hellos;      /* that were answered */
    gboolean complained; /* of what came since the channel is open */
} Line;

struct VfgMonitor {
    VfgApp *app;
    VfgStore *store;
    char *only;
    VfgHandover *handover;
    GPtrArray *lines; /* of Line */
    gint64 looked;
};

static void
line_free(gpointer data)
{
    Line *line = data;
    vfg_wire_free(line->wire);
    g_free(line->vm);
    g_free(line->said);
    g_free(line);
}

VfgMonitor *
vfg_monitor_new(VfgApp *app, VfgStore *store, const char *only, VfgHandover *handover)
{
    VfgMonitor *monitor = g_new0(VfgMonitor, 1);
    monitor->app = app;
    monitor->store = store;
    monitor->only = g_strdup(only);
    monitor->handover = handover;
    monitor->lines = g_ptr_array_new_with_free_func(line_free);
    vfg_monitor_look(monitor);
    return monitor;
}

void
vfg_monitor_free(VfgMonitor *monitor)
{
    if (!monitor)
        return;
    g_ptr_array_unref(monitor->lines);
    g_free(monitor->only);
    g_free(monitor);
}

static Line *
find_line(const VfgMonitor *monitor, const char *vm)
{
    for (guint i = 0; i < monitor->lines->len; i++) {
        Line *line = g_ptr_array_index(monitor->lines, i);
        if (g_str_equal(line->vm, vm))
            return line;
    }
    return NULL;
}

static void
note_running(VfgMonitor *monitor, const char *vm)
{
    Line *line = find_line(monitor, vm);
    if (!line) {
        line = g_new0(Line, 1);
        line->vm = g_strdup(vm);
        g_ptr_array_add(monitor->lines, line);
    }
    line->runs = TRUE;
}

void
vfg_monitor_look(VfgMonitor *monitor)
{
    monitor->looked = g_get_monotonic_time();
    VfgVirt *virt = vfg_app_virt(monitor->app, NULL);
    g_autoptr(GPtrArray) names = virt ? vfg_virt_list_running(virt, NULL) : NULL;
    if (!names)
        return;
    for (guint i = 0; i < monitor->lines->len; i++)
        ((Line *)g_ptr_array_index(monitor->lines, i))->runs = FALSE;
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!monitor->only || g_str_equal(name, monitor->only))
            note_running(monitor, name);
    }
    for (guint i = monitor->lines->len; i > 0; i--)
        if (!((Line *)g_ptr_array_index(monitor->lines, i - 1))->runs)
            g_ptr_array_remove_index(monitor->lines, i - 1);
}

static void
say_once(VfgMonitor *monitor, Line *line, const char *text)
{
    if (g_strcmp0(line->said, text) == 0)
        return;
    g_free(line->said);
    line->said = g_strdup(text);
    if (text)
        vfg_app_say(monitor->app, "%s: %s", line->vm, text);
}

/* A VM without our channel is none of ours: it is not spoken of. */
static void
open_line(VfgMonitor *monitor, Line *line)
{
    g_autoptr(GError) error = NULL;
    if (line->wire || g_get_monotonic_time() < line->not_before)
        return;
    line->wire = vfg_wire_open(monitor->app, monitor->store, line->vm, &error);
    line->hellos = 0;
    line->complained = FALSE;
    if (line->wire) {
        say_once(monitor, line, NULL);
        return;
    }
    line->not_before = g_get_monotonic_time() + RETRY_US;
    say_once(monitor, line, error->message);
}

/* Tells a guest that said hello what its definition wants; of a VM without one nothing is wanted.
 */
static void
configure(VfgMonitor *monitor, Line *line)
{
    guint64 hellos = vfg_session_hellos(vfg_wire_session(line->wire));
    if (!monitor->handover || hellos == line->hellos)
        return;
    line->hellos = hellos;
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(monitor->app, line->vm, &error);
    if (!vmdef || g_str_equal(vmdef->guest->profile, "none"))
        return;
    g_autofree char *text = vfg_session_make_configure(vmdef->guest, FALSE, &error);
    if (text)
        vfg_wire_send(line->wire, text);
    else
        say_once(monitor, line, error->message);
}

/* Once for each opening: a guest must not fill the host's log with its nonsense. */
static void
complain(VfgMonitor *monitor, Line *line)
{
    const char *why = vfg_session_last_complaint(vfg_wire_session(line->wire));
    if (!why || line->complained)
        return;
    line->complained = TRUE;
    g_autofree char *shown = vfg_escape_text(why, -1, SHOWN_MAX);
    vfg_app_say(monitor->app, "%s: its agent says what is no message: %s", line->vm, shown);
}

static gboolean
serve_line(VfgMonitor *monitor, Line *line)
{
    gboolean came = TRUE;
    for (guint i = 0; came && i < PORTIONS; i++) {
        g_autoptr(GError) error = NULL;
        if (vfg_wire_poll(line->wire, 0, &came, &error)) {
            configure(monitor, line);
            complain(monitor, line);
            continue;
        }
        say_once(monitor, line, error->message);
        g_clear_pointer(&line->wire, vfg_wire_free);
        line->not_before = g_get_monotonic_time() + G_USEC_PER_SEC;
        monitor->looked = 0; /* the VM may be off */
        return FALSE;
    }
    return came;
}

gboolean
vfg_monitor_turn(VfgMonitor *monitor)
{
    gboolean more = FALSE;
    if (monitor->handover)
        vfg_handover_poll(monitor->handover);
    if (g_get_monotonic_time() - monitor->looked > LOOK_US)
        vfg_monitor_look(monitor);
    for (guint i = 0; i < monitor->lines->len; i++) {
        Line *line = g_ptr_array_index(monitor->lines, i);
        if (monitor->handover && vfg_handover_is_lent(monitor->handover, line->vm)) {
            g_clear_pointer(&line->wire, vfg_wire_free);
            continue;
        }
        open_line(monitor, line);
        more |= line->wire && serve_line(monitor, line);
    }
    if (monitor->handover)
        vfg_handover_grant(monitor->handover);
    return more;
}

void
vfg_monitor_take_host_event(VfgMonitor *monitor, VfgEvent *event)
{
    if (!event->has_address && monitor->lines->len != 1)
        return;
    for (guint i = 0; i < monitor->lines->len; i++) {
        Line *line = g_ptr_array_index(monitor->lines, i);
        g_autoptr(GError) error = NULL;
        if (line->wire &&
            !vfg_collect_take_host_event(vfg_wire_collect(line->wire), event, &error) && error)
            vfg_app_say(monitor->app, "%s", error->message);
    }
}
