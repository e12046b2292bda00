/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: the text of a `resource` file, and that of `reserved_regions`, which is much like
 * it. With clang: -fsanitize=fuzzer,address,undefined; without it fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "iommu-region.h"
#include "pci-function.h"

static void
check_window(const VfgPciWindow *window)
{
    g_assert_true(window->open ? window->end > window->start
                               : !window->wide && !window->start && !window->end);
}

static void
check_function(const VfgPciFunction *function)
{
    g_assert_cmpuint(function->n_bars, <=, VFG_PCI_MAX_BARS);
    for (guint i = 0; i < function->n_bars; i++) {
        g_assert_cmpuint(function->bars[i].index, >=, i);
        g_assert_cmpuint(function->bars[i].index, <, VFG_PCI_MAX_BARS);
        g_assert_cmpuint(function->bars[i].size - 1, <, G_MAXINT64);
        g_assert_cmpint(function->bars[i].assigned, ==, function->bars[i].address != 0);
    }
    check_window(&function->io_window);
    check_window(&function->mem_window);
    check_window(&function->pref_window);
    json_t *bars = vfg_pci_function_bars_to_json(function);
    g_assert_cmpuint(json_array_size(bars), ==, function->n_bars);
    json_decref(bars);
}

static void
check_regions(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) regions = vfg_iommu_regions_parse(text, &error);
    g_assert_true((regions == NULL) == (error != NULL));
    for (guint i = 0; regions && i < regions->len; i++) {
        const VfgIommuRegion *region = g_ptr_array_index(regions, i);
        g_assert_true(region->type && *region->type);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup(size ? (const char *)data : "", size);
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPciFunction) function = vfg_pci_function_new((VfgPciAddress){0});
    gboolean good = vfg_pci_function_parse_resource(function, text, &error);
    g_assert_true(good == (error == NULL));
    check_function(function);
    check_regions(text);
    return 0;
}
