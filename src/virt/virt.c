/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The connection to libvirt, and what it knows of domains. */

#include "error.h"
#include "virt-private.h"

#define DEADLINE 30              /* s for an answer: libvirtd waits as long for a busy domain */
#define CAPABILITIES_DEADLINE 90 /* s: it starts each emulator once to ask it */

static void
be_silent(void *data G_GNUC_UNUSED, virErrorPtr problem G_GNUC_UNUSED)
{
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

/* Where it fails vfg_virt_open does so too, and says why. */
static gpointer
load(gpointer data G_GNUC_UNUSED)
{
    return GINT_TO_POINTER(vfg_libvirt_load(NULL));
}

GThread *
vfg_virt_load_beside(void)
{
    return vfg_virt_start_thread("libvirt load", load, NULL);
}

VfgVirt *
vfg_virt_open(const char *uri, guint deadline, GError **error)
{
    if (!vfg_libvirt_load(error))
        return NULL;
    virSetErrorFunc(NULL, be_silent);
    g_autoptr(VfgVirt) virt = g_new0(VfgVirt, 1);
    virt->uri = g_strdup(uri);
    virt->deadline = deadline ? deadline : DEADLINE;
    virt->wake_timer = -1;
    /* libvirt wants its event loop before the connection. */
    if (virEventRegisterDefaultImpl() < 0) {
        vfg_virt_set_error(error, "cannot make libvirt's event loop");
        return NULL;
    }
    virt->wake_timer = virEventAddTimeout(-1, do_nothing, NULL, NULL);
    virt->loop = vfg_virt_start_thread("libvirt", run_loop, virt);
    return vfg_virt_connect(virt, error) ? g_steal_pointer(&virt) : NULL;
}

void
vfg_virt_free(VfgVirt *virt)
{
    if (!virt)
        return;
    vfg_virt_disconnect(virt);
    g_atomic_int_set(&virt->stop, 1);
    if (virt->wake_timer >= 0)
        virEventUpdateTimeout(virt->wake_timer, 0);
    if (virt->loop)
        g_thread_join(virt->loop);
    if (virt->wake_timer >= 0)
        virEventRemoveTimeout(virt->wake_timer);
    g_free(virt->uri);
    g_free(virt);
}

static gboolean
ask_kvm(VfgCall *call, GError **error)
{
    char *xml = virConnectGetDomainCapabilities(call->connection, NULL, call->name, NULL, "kvm", 0);
    call->number = xml != NULL;
    free(xml);
    if (call->number || virConnectIsAlive(call->connection) == 1)
        return TRUE;
    vfg_virt_set_error(error, "cannot ask libvirt for KVM");
    return FALSE;
}

gboolean
vfg_virt_has_kvm(VfgVirt *virt, const char *arch, gboolean *ret, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(arch);
    if (!vfg_call_run(virt, call, ask_kvm, VFG_CALL_AGAIN, CAPABILITIES_DEADLINE, error))
        return FALSE;
    *ret = call->number != 0;
    return TRUE;
}

static gboolean
ask_xml(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = vfg_call_find(call, error);
    return domain && vfg_call_take_xml(call, domain, 0, error);
}

char *
vfg_virt_get_xml(VfgVirt *virt, const char *name, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    return vfg_call_run(virt, call, ask_xml, VFG_CALL_AGAIN, 0, error) ? g_steal_pointer(&call->out)
                                                                       : NULL;
}

static gboolean
ask_running(VfgCall *call, GError **error)
{
    virDomainPtr *domains = NULL;
    int count =
        virConnectListAllDomains(call->connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (count < 0) {
        vfg_virt_set_error(error, "cannot list the running domains");
        return FALSE;
    }
    call->names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < count; i++) {
        g_ptr_array_add(call->names, g_strdup(virDomainGetName(domains[i])));
        virDomainFree(domains[i]);
    }
    free(domains);
    return TRUE;
}

GPtrArray *
vfg_virt_list_running(VfgVirt *virt, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(NULL);
    return vfg_call_run(virt, call, ask_running, VFG_CALL_AGAIN, 0, error)
               ? g_steal_pointer(&call->names)
               : NULL;
}

/* The empty path stands for all disks together (virDomainBlockStats). */
static gboolean
ask_disk_reads(VfgCall *call, GError **error)
{
    virDomainBlockStatsStruct stats = {0};
    g_autoptr(virDomain) domain = vfg_call_find(call, error);
    if (domain && virDomainBlockStats(domain, "", &stats, sizeof stats) == 0) {
        call->number = (guint64)MAX(stats.rd_bytes, 0);
        return TRUE;
    }
    if (domain)
        vfg_virt_set_error(error, "cannot ask what %s reads from its disks", call->name);
    return FALSE;
}

gboolean
vfg_virt_get_disk_reads(VfgVirt *virt, const char *name, guint64 *ret, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    if (!vfg_call_run(virt, call, ask_disk_reads, VFG_CALL_AGAIN, 0, error))
        return FALSE;
    *ret = call->number;
    return TRUE;
}
