/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names of PCI functions. */

#include "pci-names.h"

#include "io.h"

#include <pci/pci.h>
#include <stdio.h>
#include <sys/mman.h>

#define IDS_MAX (16 << 20) /* the whole table is below 2 MiB */

/* libpci wants the path of a file; this one is in memory. -1 where the root has no table. */
static VfgFd
open_table(VfgRoot *root)
{
    gsize len = 0;
    if (vfg_root_is_writable(root))
        return -1;
    g_autofree char *table = vfg_root_read(root, VFG_PROBE_PCI_IDS, IDS_MAX, &len, NULL);
    g_auto(VfgFd) fd = table ? memfd_create("pci.ids", MFD_CLOEXEC) : -1;
    if (fd < 0 || !vfg_io_write_all(fd, table, len, VFG_PROBE_PCI_IDS, NULL))
        return -1;
    VfgFd ret = fd;
    fd = -1;
    return ret;
}

static void
say_nothing(char *message G_GNUC_UNUSED, ...)
{
}

/* No pci_init: only the id table is wanted, no bus is touched. The table is read on the first
 * look-up; for ids that it lacks libpci asks udev's, and says so through functions that only
 * pci_init would set. */
static struct pci_access *
open_names(VfgFd table)
{
    struct pci_access *access = pci_alloc();
    access->debug = say_nothing;
    access->warning = say_nothing;
    if (table >= 0) {
        g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", table);
        pci_set_param(access, (char *)"hwdb.disable", (char *)"1");
        pci_set_name_list_path(access, path, 0);
        pci_load_name_list(access);
    }
    return access;
}

void
vfg_probe_pci_names(VfgRoot *root, VfgHost *host)
{
    struct pci_access *access = NULL;
    g_auto(VfgFd) table = -1;
    for (guint i = 0; i < host->functions->len; i++) {
        VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        if (!vfg_pci_function_is_display(function))
            continue;
        if (!access) {
            table = open_table(root);
            access = open_names(table);
        }
        char name[256];
        const char *found =
            pci_lookup_name(access, name, sizeof name,
                            PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
                            function->vendor, function->device);
        g_free(function->name);
        function->name = g_strdup(found);
    }
    if (access)
        pci_cleanup(access);
}

/* By vendor, then by device, as the table wants it. */
static int
compare_ids(gconstpointer a, gconstpointer b)
{
    const VfgPciFunction *one = *(const VfgPciFunction *const *)a;
    const VfgPciFunction *other = *(const VfgPciFunction *const *)b;
    return one->vendor != other->vendor ? one->vendor - other->vendor : one->device - other->device;
}

static void
add_names(GString *table, struct pci_access *access, const VfgPciFunction *function,
          const VfgPciFunction *last)
{
    char name[256];
    gboolean new_vendor = !last || last->vendor != function->vendor;
    const char *found = pci_lookup_name(
        access, name, sizeof name, PCI_LOOKUP_VENDOR | PCI_LOOKUP_NO_NUMBERS, function->vendor);
    if (!found)
        return;
    if (new_vendor)
        g_string_append_printf(table, "%04x  %s\n", function->vendor, found);
    if (!new_vendor && last->device == function->device)
        return;
    found = pci_lookup_name(access, name, sizeof name, PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
                            function->vendor, function->device);
    if (found)
        g_string_append_printf(table, "\t%04x  %s\n", function->device, found);
}

char *
vfg_probe_pci_ids(VfgRoot *root, const VfgHost *host)
{
    g_auto(VfgFd) fd = open_table(root);
    struct pci_access *access = open_names(fd);
    GString *table = g_string_new("# The names that this snapshot needs.\n");
    g_autoptr(GPtrArray) functions = g_ptr_array_new();
    g_ptr_array_extend(functions, host->functions, NULL, NULL);
    g_ptr_array_sort(functions, compare_ids);
    for (guint i = 0; i < functions->len; i++)
        add_names(table, access, functions->pdata[i], i ? functions->pdata[i - 1] : NULL);
    pci_cleanup(access);
    return g_string_free(table, FALSE);
}
