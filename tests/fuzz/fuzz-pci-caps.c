/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: config space. With clang: -fsanitize=fuzzer,address,undefined; without it
 * fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "pci-caps.h"

/* What is given out is in its documented range. */
static void
check_caps(const VfgPciCaps *caps, gsize size)
{
    g_assert_true(caps->pcie_type >= VFG_PCIE_NONE && caps->pcie_type <= 0xf);
    g_assert_cmpint(caps->msix, ==, caps->msix_vectors > 0);
    g_assert_cmpuint(caps->msix_vectors, <=, 2048);
    g_assert_cmpuint(caps->n_resizable, <=, VFG_PCI_MAX_RESIZABLE);
    for (guint i = 0; i < caps->n_resizable; i++)
        g_assert_true(caps->resizable[i].bar <= 7 &&
                      (caps->resizable[i].size & (caps->resizable[i].size - 1)) == 0);
    if (size <= VFG_PCI_CONFIG_STANDARD)
        g_assert_false(caps->acs || caps->sriov || caps->n_resizable);
    if (caps->all_ones)
        g_assert_false(caps->standard || caps->extended || caps->flr || caps->msix);
}

/* Cutting the space off makes facts unknown, it does not make up others. */
static void
check_cut(const uint8_t *data, gsize size, const VfgPciCaps *whole)
{
    VfgPciCaps cut;
    g_autofree uint8_t *part = g_memdup2(data, size);
    if (!vfg_pci_caps_parse(part, size, &cut, NULL))
        return;
    g_assert_true(!cut.flr || whole->flr);
    g_assert_true(!cut.pm || whole->pm);
    g_assert_true(!cut.msix || cut.msix_vectors == whole->msix_vectors);
    g_assert_true(!cut.acs || cut.acs_control == whole->acs_control);
    g_assert_true(!cut.standard || whole->standard);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VfgPciCaps caps;
    g_autoptr(GError) error = NULL;
    if (!vfg_pci_caps_parse(data, size, &caps, &error)) {
        g_assert_nonnull(error);
        return 0;
    }
    check_caps(&caps, size);
    check_cut(data, size / 2, &caps);
    check_cut(data, MIN(size, VFG_PCI_CONFIG_STANDARD), &caps);
    check_cut(data, MIN(size, VFG_PCI_CONFIG_HEADER), &caps);
    return 0;
}
