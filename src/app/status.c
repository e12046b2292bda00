/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a VM is doing. */

#include "status.h"

#include "agent.h"
#include "domain-xml.h"
#include "error.h"
#include "give-back.h"
#include "gpu-find.h"
#include "vm-diagnosis.h"
#include "vmdefs.h"

void
vfg_vm_status_free(VfgVmStatus *status)
{
    if (!status)
        return;
    g_ptr_array_unref(status->gpus);
    g_ptr_array_unref(status->held);
    vfg_inventory_free(status->inventory);
    vfg_session_free(status->session);
    g_free(status->name);
    g_free(status->vnc);
    vfg_diagnosis_free(status->diagnosis);
    g_free(status->agent_error);
    g_free(status);
}

/* The GPUs among the hostdevs of the live domain. */
static gboolean
find_gpus(VfgApp *app, VfgVmStatus *status, const char *xml, GError **error)
{
    status->inventory = vfg_inventory_new(app, error);
    if (!status->inventory)
        return FALSE;
    g_autoptr(GArray) hostdevs = vfg_domain_xml_get_hostdevs(xml);
    for (guint i = 0; i < hostdevs->len; i++) {
        g_autofree char *address = vfg_pci_address_dup(g_array_index(hostdevs, VfgPciAddress, i));
        const VfgGpu *gpu = vfg_gpu_select(status->inventory->gpus, address, NULL);
        if (gpu && !g_ptr_array_find(status->gpus, gpu, NULL))
            g_ptr_array_add(status->gpus, (gpointer)gpu);
    }
    return TRUE;
}

static gboolean
fill_running(VfgApp *app, VfgVmStatus *status, guint timeout, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *xml = vfg_virt_get_xml(app->virt, status->name, error);
    if (!xml || !find_gpus(app, status, xml, error))
        return FALSE;
    status->vnc = vfg_domain_xml_get_vnc(xml);
    status->session = vfg_app_await_agent(app, status->name, timeout, &local);
    if (!status->session)
        status->agent_error = g_strdup(local->message);
    return TRUE;
}

/* A VM whose GPU's journal is not complete has more to say than this: recover's business. */
static void
find_held(VfgApp *app, VfgVmStatus *status)
{
    g_autoptr(GPtrArray) journals = vfg_vm_journals(app, status->name, NULL);
    for (guint i = 0; journals && i < journals->len; i++)
        g_ptr_array_add(status->held,
                        g_strdup(((VfgJournalState *)g_ptr_array_index(journals, i))->gpu));
}

VfgVmStatus *
vfg_app_status(VfgApp *app, const char *name, guint timeout, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autoptr(VfgVmStatus) status = g_new0(VfgVmStatus, 1);
    status->name = g_strdup(name);
    status->gpus = g_ptr_array_new();
    status->held = g_ptr_array_new_with_free_func(g_free);
    if (!virt || !vfg_virt_get_state(virt, name, &status->state, &status->reason, error))
        return NULL;
    if (vfg_domain_state_is_off(status->state))
        find_held(app, status);
    if (status->state == VFG_DOMAIN_ABSENT) {
        g_autoptr(VfgVmdef) vmdef = vfg_vmdefs_load(app, name, error);
        return vmdef ? g_steal_pointer(&status) : NULL;
    }
    if (status->state == VFG_DOMAIN_RUNNING && !fill_running(app, status, timeout, error))
        return NULL;
    status->diagnosis = vfg_app_diagnose_vm(app, name, NULL);
    return g_steal_pointer(&status);
}

char *
vfg_app_vnc(VfgApp *app, const char *name, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autofree char *xml = virt ? vfg_virt_get_xml(virt, name, error) : NULL;
    char *vnc = xml ? vfg_domain_xml_get_vnc(xml) : NULL;
    if (xml && !vnc)
        vfg_error_set(error, VFG_ERROR_NOT_FOUND, "vfiogpu status shows whether it runs",
                      "%s has no VNC screen now", name);
    return vnc;
}

static json_t *
guest_to_json(const VfgSession *session)
{
    json_t *guest = vfg_hello_to_json(vfg_session_hello(session));
    json_object_set_new(guest, "gpus", vfg_message_gpus_to_json(vfg_session_gpus(session)));
    vfg_software_add_to_json(vfg_session_software(session), TRUE, guest);
    return guest;
}

json_t *
vfg_vm_status_to_json(const VfgVmStatus *status)
{
    json_t *gpus = json_array();
    for (guint i = 0; i < status->gpus->len; i++)
        json_array_append_new(gpus, vfg_gpu_to_json(g_ptr_array_index(status->gpus, i)));
    json_t *held = json_array();
    for (guint i = 0; i < status->held->len; i++)
        json_array_append_new(held, json_string(g_ptr_array_index(status->held, i)));
    return json_pack("{s:s, s:s, s:s?, s:o, s:s?, s:o, s:b, s:s?, s:o, s:o}", "name", status->name,
                     "state", vfg_domain_state_name(status->state), "reason", status->reason,
                     "held", held, "vnc", status->vnc, "gpus", gpus, "agent",
                     status->session != NULL, "agent_error", status->agent_error, "guest",
                     status->session ? guest_to_json(status->session) : json_null(), "diagnosis",
                     status->diagnosis ? vfg_diagnosis_to_json(status->diagnosis) : json_null());
}
