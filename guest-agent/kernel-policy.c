/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When a kernel argument is wanted, and whether it helped. */

#include "kernel-policy.h"

#include "cmdline.h"
#include "error.h"
#include "facts.h"

#include <string.h>

gboolean
vfg_kernel_arg_policy_parse(const char *text, VfgKernelArgPolicy *ret, GError **error)
{
    static const char *const names[] = {"always", "auto", "never"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_strcmp0(text, names[i]) == 0) {
            *ret = (VfgKernelArgPolicy)i;
            return TRUE;
        }
    vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                  "the policy of a kernel argument is always, auto or never");
    return FALSE;
}

GPtrArray *
vfg_kernel_unassigned_bars(VfgRoot *root)
{
    GPtrArray *bars = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(root);
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        char address[VFG_PCI_ADDRESS_SIZE];
        vfg_pci_address_format(gpu->address, address);
        for (guint j = 0; j < gpu->n_bars; j++) {
            const VfgPciBar *bar = &gpu->bars[j];
            g_autofree char *size = g_format_size_full(bar->size, G_FORMAT_SIZE_IEC_UNITS);
            if (!bar->assigned && bar->kind != VFG_PCI_BAR_IO)
                g_ptr_array_add(bars, g_strdup_printf("%s BAR %u (%s)", address, bar->index, size));
        }
    }
    return bars;
}

gboolean
vfg_kernel_arg_wanted(VfgKernelArgPolicy policy, VfgRoot *root)
{
    if (policy != VFG_KERNEL_ARG_AUTO)
        return policy == VFG_KERNEL_ARG_ALWAYS;
    g_autoptr(GPtrArray) bars = vfg_kernel_unassigned_bars(root);
    return bars->len > 0;
}

VfgKernelArgResult
vfg_kernel_arg_verify(VfgRoot *root, const char *arg, char **report)
{
    g_autofree char *cmdline = vfg_root_read_text(root, "/proc/cmdline", NULL);
    g_autoptr(GPtrArray) bars = vfg_kernel_unassigned_bars(root);
    *report = NULL;
    if (!vfg_cmdline_has(cmdline, arg)) {
        *report =
            g_strdup_printf("%s is not in /proc/cmdline: the system was not rebooted since it "
                            "was added, or it boots by a configuration that was not changed "
                            "(vfiogpu-agent kernel-args show)",
                            arg);
        return VFG_KERNEL_ARG_NOT_THERE;
    }
    if (!bars->len)
        return VFG_KERNEL_ARG_HELPED;
    *report = g_strdup_printf(
        "%s did not help: %s%s no address. In a VM the host must give it a "
        "bigger 64-bit window (vfiogpu check VM says how large); on a machine "
        "of its own turn on \"Above 4G decoding\" in the firmware",
        arg, (char *)g_ptr_array_index(bars, 0), bars->len > 1 ? " and others have" : " has");
    return VFG_KERNEL_ARG_NO_HELP;
}
