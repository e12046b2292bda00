/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The connection to libvirt and the life of a domain. */

#include "virt-private.h"

#include "error.h"
#include "escape.h"

#include <stdarg.h>

#define SHUT_DOWN_AGAIN 10 /* s */
#define POLL_INTERVAL (G_USEC_PER_SEC / 5)

static void
be_silent(void *data G_GNUC_UNUSED, virErrorPtr problem G_GNUC_UNUSED)
{
}

void
vfg_virt_set_error(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    const char *message = virGetLastErrorMessage();
    g_autofree char *shown = vfg_escape_text(message, -1, 2000);
    VfgErrorCode code =
        virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ? VFG_ERROR_NOT_FOUND : VFG_ERROR_FAILED;
    vfg_error_set(error, code, NULL, "%s: %s", what, shown);
}

static gpointer
run_loop(gpointer data)
{
    VfgVirt *virt = data;
    while (!g_atomic_int_get(&virt->stop))
        if (virEventRunDefaultImpl() < 0)
            break;
    return NULL;
}

static void
do_nothing(int timer G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
}

static void
set_connect_error(const char *uri, GError **error)
{
    g_autoptr(GError) local = NULL;
    vfg_virt_set_error(&local, "cannot connect to libvirt at %s", uri);
    vfg_error_set_fix(local,
                      "install libvirt-daemon-system (or your distribution's libvirtd), start "
                      "it with 'systemctl start libvirtd', and run as root or as a member of "
                      "the group libvirt; --connect names another one");
    g_propagate_error(error, g_steal_pointer(&local));
}

VfgVirt *
vfg_virt_open(const char *uri, GError **error)
{
    if (!vfg_libvirt_load(error))
        return NULL;
    virSetErrorFunc(NULL, be_silent);
    g_autoptr(VfgVirt) virt = g_new0(VfgVirt, 1);
    virt->wake_timer = -1;
    /* libvirt wants its event loop before the connection. */
    if (virEventRegisterDefaultImpl() == 0)
        virt->connection = virConnectOpenAuth(uri, vfg_libvirt_auth_default(), 0);
    if (!virt->connection) {
        set_connect_error(uri, error);
        return NULL;
    }
    virt->wake_timer = virEventAddTimeout(-1, do_nothing, NULL, NULL);
    virt->loop = g_thread_new("libvirt", run_loop, virt);
    /* Not every transport has keepalives; one that has none notices a dead peer by itself. */
    (void)virConnectSetKeepAlive(virt->connection, 5, 6);
    return g_steal_pointer(&virt);
}

void
vfg_virt_free(VfgVirt *virt)
{
    if (!virt)
        return;
    g_atomic_int_set(&virt->stop, 1);
    if (virt->wake_timer >= 0)
        virEventUpdateTimeout(virt->wake_timer, 0);
    if (virt->loop)
        g_thread_join(virt->loop);
    if (virt->wake_timer >= 0)
        virEventRemoveTimeout(virt->wake_timer);
    if (virt->connection)
        virConnectClose(virt->connection);
    g_free(virt);
}

const char *
vfg_domain_state_name(VfgDomainState state)
{
    static const char *const names[] = {"not defined", "shut off", "running", "paused", "crashed"};
    return names[state];
}

gboolean
vfg_virt_has_kvm(VfgVirt *virt, const char *arch)
{
    char *xml = virConnectGetDomainCapabilities(virt->connection, NULL, arch, NULL, "kvm", 0);
    gboolean has = xml != NULL;
    free(xml);
    return has;
}

virDomainPtr
vfg_virt_find(VfgVirt *virt, const char *name, GError **error)
{
    virDomainPtr domain = virDomainLookupByName(virt->connection, name);
    if (!domain)
        vfg_virt_set_error(error, "cannot find the domain %s", name);
    return domain;
}

static VfgDomainState
map_state(int state)
{
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

static gboolean
domain_state(virDomainPtr domain, VfgDomainState *ret, GError **error)
{
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) < 0) {
        vfg_virt_set_error(error, "cannot get the state of %s", virDomainGetName(domain));
        return FALSE;
    }
    *ret = map_state(state);
    return TRUE;
}

gboolean
vfg_virt_get_state(VfgVirt *virt, const char *name, VfgDomainState *ret, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, &local);
    if (domain)
        return domain_state(domain, ret, error);
    if (g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND)) {
        *ret = VFG_DOMAIN_ABSENT;
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

char *
vfg_virt_get_uuid(VfgVirt *virt, const char *name)
{
    char text[VIR_UUID_STRING_BUFLEN];
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, NULL);
    return domain && virDomainGetUUIDString(domain, text) == 0 ? g_strdup(text) : NULL;
}

gboolean
vfg_virt_require_running(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, error);
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!domain || !domain_state(domain, &state, error))
        return FALSE;
    if (state == VFG_DOMAIN_RUNNING)
        return TRUE;
    int raw = 0, reason = 0;
    (void)virDomainGetState(domain, &raw, &reason, 0);
    gboolean broke = raw == VIR_DOMAIN_PAUSED &&
                     (reason == VIR_DOMAIN_PAUSED_UNKNOWN || reason == VIR_DOMAIN_PAUSED_IOERROR ||
                      reason == VIR_DOMAIN_PAUSED_CRASHED);
    g_autofree char *fix = g_strdup_printf("QEMU says why in /var/log/libvirt/qemu/%s.log", name);
    vfg_error_set(error, VFG_ERROR_FAILED, fix, "%s is %s%s", name, vfg_domain_state_name(state),
                  broke ? ": the emulator stopped it after an error" : "");
    return FALSE;
}

gboolean
vfg_virt_define(VfgVirt *virt, const char *name, const char *xml, GError **error)
{
    g_autoptr(virDomain) domain =
        virDomainDefineXMLFlags(virt->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    if (domain)
        return TRUE;
    vfg_virt_set_error(error, "libvirt refuses the domain %s", name);
    return FALSE;
}

gboolean
vfg_virt_undefine(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, &local);
    if (!domain && g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        return TRUE;
    if (!domain) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_NVRAM) == 0)
        return TRUE;
    vfg_virt_set_error(error, "cannot undefine %s", name);
    return FALSE;
}

gboolean
vfg_virt_boot(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, error);
    if (!domain)
        return FALSE;
    if (virDomainCreate(domain) < 0) {
        vfg_virt_set_error(error, "cannot boot %s", name);
        return FALSE;
    }
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!domain_state(domain, &state, error))
        return FALSE;
    if (state == VFG_DOMAIN_RUNNING)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, "the log of QEMU is in /var/log/libvirt/qemu/NAME.log",
                  "%s was booted and is %s again", name, vfg_domain_state_name(state));
    return FALSE;
}

/* Asks again now and then; an answer of libvirt that it can't ask is no reason to give up while
 * time is left. */
static gboolean
wait_until_off(virDomainPtr domain, guint timeout, VfgVirtTick tick, gpointer data, GError **error)
{
    gint64 start = g_get_monotonic_time();
    guint ticks = 0;
    for (;;) {
        VfgDomainState state = VFG_DOMAIN_RUNNING;
        if (!domain_state(domain, &state, error))
            return FALSE;
        if (state == VFG_DOMAIN_SHUT_OFF || state == VFG_DOMAIN_CRASHED)
            return TRUE;
        guint gone = (guint)((g_get_monotonic_time() - start) / G_USEC_PER_SEC);
        if (gone >= timeout)
            break;
        if (gone > ticks) {
            ticks = gone;
            if (tick)
                tick(gone, data);
            if (gone % SHUT_DOWN_AGAIN == 0)
                (void)virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN);
        }
        g_usleep(POLL_INTERVAL);
    }
    vfg_error_set(
        error, VFG_ERROR_TIMEOUT,
        "look at its screen, wait longer with --timeout SECONDS, or pull the plug with --force",
        "%s did not shut down within %u s", virDomainGetName(domain), timeout);
    return FALSE;
}

gboolean
vfg_virt_shut_down(VfgVirt *virt, const char *name, guint timeout, VfgVirtTick tick, gpointer data,
                   GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, error);
    if (!domain || !domain_state(domain, &state, error))
        return FALSE;
    if (state == VFG_DOMAIN_SHUT_OFF)
        return TRUE;
    if (state != VFG_DOMAIN_RUNNING) {
        vfg_error_set(error, VFG_ERROR_FAILED, "pull the plug: vfiogpu stop --force",
                      "%s is %s and can't shut itself down", name, vfg_domain_state_name(state));
        return FALSE;
    }
    if (virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) < 0) {
        vfg_virt_set_error(error, "cannot ask %s to shut down", name);
        return FALSE;
    }
    return wait_until_off(domain, timeout, tick, data, error);
}

gboolean
vfg_virt_destroy(VfgVirt *virt, const char *name, GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, error);
    if (!domain || !domain_state(domain, &state, error))
        return FALSE;
    if (state == VFG_DOMAIN_SHUT_OFF || virDomainDestroy(domain) == 0)
        return TRUE;
    vfg_virt_set_error(error, "cannot switch %s off", name);
    return FALSE;
}

char *
vfg_virt_get_xml(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(virDomain) domain = vfg_virt_find(virt, name, error);
    char *xml = domain ? virDomainGetXMLDesc(domain, 0) : NULL;
    if (domain && !xml)
        vfg_virt_set_error(error, "cannot get the XML of %s", name);
    char *copy = g_strdup(xml);
    free(xml);
    return copy;
}

GPtrArray *
vfg_virt_list_running(VfgVirt *virt, GError **error)
{
    virDomainPtr *domains = NULL;
    int count =
        virConnectListAllDomains(virt->connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (count < 0) {
        vfg_virt_set_error(error, "cannot list the running domains");
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < count; i++) {
        g_ptr_array_add(names, g_strdup(virDomainGetName(domains[i])));
        virDomainFree(domains[i]);
    }
    free(domains);
    return names;
}
