/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When a kernel argument is wanted, and whether it helped. */

#include "kernel-policy.h"

#include "cmdline.h"
#include "pci-function.h"

/* The first BAR without an address, as "0000:06:00.0 BAR 1 (16 GiB)", and *more than one; or NULL.
 * A GPU works without its I/O ports. */
static char *
find_unassigned(const GPtrArray *gpus, gboolean *more)
{
    char *first = NULL;
    *more = FALSE;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        for (guint j = 0; j < gpu->n_bars; j++) {
            const VfgPciBar *bar = &gpu->bars[j];
            if (bar->assigned || bar->kind == VFG_PCI_BAR_IO)
                continue;
            char address[VFG_PCI_ADDRESS_SIZE];
            g_autofree char *size = g_format_size_full(bar->size, G_FORMAT_SIZE_IEC_UNITS);
            *more = first != NULL;
            if (*more)
                return first;
            first = g_strdup_printf("%s BAR %u (%s)", vfg_pci_address_format(gpu->address, address),
                                    bar->index, size);
        }
    }
    return first;
}

gboolean
vfg_kernel_arg_auto(const GPtrArray *gpus, const char *cmdline, const char *arg)
{
    gboolean more = FALSE;
    g_autofree char *bar = find_unassigned(gpus, &more);
    return bar || vfg_cmdline_has(cmdline, arg);
}

char *
vfg_kernel_bars_explain(const GPtrArray *gpus, const char *cmdline, const char **fix)
{
    gboolean more = FALSE;
    g_autofree char *bar = find_unassigned(gpus, &more);
    if (!bar)
        return NULL;
    gboolean tried = vfg_cmdline_has(cmdline, "pci=realloc");
    *fix = tried ? "in a VM the host must give it a bigger 64-bit window ('vfiogpu check VM' there "
                   "says how large); on a machine of its own turn on \"Above 4G decoding\" in the "
                   "firmware"
                 : "run 'vfiogpu-agent kernel-args add pci=realloc' and reboot";
    return g_strdup_printf("%s%s no address%s", bar, more ? " and others have" : " has",
                           tried ? ", and pci=realloc did not help" : "");
}
