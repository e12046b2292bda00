/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for handing GPUs to vfio-pci and back. */

#include "plan-bind.h"

#include "error.h"
#include "gpu-find.h"
#include "plan-screen.h"

#define VFIO_PCI "vfio-pci"

static void
add_prior(GPtrArray *priors, const VfgPciFunction *function)
{
    g_ptr_array_add(priors, vfg_prior_state_new(function->address, function->driver,
                                                function->driver_override));
}

GPtrArray *
vfg_prior_state_of_gpu(const VfgGpu *gpu)
{
    GPtrArray *priors = vfg_prior_states_new();
    for (guint i = 0; i < gpu->functions->len; i++)
        add_prior(priors, g_ptr_array_index(gpu->functions, i));
    return priors;
}

static gboolean
is_allowed(const VfgConsent *consent, const VfgPciFunction *function)
{
    for (guint i = 0; consent->allowed && i < consent->allowed->len; i++) {
        VfgPciAddress address;
        if (vfg_pci_address_parse(g_ptr_array_index(consent->allowed, i), &address, NULL) &&
            vfg_pci_address_compare(address, function->address) == 0)
            return TRUE;
    }
    return FALSE;
}

GPtrArray *
vfg_prior_state_with_peers(const VfgGpu *gpu, const VfgConsent *consent)
{
    GPtrArray *priors = vfg_prior_state_of_gpu(gpu);
    for (guint i = 0; i < gpu->peers->len; i++)
        if (is_allowed(consent, g_ptr_array_index(gpu->peers, i)))
            add_prior(priors, g_ptr_array_index(gpu->peers, i));
    return priors;
}

/* An address that names nothing in the group is a slip of the pen, or the group is another one than
 * the user believes. */
static gboolean
require_peers(const VfgGpu *gpu, const char *subject, const VfgConsent *consent, GError **error)
{
    for (guint i = 0; consent->allowed && i < consent->allowed->len; i++) {
        const char *text = g_ptr_array_index(consent->allowed, i);
        gboolean found = FALSE;
        VfgPciAddress address;
        if (!vfg_pci_address_parse(text, &address, error))
            return FALSE;
        for (guint k = 0; k < gpu->peers->len && !found; k++) {
            const VfgPciFunction *peer = g_ptr_array_index(gpu->peers, k);
            found = vfg_pci_address_compare(peer->address, address) == 0;
        }
        if (found)
            continue;
        vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu show lists who shares the group",
                      "%s does not share an IOMMU group with %s", text, subject);
        return FALSE;
    }
    return TRUE;
}

/* What is bound together with the GPU: itself or another one of the same VM. */
static gboolean
is_of(const GPtrArray *gpus, const VfgPciFunction *function)
{
    for (guint i = 0; i < gpus->len; i++)
        if (vfg_gpu_has_function(g_ptr_array_index(gpus, i), function))
            return TRUE;
    return FALSE;
}

static void
append_peer(GString *out, const VfgHost *host, const VfgPciFunction *peer)
{
    char at[VFG_PCI_ADDRESS_SIZE];
    g_autofree char *usages = vfg_harm_list_usages(host, peer->address);
    g_string_append_printf(out, "%s%s, which its driver %s uses", out->len ? "; and with " : "",
                           vfg_pci_address_format(peer->address, at), peer->driver);
    if (*usages)
        g_string_append_printf(out, ": %s", usages);
}

/* Peers that stand in the way and that nobody named. */
static gboolean
refuse_peers(const VfgHost *host, const VfgGpu *gpu, const char *subject, const GPtrArray *gpus,
             const VfgConsent *consent, GError **error)
{
    g_autoptr(GString) named = g_string_new(NULL), options = g_string_new(NULL);
    gboolean needed = FALSE;
    int group = -1;
    for (guint i = 0; i < gpu->peers->len; i++) {
        const VfgPciFunction *peer = g_ptr_array_index(gpu->peers, i);
        char at[VFG_PCI_ADDRESS_SIZE];
        if (vfg_function_is_harmless_peer(peer) || is_allowed(consent, peer) || is_of(gpus, peer))
            continue;
        append_peer(named, host, peer);
        g_string_append_printf(options, " --allow %s", vfg_pci_address_format(peer->address, at));
        needed |= !vfg_harm_refuse_used(host, peer, NULL);
        group = peer->iommu_group;
    }
    if (!named->len)
        return TRUE;
    g_autofree char *fix = g_strdup_printf(
        "put the GPU into another slot, whose IOMMU group holds nothing else ('vfiogpu list' shows "
        "the groups)%s%s%s",
        needed ? "" : ", or say", needed ? "" : options->str,
        needed ? "; no option allows to take away what the host needs"
               : " to hand it over as well");
    vfg_error_set(error, VFG_ERROR_REFUSED, fix, "%s shares IOMMU group %d with %s", subject, group,
                  named->str);
    return FALSE;
}

static gboolean
refuse_stuck(const VfgPciFunction *function, GError **error)
{
    if (!function->stuck)
        return TRUE;
    g_autofree char *at = vfg_pci_address_dup(function->address);
    vfg_error_set(error, VFG_ERROR_FAILED,
                  "see what the kernel says (dmesg); a reboot frees it if nothing else does",
                  "a driver hangs in %s (%s): nothing can be done with it", at,
                  function->driver ? function->driver : "no driver");
    return FALSE;
}

/* Whether a function may be taken from its driver. */
static gboolean
refuse_function(const VfgHost *host, const VfgPciFunction *function, GError **error)
{
    return refuse_stuck(function, error) &&
           (vfg_function_is_harmless_peer(function) || vfg_harm_refuse_used(host, function, error));
}

static gboolean
refuse_functions(const VfgHost *host, const VfgGpu *gpu, const VfgConsent *consent, GError **error)
{
    for (guint i = 0; i < gpu->functions->len; i++)
        if (!refuse_function(host, g_ptr_array_index(gpu->functions, i), error))
            return FALSE;
    for (guint i = 0; i < gpu->peers->len; i++)
        if (is_allowed(consent, g_ptr_array_index(gpu->peers, i)) &&
            !refuse_function(host, g_ptr_array_index(gpu->peers, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
refuse_harm(const VfgHost *host, const VfgGpu *gpu, const char *subject, const GPtrArray *gpus,
            const VfgConsent *consent, GError **error)
{
    if (!refuse_peers(host, gpu, subject, gpus, consent, error) ||
        !refuse_functions(host, gpu, consent, error) ||
        !vfg_harm_refuse_open(host, gpu, consent, error))
        return FALSE;
    if (gpu->function->boot_display && !consent->force_boot_display) {
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "make another GPU the primary one in the firmware, or say "
                      "--force-boot-display to lose the host's screen",
                      "%s is the boot display", subject);
        return FALSE;
    }
    return TRUE;
}

static gboolean
require_host(const VfgHost *host, const VfgGpu *gpu, const char *subject, GError **error)
{
    if (host->groups->len == 0) {
        vfg_error_set(error, VFG_ERROR_FAILED,
                      "enable VT-d or AMD-Vi in the firmware (and intel_iommu=on on the kernel "
                      "command line of an Intel host); 'vfiogpu check' says more",
                      "%s cannot be bound to vfio-pci: the IOMMU is off", subject);
        return FALSE;
    }
    if (gpu->function->iommu_group < 0) {
        vfg_error_set(error, VFG_ERROR_FAILED, "'vfiogpu check' says more",
                      "%s cannot be bound to vfio-pci: it is in no IOMMU group", subject);
        return FALSE;
    }
    if (host->vfio_pci == VFG_MODULE_MISSING) {
        vfg_error_set(
            error, VFG_ERROR_FAILED,
            "install the kernel's full module package (linux-image-…, linux-modules-extra-…, "
            "kernel-modules) and reboot where the running kernel's modules are gone",
            "the running kernel %s has no vfio-pci module",
            host->kernel_release ? host->kernel_release : "(unknown)");
        return FALSE;
    }
    return TRUE;
}

static gboolean
is_on_vfio(const VfgPciFunction *function)
{
    return g_strcmp0(function->driver, VFIO_PCI) == 0;
}

/* The steps by pass. */
typedef struct {
    VfgPlan *overrides, *unbinds, *binds;
} Passes;

static void
add_function(const Passes *passes, const VfgPciFunction *function)
{
    char at[VFG_PCI_ADDRESS_SIZE];
    vfg_pci_address_format(function->address, at);
    if (is_on_vfio(function))
        return;
    if (g_strcmp0(function->driver_override, VFIO_PCI) != 0)
        vfg_plan_add(passes->overrides, VFG_STEP_SET_OVERRIDE, at, function->driver_override,
                     VFIO_PCI);
    if (function->driver)
        vfg_plan_add(passes->unbinds, VFG_STEP_UNBIND, at, function->driver, NULL);
    vfg_plan_add(passes->binds, VFG_STEP_BIND, at, NULL, VFIO_PCI);
}

static gboolean
add_gpu(const Passes *passes, const VfgHost *host, const VfgGpu *gpu, const GPtrArray *gpus,
        const VfgConsent *consent, GError **error)
{
    g_autofree char *subject = vfg_pci_address_dup(gpu->function->address);
    if (!refuse_harm(host, gpu, subject, gpus, consent, error) ||
        !require_host(host, gpu, subject, error))
        return FALSE;
    for (guint i = 0; i < gpu->functions->len; i++)
        add_function(passes, g_ptr_array_index(gpu->functions, i));
    for (guint i = 0; i < gpu->peers->len; i++)
        if (is_allowed(consent, g_ptr_array_index(gpu->peers, i)))
            add_function(passes, g_ptr_array_index(gpu->peers, i));
    return TRUE;
}

VfgPlan *
vfg_plan_bind_all(const VfgHost *host, const GPtrArray *gpus, const char *subject,
                  const VfgConsent *consent, GError **error)
{
    g_autoptr(VfgPlan) plan = vfg_plan_new("bind", subject);
    g_autoptr(VfgPlan) overrides = vfg_plan_new("bind", subject);
    g_autoptr(VfgPlan) unbinds = vfg_plan_new("bind", subject);
    g_autoptr(VfgPlan) binds = vfg_plan_new("bind", subject);
    Passes passes = {overrides, unbinds, binds};
    for (guint i = 0; i < gpus->len; i++)
        if (!add_gpu(&passes, host, g_ptr_array_index(gpus, i), gpus, consent, error))
            return NULL;
    for (guint i = 0; unbinds->steps->len && i < gpus->len; i++)
        vfg_harm_note_modules(host, g_ptr_array_index(gpus, i), plan->notes);
    if (binds->steps->len && host->vfio_pci == VFG_MODULE_AVAILABLE)
        vfg_plan_add(plan, VFG_STEP_LOAD_MODULE, VFIO_PCI, "missing", "loaded");
    vfg_plan_append(plan, g_steal_pointer(&overrides));
    for (guint i = 0; i < gpus->len; i++)
        vfg_plan_take_screen(plan, host, g_ptr_array_index(gpus, i));
    vfg_plan_append(plan, g_steal_pointer(&unbinds));
    vfg_plan_append(plan, g_steal_pointer(&binds));
    return g_steal_pointer(&plan);
}

VfgPlan *
vfg_plan_bind(const VfgHost *host, const VfgGpu *gpu, const VfgConsent *consent, GError **error)
{
    g_autofree char *subject = vfg_pci_address_dup(gpu->function->address);
    g_autoptr(GPtrArray) gpus = g_ptr_array_new();
    if (!require_peers(gpu, subject, consent, error))
        return NULL;
    g_ptr_array_add(gpus, (gpointer)gpu);
    return vfg_plan_bind_all(host, gpus, subject, consent, error);
}

static gboolean
still_harmless(const VfgHost *host, const GPtrArray *gpus, const VfgStep *step,
               const VfgConsent *consent, GError **error)
{
    VfgPciAddress address;
    if (!vfg_pci_address_parse(step->subject, &address, error))
        return FALSE;
    const VfgPciFunction *function = vfg_host_find_function(host, address);
    if (!function || g_strcmp0(step->from, VFIO_PCI) == 0)
        return TRUE; /* what is gone fails its own precondition */
    if (!refuse_function(host, function, error))
        return FALSE;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        if (vfg_gpu_has_function(gpu, function) && !vfg_harm_refuse_open(host, gpu, consent, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vfg_plan_still_harmless(const VfgHost *host, const GPtrArray *gpus, const GPtrArray *steps,
                        const VfgConsent *consent, GError **error)
{
    for (guint i = 0; i < steps->len; i++)
        if (!still_harmless(host, gpus, g_ptr_array_index(steps, i), consent, error))
            return FALSE;
    return TRUE;
}

VfgPlan *
vfg_plan_restore(const VfgHost *host, const char *subject, const GPtrArray *priors)
{
    VfgPlan *unbinds = vfg_plan_new("unbind", subject);
    VfgPlan *overrides = vfg_plan_new("unbind", subject);
    VfgPlan *binds = vfg_plan_new("unbind", subject);
    for (guint i = 0; i < priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(priors, i);
        const VfgPciFunction *now = vfg_host_find_function(host, prior->address);
        if (!now)
            continue;
        g_autofree char *at = vfg_pci_address_dup(prior->address);
        gboolean ours = is_on_vfio(now) && g_strcmp0(prior->driver, VFIO_PCI) != 0;
        if (ours)
            vfg_plan_add(unbinds, VFG_STEP_UNBIND, at, VFIO_PCI, NULL);
        if (g_strcmp0(now->driver_override, prior->driver_override) != 0)
            vfg_plan_add(overrides, VFG_STEP_SET_OVERRIDE, at, now->driver_override,
                         prior->driver_override);
        if ((ours || !now->driver) && prior->driver)
            vfg_plan_add(binds, VFG_STEP_BIND, at, NULL, prior->driver);
    }
    vfg_plan_append(unbinds, overrides);
    vfg_plan_append(unbinds, binds);
    return unbinds;
}
