/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A libvirt in memory. */

#include "fake-virt.h"

#include "error.h"

typedef struct {
    char *xml;
    VfgDomainState state;
    const char *reason;
    gboolean ran;
} Domain;

struct VfgVirt {
    GHashTable *domains; /* name → Domain */
    GHashTable *faults;  /* what → FakeVirtFault */
    gboolean gone;
};

static void
domain_free(gpointer data)
{
    Domain *domain = data;
    g_free(domain->xml);
    g_free(domain);
}

VfgVirt *
fake_virt_new(void)
{
    VfgVirt *virt = g_new0(VfgVirt, 1);
    virt->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, domain_free);
    virt->faults = g_hash_table_new(g_str_hash, g_str_equal);
    return virt;
}

void
vfg_virt_free(VfgVirt *virt)
{
    if (!virt)
        return;
    g_hash_table_unref(virt->domains);
    g_hash_table_unref(virt->faults);
    g_free(virt);
}

void
fake_virt_set_fault(VfgVirt *virt, const char *what, FakeVirtFault fault)
{
    g_hash_table_replace(virt->faults, (gpointer)what, GINT_TO_POINTER(fault));
}

void
fake_virt_heal(VfgVirt *virt)
{
    g_hash_table_remove_all(virt->faults);
    virt->gone = FALSE;
}

void
fake_virt_put(VfgVirt *virt, const char *name, const char *xml, VfgDomainState state)
{
    Domain *domain = g_new0(Domain, 1);
    domain->xml = g_strdup(xml);
    domain->state = state;
    g_hash_table_replace(virt->domains, g_strdup(name), domain);
}

void
fake_virt_shut_down(VfgVirt *virt, const char *name)
{
    Domain *domain = g_hash_table_lookup(virt->domains, name);
    domain->state = VFG_DOMAIN_SHUT_OFF;
    domain->reason = "the guest shut itself down";
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(a, b);
}

char *
fake_virt_describe(VfgVirt *virt)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(virt->domains), compare_names);
    for (GList *at = names; at; at = at->next) {
        const Domain *domain = g_hash_table_lookup(virt->domains, at->data);
        g_string_append_printf(out, "%s %s %zu\n", (const char *)at->data,
                               vfg_domain_state_name(domain->state), strlen(domain->xml));
    }
    return g_string_free(out, FALSE);
}

static gboolean
answers(const VfgVirt *virt, GError **error)
{
    if (virt->gone)
        vfg_error_set(error, VFG_ERROR_TIMEOUT, NULL, "libvirt did not answer within 30 s");
    return !virt->gone;
}

/* Whether it is to be done; `*good` is what the caller is told. */
static gboolean
begin(VfgVirt *virt, const char *what, gboolean *good, GError **error)
{
    FakeVirtFault fault = GPOINTER_TO_INT(g_hash_table_lookup(virt->faults, what));
    *good = FALSE;
    if (!answers(virt, error))
        return FALSE;
    virt->gone = fault == FAKE_VIRT_GONE;
    if (fault == FAKE_VIRT_FAILS)
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "libvirt can't %s", what);
    else if (fault == FAKE_VIRT_HALF || fault == FAKE_VIRT_GONE)
        vfg_error_set(error, VFG_ERROR_TIMEOUT, NULL, "libvirt did not answer within 30 s");
    else
        *good = TRUE;
    return fault == FAKE_VIRT_HALF || *good;
}

static gpointer
do_nothing(gpointer data)
{
    return data;
}

GThread *
vfg_virt_load_beside(void)
{
    return g_thread_new("load", do_nothing, NULL);
}

VfgVirt *
vfg_virt_open(const char *uri, guint deadline G_GNUC_UNUSED, GError **error)
{
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "cannot connect to libvirt at %s", uri);
    return NULL;
}

gboolean
vfg_virt_has_kvm(VfgVirt *virt, const char *arch G_GNUC_UNUSED, gboolean *ret, GError **error)
{
    *ret = TRUE;
    return answers(virt, error);
}

gboolean
vfg_virt_get_state(VfgVirt *virt, const char *name, VfgDomainState *ret, const char **reason,
                   GError **error)
{
    const Domain *domain = g_hash_table_lookup(virt->domains, name);
    if (!answers(virt, error))
        return FALSE;
    *ret = domain ? domain->state : VFG_DOMAIN_ABSENT;
    if (reason)
        *reason = domain ? domain->reason : NULL;
    return TRUE;
}

gboolean
vfg_virt_require_running(VfgVirt *virt, const char *name, GError **error)
{
    VfgDomainState state = VFG_DOMAIN_ABSENT;
    if (!vfg_virt_get_state(virt, name, &state, NULL, error))
        return FALSE;
    if (state != VFG_DOMAIN_RUNNING)
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s is %s", name,
                      vfg_domain_state_name(state));
    return state == VFG_DOMAIN_RUNNING;
}

gboolean
vfg_virt_get_definition(VfgVirt *virt, const char *name, VfgDomainState *state, char **ret,
                        GError **error)
{
    const Domain *domain = g_hash_table_lookup(virt->domains, name);
    if (!answers(virt, error))
        return FALSE;
    if (state)
        *state = domain ? domain->state : VFG_DOMAIN_ABSENT;
    *ret = domain ? g_strdup(domain->xml) : NULL;
    return TRUE;
}

char *
vfg_virt_get_xml(VfgVirt *virt, const char *name, GError **error)
{
    char *xml = NULL;
    if (vfg_virt_get_definition(virt, name, NULL, &xml, error) && !xml)
        vfg_error_set(error, VFG_ERROR_NOT_FOUND, NULL, "no domain %s", name);
    return xml;
}

gboolean
vfg_virt_define(VfgVirt *virt, const char *name, const char *xml, char **definition, GError **error)
{
    gboolean good = FALSE;
    if (begin(virt, "define", &good, error))
        fake_virt_put(virt, name, xml, VFG_DOMAIN_SHUT_OFF);
    if (good)
        *definition = g_strdup(xml);
    return good;
}

gboolean
vfg_virt_redefine(VfgVirt *virt, const char *name, const char *xml, GError **error)
{
    return answers(virt, error) && (fake_virt_put(virt, name, xml, VFG_DOMAIN_SHUT_OFF), TRUE);
}

gboolean
vfg_virt_undefine(VfgVirt *virt, const char *name, gboolean keep_nvram G_GNUC_UNUSED,
                  GError **error)
{
    gboolean good = FALSE;
    if (begin(virt, "undefine", &good, error))
        g_hash_table_remove(virt->domains, name);
    return good;
}

static void
set_state(VfgVirt *virt, const char *name, VfgDomainState state)
{
    Domain *domain = g_hash_table_lookup(virt->domains, name);
    if (domain)
        domain->state = state;
}

/* libvirt, too, writes a definition in another order once the domain has run. */
static void
reorder(VfgVirt *virt, const char *name)
{
    Domain *domain = g_hash_table_lookup(virt->domains, name);
    g_auto(GStrv) lines = g_strsplit(domain ? domain->xml : "", "\n", -1);
    if (g_strv_length(lines) < 4 || domain->ran)
        return;
    char *second = lines[1];
    lines[1] = lines[2];
    lines[2] = second;
    g_free(domain->xml);
    domain->xml = g_strjoinv("\n", lines);
    domain->ran = TRUE;
}

static void
edit(VfgVirt *virt, const char *name)
{
    Domain *domain = g_hash_table_lookup(virt->domains, name);
    char *before = domain->xml;
    domain->xml = g_strconcat(before, "<!-- edited -->", NULL);
    g_free(before);
}

gboolean
vfg_virt_boot(VfgVirt *virt, const char *name, guint timeout G_GNUC_UNUSED, GError **error)
{
    gboolean good = FALSE;
    FakeVirtFault fault = GPOINTER_TO_INT(g_hash_table_lookup(virt->faults, "boot"));
    if (!begin(virt, "boot", &good, error))
        return FALSE;
    set_state(virt, name, fault == FAKE_VIRT_DIES_AFTER ? VFG_DOMAIN_CRASHED : VFG_DOMAIN_RUNNING);
    if (fault == FAKE_VIRT_EDITED)
        edit(virt, name);
    else
        reorder(virt, name);
    return good;
}

gboolean
vfg_virt_destroy(VfgVirt *virt, const char *name, GError **error)
{
    gboolean good = FALSE;
    if (begin(virt, "destroy", &good, error))
        set_state(virt, name, VFG_DOMAIN_SHUT_OFF);
    return good;
}

gboolean
vfg_virt_shut_down(VfgVirt *virt, const char *name, guint timeout G_GNUC_UNUSED,
                   VfgVirtTick tick G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
    return vfg_virt_destroy(virt, name, error);
}

gboolean
vfg_virt_get_disk_reads(VfgVirt *virt, const char *name G_GNUC_UNUSED, guint64 *ret, GError **error)
{
    gboolean good = FALSE;
    *ret = 0;
    if (begin(virt, "reads", &good, error))
        *ret = 64 << 20;
    return good;
}

GPtrArray *
vfg_virt_list_running(VfgVirt *virt, GError **error)
{
    if (!answers(virt, error))
        return NULL;
    GPtrArray *running = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(virt->domains), compare_names);
    for (GList *at = names; at; at = at->next)
        if (((Domain *)g_hash_table_lookup(virt->domains, at->data))->state == VFG_DOMAIN_RUNNING)
            g_ptr_array_add(running, g_strdup(at->data));
    return running;
}

GBytes *
vfg_virt_screenshot(VfgVirt *virt G_GNUC_UNUSED, const char *name, char **mime G_GNUC_UNUSED,
                    GError **error)
{
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s has no screen", name);
    return NULL;
}
