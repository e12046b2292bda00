/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The life of a domain: defined, booted, shut down, undefined. */

#include "error.h"
#include "virt-private.h"

#include <stdlib.h>

#define SHUT_DOWN_AGAIN 10 /* s */
#define POLL_INTERVAL (G_USEC_PER_SEC / 5)
#define STARTING_TIME (60 * G_USEC_PER_SEC)
#define DESTROY_DEADLINE 90 /* s: libvirt gives an emulator with passed-through devices longer */

static VfgDomainState
map_state(int state, int reason)
{
    if (state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_STARTING_UP)
        return VFG_DOMAIN_STARTING;
    switch (state) {
    case VIR_DOMAIN_SHUTOFF:
        return VFG_DOMAIN_SHUT_OFF;
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED:
        return VFG_DOMAIN_PAUSED;
    case VIR_DOMAIN_CRASHED:
        return VFG_DOMAIN_CRASHED;
    default:
        return VFG_DOMAIN_RUNNING;
    }
}

/* Why it is in that state, where that says more than the state. */
static const char *
map_reason(int state, int reason)
{
    if (state == VIR_DOMAIN_SHUTOFF)
        switch (reason) {
        case VIR_DOMAIN_SHUTOFF_SHUTDOWN:
            return "the guest shut itself down";
        case VIR_DOMAIN_SHUTOFF_DESTROYED:
            return "it was switched off";
        case VIR_DOMAIN_SHUTOFF_CRASHED:
            return "the emulator died";
        case VIR_DOMAIN_SHUTOFF_FAILED:
            return "it failed to start";
        case VIR_DOMAIN_SHUTOFF_DAEMON:
            return "libvirtd lost it";
        default:
            return NULL;
        }
    if (state == VIR_DOMAIN_CRASHED)
        return "the guest crashed";
    if (state == VIR_DOMAIN_PAUSED &&
        (reason == VIR_DOMAIN_PAUSED_UNKNOWN || reason == VIR_DOMAIN_PAUSED_IOERROR ||
         reason == VIR_DOMAIN_PAUSED_CRASHED))
        return "the emulator stopped it after an error";
    return NULL;
}

static gboolean
domain_state(VfgCall *call, virDomainPtr domain, GError **error)
{
    int state = 0, reason = 0;
    if (virDomainGetState(domain, &state, &reason, 0) < 0) {
        vfg_virt_set_error(error, "cannot get the state of %s", call->name);
        return FALSE;
    }
    call->state = map_state(state, reason);
    call->reason = map_reason(state, reason);
    return TRUE;
}

/* *ret is NULL where there is none. */
static gboolean
find_if_any(VfgCall *call, virDomainPtr *ret, GError **error)
{
    g_autoptr(GError) local = NULL;
    virDomainPtr domain = vfg_call_find(call, &local);
    if (!domain && !g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    call->state = VFG_DOMAIN_ABSENT;
    call->reason = NULL;
    *ret = domain;
    return TRUE;
}

static gboolean
ask_state(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = NULL;
    return find_if_any(call, &domain, error) && (!domain || domain_state(call, domain, error));
}

static gboolean
ask_definition(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = NULL;
    return find_if_any(call, &domain, error) &&
           (!domain || (domain_state(call, domain, error) &&
                        vfg_call_take_xml(call, domain, VFG_DEFINITION_FLAGS, error)));
}

gboolean
vfg_virt_get_definition(VfgVirt *virt, const char *name, VfgDomainState *state, char **ret,
                        GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    if (!vfg_call_run(virt, call, ask_definition, VFG_CALL_AGAIN, 0, error))
        return FALSE;
    if (state)
        *state = call->state;
    *ret = g_steal_pointer(&call->out);
    return TRUE;
}

gboolean
vfg_virt_get_state(VfgVirt *virt, const char *name, VfgDomainState *ret, const char **reason,
                   GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    if (!vfg_call_run(virt, call, ask_state, VFG_CALL_AGAIN, 0, error))
        return FALSE;
    *ret = call->state;
    if (reason)
        *reason = call->reason;
    return TRUE;
}

gboolean
vfg_virt_require_running(VfgVirt *virt, const char *name, GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    const char *reason = NULL;
    if (!vfg_virt_get_state(virt, name, &state, &reason, error))
        return FALSE;
    if (state == VFG_DOMAIN_RUNNING)
        return TRUE;
    g_autofree char *fix = g_strdup_printf("QEMU says why in /var/log/libvirt/qemu/%s.log", name);
    vfg_error_set(error, VFG_ERROR_FAILED, fix, "%s is %s%s%s", name, vfg_domain_state_name(state),
                  reason ? ": " : "", reason ? reason : "");
    return FALSE;
}

static gboolean
do_define(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain =
        virDomainDefineXMLFlags(call->connection, call->text, call->flags);
    char *xml = domain ? virDomainGetXMLDesc(domain, VFG_DEFINITION_FLAGS) : NULL;
    if (!domain)
        vfg_virt_set_error(error, "libvirt refuses the domain %s", call->name);
    call->out = g_strdup(xml);
    free(xml);
    return domain != NULL;
}

static gboolean
define(VfgVirt *virt, const char *name, const char *xml, guint flags, char **definition,
       GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    call->text = g_strdup(xml);
    call->flags = flags;
    if (!vfg_call_run(virt, call, do_define, VFG_CALL_AGAIN, 0, error))
        return FALSE;
    if (definition)
        *definition = g_steal_pointer(&call->out);
    return TRUE;
}

gboolean
vfg_virt_define(VfgVirt *virt, const char *name, const char *xml, char **definition, GError **error)
{
    return define(virt, name, xml, VIR_DOMAIN_DEFINE_VALIDATE, definition, error);
}

gboolean
vfg_virt_redefine(VfgVirt *virt, const char *name, const char *xml, GError **error)
{
    return define(virt, name, xml, 0, NULL, error);
}

static gboolean
do_undefine(VfgCall *call, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(virDomain) domain = vfg_call_find(call, &local);
    if (!domain && g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        return TRUE;
    if (!domain) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (virDomainUndefineFlags(domain, call->flags) == 0)
        return TRUE;
    vfg_virt_set_error(error, "cannot undefine %s", call->name);
    return FALSE;
}

gboolean
vfg_virt_undefine(VfgVirt *virt, const char *name, gboolean keep_nvram, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    call->flags = keep_nvram ? VIR_DOMAIN_UNDEFINE_KEEP_NVRAM : VIR_DOMAIN_UNDEFINE_NVRAM;
    return vfg_call_run(virt, call, do_undefine, VFG_CALL_AGAIN, 0, error);
}

/* A libvirtd that came back ends emulators that it had not got to run yet (qemuProcessReconnect).
 */
static gboolean
await_started(VfgCall *call, virDomainPtr domain, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + STARTING_TIME;
    do {
        if (!domain_state(call, domain, error))
            return FALSE;
        if (call->state != VFG_DOMAIN_STARTING)
            return TRUE;
        g_usleep(POLL_INTERVAL);
    } while (g_get_monotonic_time() < deadline);
    return TRUE;
}

/* One that runs already was booted by the try that a dying libvirtd did not answer. */
static gboolean
do_boot(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = vfg_call_find(call, error);
    if (!domain || !await_started(call, domain, error))
        return FALSE;
    if (vfg_domain_state_is_off(call->state) && virDomainCreate(domain) < 0) {
        vfg_virt_set_error(error, "cannot boot %s", call->name);
        return FALSE;
    }
    return domain_state(call, domain, error);
}

gboolean
vfg_virt_boot(VfgVirt *virt, const char *name, guint timeout, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    if (!vfg_call_run(virt, call, do_boot, VFG_CALL_AGAIN, timeout, error))
        return FALSE;
    if (call->state == VFG_DOMAIN_RUNNING)
        return TRUE;
    g_autofree char *fix = g_strdup_printf("QEMU says why in /var/log/libvirt/qemu/%s.log", name);
    vfg_error_set(error, VFG_ERROR_FAILED, fix, "%s was booted and is %s again%s%s", name,
                  vfg_domain_state_name(call->state), call->reason ? ": " : "",
                  call->reason ? call->reason : "");
    return FALSE;
}

static gboolean
do_shut_down(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = vfg_call_find(call, error);
    if (domain && virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) == 0)
        return TRUE;
    if (domain)
        vfg_virt_set_error(error, "cannot ask %s to shut down", call->name);
    return FALSE;
}

static gboolean
press_power_button(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    return vfg_call_run(virt, call, do_shut_down, VFG_CALL_AGAIN, 0, error);
}

/* Asks again now and then; an answer of libvirt that it can't ask is no reason to give up while
 * time is left. */
static gboolean
wait_until_off(VfgVirt *virt, const char *name, guint timeout, VfgVirtTick tick, gpointer data,
               GError **error)
{
    gint64 start = g_get_monotonic_time();
    guint ticks = 0;
    for (;;) {
        VfgDomainState state = VFG_DOMAIN_RUNNING;
        if (!vfg_virt_get_state(virt, name, &state, NULL, error))
            return FALSE;
        if (vfg_domain_state_is_off(state))
            return TRUE;
        guint gone = (guint)((g_get_monotonic_time() - start) / G_USEC_PER_SEC);
        if (gone >= timeout)
            break;
        if (gone > ticks) {
            ticks = gone;
            if (tick && !tick(gone, data, error))
                return FALSE;
            if (gone % SHUT_DOWN_AGAIN == 0)
                (void)!press_power_button(virt, name, NULL);
        }
        g_usleep(POLL_INTERVAL);
    }
    vfg_error_set(
        error, VFG_ERROR_TIMEOUT,
        "look at its screen, wait longer with --timeout SECONDS, or pull the plug with --force",
        "%s did not shut down within %u s", name, timeout);
    return FALSE;
}

gboolean
vfg_virt_shut_down(VfgVirt *virt, const char *name, guint timeout, VfgVirtTick tick, gpointer data,
                   GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!vfg_virt_get_state(virt, name, &state, NULL, error))
        return FALSE;
    if (vfg_domain_state_is_off(state))
        return TRUE;
    if (state != VFG_DOMAIN_RUNNING) {
        vfg_error_set(error, VFG_ERROR_FAILED, "pull the plug: vfiogpu stop --force",
                      "%s is %s and can't shut itself down", name, vfg_domain_state_name(state));
        return FALSE;
    }
    return press_power_button(virt, name, error) &&
           wait_until_off(virt, name, timeout, tick, data, error);
}

static gboolean
do_destroy(VfgCall *call, GError **error)
{
    if (!ask_state(call, error))
        return FALSE;
    g_autoptr(virDomain) domain =
        vfg_domain_state_is_off(call->state) ? NULL : vfg_call_find(call, error);
    if (vfg_domain_state_is_off(call->state) || (domain && virDomainDestroy(domain) == 0))
        return TRUE;
    if (domain)
        vfg_virt_set_error(error, "cannot switch %s off", call->name);
    return FALSE;
}

/* A guest that powers itself off at the same moment makes the destroying fail and the reading back
 * succeed. */
gboolean
vfg_virt_destroy(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(VfgCall) call = vfg_call_new(name);
    gboolean done = vfg_call_run(virt, call, do_destroy, VFG_CALL_AGAIN, DESTROY_DEADLINE, &local);
    VfgDomainState state = VFG_DOMAIN_RUNNING;
    if (!vfg_virt_get_state(virt, name, &state, NULL, done ? error : NULL)) {
        if (!done)
            g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (vfg_domain_state_is_off(state))
        return TRUE;
    if (local && state == VFG_DOMAIN_STARTING) {
        g_autofree char *fix = vfg_domain_starting_fix(name);
        vfg_error_set(error, VFG_ERROR_RECOVER, fix, "%s", local->message);
    } else if (local)
        g_propagate_error(error, g_steal_pointer(&local));
    else
        vfg_error_set(error, VFG_ERROR_FAILED, "QEMU may hang in the kernel: see dmesg",
                      "%s was switched off and is %s still", name, vfg_domain_state_name(state));
    return FALSE;
}
