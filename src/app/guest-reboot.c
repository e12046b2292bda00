/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Having a guest reboot in order. */

#include "guest-reboot.h"

#include "collect.h"
#include "error.h"
#include "wire.h"

#define SLICE 1000 /* ms */

typedef struct {
    VfgApp *app;
    const char *name;
    VfgWire *wire;
    gint64 end;    /* monotonic, µs */
    char *boot_id; /* that the guest is to leave, NULL before its first hello */
} Reboot;

static void
reboot_clear(Reboot *reboot)
{
    vfg_wire_free(reboot->wire);
    g_free(reboot->boot_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reboot, reboot_clear)

static gboolean
ask(Reboot *reboot, const VfgHello *hello, GError **error)
{
    VfgMessage message = {.type = VFG_MESSAGE_REBOOT};
    g_autofree char *line = vfg_message_encode(&message, error);
    if (!line)
        return FALSE;
    reboot->boot_id = g_strdup(hello->boot_id);
    vfg_wire_send(reboot->wire, line);
    return TRUE;
}

static gboolean
check_idle(const Reboot *reboot, GError **error)
{
    const VfgProgress *progress = vfg_session_progress(vfg_wire_session(reboot->wire));
    if (!progress || progress->phase != VFG_PHASE_RUNNING)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_REFUSED,
                  "wait for it ('vfiogpu agent provision' follows it); it reboots by itself where "
                  "it has to",
                  "%s is being set up", reboot->name);
    return FALSE;
}

/* Deals with news; *done: it is up again. */
static gboolean
look(Reboot *reboot, gboolean *done, GError **error)
{
    const VfgHello *hello = vfg_session_hello(vfg_wire_session(reboot->wire));
    if (!hello)
        return TRUE;
    *done = reboot->boot_id && !g_str_equal(hello->boot_id, reboot->boot_id);
    return *done || (check_idle(reboot, error) && (reboot->boot_id || ask(reboot, hello, error)));
}

gboolean
vfg_app_guest_reboot(VfgApp *app, const char *name, guint timeout, GError **error)
{
    g_autoptr(VfgStore) store = vfg_app_open_store(app, NULL);
    g_auto(Reboot) reboot = {
        .app = app, .name = name, .end = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC};
    gboolean done = FALSE;
    reboot.wire = vfg_wire_borrow(app, store, name, error);
    if (!reboot.wire)
        return FALSE;
    while (!done) {
        if (g_get_monotonic_time() >= reboot.end) {
            vfg_error_set(error, VFG_ERROR_TIMEOUT, "look at its screen: vfiogpu vnc",
                          reboot.boot_id ? "%s was asked to reboot and did not come back in time"
                                         : "the agent of %s does not speak",
                          name);
            return FALSE;
        }
        if (!vfg_virt_require_running(app->virt, name, error) ||
            !vfg_wire_poll(reboot.wire, SLICE, NULL, error) || !look(&reboot, &done, error))
            return FALSE;
    }
    return TRUE;
}
