/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Having a guest set up what its definition wants, and following it. */

#include "ready.h"

#include "collect.h"
#include "error.h"
#include "escape.h"
#include "vmdef.h"
#include "vmdefs.h"
#include "wire.h"

#define SLICE 1000   /* ms */
#define SAY_EVERY 15 /* s: long steps show that they go on */
#define TEXT_SHOWN 256

typedef struct {
    VfgApp *app;
    const VfgVmdef *vmdef;
    VfgWire *wire;
    gint64 start;
    guint timeout;
    guint64 hellos;     /* that were answered with what is wanted */
    guint64 progresses; /* that were dealt with */
    gboolean begun;     /* the guest has said so */
    char *said;         /* the step and state said last */
    gint64 said_at;     /* s after the start */
} Ready;

static void
ready_clear(Ready *ready)
{
    vfg_wire_free(ready->wire);
    g_free(ready->said);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ready, ready_clear)

static gint64
elapsed(const Ready *ready)
{
    return (g_get_monotonic_time() - ready->start) / G_USEC_PER_SEC;
}

/* Each new hello is answered: the guest may have been booted anew in the middle. Until the guest
 * says how far it is, it is told to begin, so that what failed before is tried again; what it said
 * before the first hello was for somebody else. */
static gboolean
configure(Ready *ready, GError **error)
{
    const VfgSession *session = vfg_wire_session(ready->wire);
    guint64 hellos = vfg_session_hellos(session);
    if (hellos == ready->hellos)
        return TRUE;
    if (!ready->hellos)
        ready->progresses = vfg_session_progresses(session);
    ready->hellos = hellos;
    g_autofree char *line = vfg_session_make_configure(ready->vmdef->guest, !ready->begun, error);
    if (line)
        vfg_wire_send(ready->wire, line);
    return line != NULL;
}

static char *
describe(const VfgProgress *progress)
{
    if (!progress->step)
        return g_strdup("begins");
    g_autofree char *title =
        vfg_escape_text(*progress->title ? progress->title : progress->id, -1, TEXT_SHOWN);
    g_autofree char *state = vfg_escape_text(progress->state, -1, TEXT_SHOWN);
    g_autofree char *package =
        progress->package ? vfg_escape_text(progress->package, -1, TEXT_SHOWN) : NULL;
    g_autofree char *text = progress->text ? vfg_escape_text(progress->text, -1, TEXT_SHOWN) : NULL;
    return g_strdup_printf("step %u of %u, %s: %s%s%s%s%s", progress->step, progress->steps, title,
                           state, package ? ", " : "", package ? package : "", text ? ": " : "",
                           text ? text : "");
}

/* A line where something else is done than before, and now and then while it goes on. */
static void
say(Ready *ready, const VfgProgress *progress)
{
    g_autofree char *what = describe(progress);
    gint64 now = elapsed(ready);
    if (g_strcmp0(what, ready->said) == 0 && now - ready->said_at < SAY_EVERY)
        return;
    g_autofree char *percent =
        progress->percent >= 0 ? g_strdup_printf(" %d %%", progress->percent) : NULL;
    vfg_app_say(ready->app, "%s: %s%s (%d:%02d)", ready->vmdef->name, what, percent ? percent : "",
                (int)(now / 60), (int)(now % 60));
    g_free(ready->said);
    ready->said = g_steal_pointer(&what);
    ready->said_at = now;
}

static gboolean
set_failure(const Ready *ready, const VfgProgress *progress, GError **error)
{
    g_autofree char *text =
        vfg_escape_text(progress->text ? progress->text : "no reason given", -1, TEXT_SHOWN);
    vfg_error_set(error, VFG_ERROR_FAILED,
                  "in the guest 'vfiogpu-agent status' and /var/lib/vfiogpu-agent/provision.log "
                  "say more; the VM runs on",
                  "%s could not be set up for the profile %s: %s", ready->vmdef->name,
                  ready->vmdef->guest->profile, text);
    return FALSE;
}

/* Deals with news; *done: there is nothing more to wait for. */
static gboolean
look(Ready *ready, gboolean *done, GError **error)
{
    VfgSession *session = vfg_wire_session(ready->wire);
    if (!configure(ready, error))
        return FALSE;
    if (!ready->hellos)
        return TRUE;
    guint64 progresses = vfg_session_progresses(session);
    const VfgProgress *progress = vfg_session_progress(session);
    if (progresses == ready->progresses) {
        if (progress && progress->phase == VFG_PHASE_RUNNING &&
            elapsed(ready) - ready->said_at >= SAY_EVERY)
            say(ready, progress);
        return TRUE;
    }
    ready->progresses = progresses;
    ready->begun = TRUE;
    switch (progress->phase) {
    case VFG_PHASE_RUNNING:
        say(ready, progress);
        return TRUE;
    case VFG_PHASE_REBOOT:
        vfg_app_say(ready->app, "%s reboots and goes on", ready->vmdef->name);
        return TRUE;
    case VFG_PHASE_FAILED:
        return set_failure(ready, progress, error);
    case VFG_PHASE_DONE:
        *done = TRUE;
        return TRUE;
    }
    return TRUE;
}

static gboolean
follow(Ready *ready, GError **error)
{
    gboolean done = FALSE;
    while (!done) {
        if (!vfg_virt_require_running(ready->app->virt, ready->vmdef->name, error))
            return FALSE;
        if (elapsed(ready) >= ready->timeout) {
            vfg_error_set(error, VFG_ERROR_TIMEOUT,
                          "it goes on in the guest; --timeout SECONDS waits longer",
                          "%s was not set up for the profile %s within %u s%s%s",
                          ready->vmdef->name, ready->vmdef->guest->profile, ready->timeout,
                          ready->said ? "; last " : "", ready->said ? ready->said : "");
            return FALSE;
        }
        if (!vfg_wire_poll(ready->wire, SLICE, NULL, error) || !look(ready, &done, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vfg_app_await_ready(VfgApp *app, const char *name, guint timeout, GError **error)
{
    g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, name, error);
    if (!vmdef)
        return FALSE;
    if (g_str_equal(vmdef->guest->profile, "none"))
        return TRUE;
    g_autoptr(VfgStore) store = vfg_app_open_store(app, NULL);
    g_auto(Ready)
        ready = {.app = app, .vmdef = vmdef, .timeout = timeout, .start = g_get_monotonic_time()};
    ready.wire = vfg_wire_borrow(app, store, name, error);
    return ready.wire && follow(&ready, error);
}
