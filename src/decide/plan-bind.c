/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for handing GPUs to vfio-pci and back. */

#include "plan-bind.h"

#include "check.h"
#include "error.h"
#include "gpu-find.h"

#define VFIO_PCI "vfio-pci"

GPtrArray *
vfg_prior_state_of_gpu(const VfgGpu *gpu)
{
    GPtrArray *priors = vfg_prior_states_new();
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        g_ptr_array_add(priors, vfg_prior_state_new(function->address, function->driver,
                                                    function->driver_override));
    }
    return priors;
}

static gboolean
refuse_harm(const VfgHost *host, const VfgGpu *gpu, const char *subject,
            gboolean force_boot_display, GError **error)
{
    for (guint i = 0; i < gpu->peers->len; i++) {
        const VfgPciFunction *peer = g_ptr_array_index(gpu->peers, i);
        if (vfg_function_is_harmless_peer(peer))
            continue;
        g_autofree char *at = vfg_pci_address_dup(peer->address);
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "put the GPU into another slot, whose IOMMU group holds nothing else; "
                      "'vfiogpu list' shows the groups",
                      "%s shares IOMMU group %d with %s, which its driver %s uses", subject,
                      peer->iommu_group, at, peer->driver);
        return FALSE;
    }
    g_autofree char *holders = vfg_check_list_holders(host, gpu);
    if (*holders && g_strcmp0(gpu->function->driver, VFIO_PCI) != 0) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "end those processes first", "%s is in use: %s",
                      subject, holders);
        return FALSE;
    }
    if (gpu->function->boot_display && !force_boot_display) {
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

VfgPlan *
vfg_plan_bind(const VfgHost *host, const VfgGpu *gpu, gboolean force_boot_display, GError **error)
{
    g_autofree char *subject = vfg_pci_address_dup(gpu->function->address);
    if (!refuse_harm(host, gpu, subject, force_boot_display, error) ||
        !require_host(host, gpu, subject, error))
        return NULL;
    g_autoptr(VfgPlan) overrides = vfg_plan_new("bind", subject);
    g_autoptr(VfgPlan) unbinds = vfg_plan_new("bind", subject);
    g_autoptr(VfgPlan) binds = vfg_plan_new("bind", subject);
    for (guint i = 0; i < gpu->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(gpu->functions, i);
        if (is_on_vfio(function))
            continue;
        g_autofree char *at = vfg_pci_address_dup(function->address);
        if (g_strcmp0(function->driver_override, VFIO_PCI) != 0)
            vfg_plan_add(overrides, VFG_STEP_SET_OVERRIDE, at, function->driver_override, VFIO_PCI);
        if (function->driver)
            vfg_plan_add(unbinds, VFG_STEP_UNBIND, at, function->driver, NULL);
        vfg_plan_add(binds, VFG_STEP_BIND, at, NULL, VFIO_PCI);
    }
    g_autoptr(VfgPlan) plan = vfg_plan_new("bind", subject);
    if (binds->steps->len && host->vfio_pci == VFG_MODULE_AVAILABLE)
        vfg_plan_add(plan, VFG_STEP_LOAD_MODULE, VFIO_PCI, "missing", "loaded");
    vfg_plan_append(plan, g_steal_pointer(&overrides));
    vfg_plan_append(plan, g_steal_pointer(&unbinds));
    vfg_plan_append(plan, g_steal_pointer(&binds));
    return g_steal_pointer(&plan);
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
