/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names of PCI functions. */

#include "pci-names.h"

#include "pci-ids.h"

#include <pci/pci.h>
#include <string.h>

#define IDS_MAX (16 << 20) /* the whole table is below 2 MiB */

/* Where names come from: a snapshot's own table, or else the table that libpci would read and, for
 * ids that it lacks, libpci's other sources (udev's hardware database). */
typedef struct {
    char *own;
    GMappedFile *file;
    const char *table; /* one of the two; NULL for none */
    gsize len;
    struct pci_access *access; /* NULL where only the table counts */
} Names;

static void
say_nothing(char *message G_GNUC_UNUSED, ...)
{
}

/* The table that libpci would read, unless that is compressed: libpci built with zlib looks for
 * pci.ids.gz and, where there is none, for pci.ids (pci_open() in pciutils' lib/names-parse.c). The
 * caller frees it. */
static char *
plain_table(const char *path)
{
    if (!path || !g_str_has_suffix(path, ".gz"))
        return g_strdup(path);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? NULL : g_strndup(path, strlen(path) - 3);
}

/* No pci_init: only names are wanted, no bus is touched; libpci says what it lacks through
 * functions that only pci_init would set. libpci reads in all of the table, 40,000 names, at the
 * first question (half of the time that `list` took), so it gets an empty one where we can search
 * it ourselves. */
static void
open_system(Names *names)
{
    names->access = pci_alloc();
    names->access->debug = say_nothing;
    names->access->warning = say_nothing;
    g_autofree char *path = plain_table(names->access->id_file_name);
    names->file = path ? g_mapped_file_new(path, FALSE, NULL) : NULL;
    if (!names->file)
        return;
    names->table = g_mapped_file_get_contents(names->file);
    names->len = names->table ? g_mapped_file_get_length(names->file) : 0;
    pci_set_name_list_path(names->access, (char *)"/dev/null", 0);
}

static void
names_open(Names *names, VfgRoot *root)
{
    *names = (Names){0};
    if (!vfg_root_is_writable(root))
        names->own = vfg_root_read(root, VFG_PROBE_PCI_IDS, IDS_MAX, &names->len, NULL);
    names->table = names->own;
    if (!names->own)
        open_system(names);
}

static void
names_clear(Names *names)
{
    g_free(names->own);
    g_clear_pointer(&names->file, g_mapped_file_unref);
    g_clear_pointer(&names->access, pci_cleanup);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Names, names_clear)

static char *
find_vendor(const Names *names, const VfgPciFunction *function)
{
    char buffer[256];
    char *name =
        names->table ? vfg_pci_ids_vendor(names->table, names->len, function->vendor) : NULL;
    if (name || !names->access)
        return name;
    return g_strdup(pci_lookup_name(names->access, buffer, sizeof buffer,
                                    PCI_LOOKUP_VENDOR | PCI_LOOKUP_NO_NUMBERS, function->vendor));
}

static char *
find_device(const Names *names, const VfgPciFunction *function)
{
    char buffer[256];
    char *name = names->table ? vfg_pci_ids_device(names->table, names->len, function->vendor,
                                                   function->device)
                              : NULL;
    if (name || !names->access)
        return name;
    return g_strdup(pci_lookup_name(names->access, buffer, sizeof buffer,
                                    PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS, function->vendor,
                                    function->device));
}

static gboolean
same_ids(const VfgPciFunction *one, const VfgPciFunction *other)
{
    return one->vendor == other->vendor && one->device == other->device;
}

void
vfg_probe_pci_names(VfgRoot *root, VfgHost *host)
{
    g_auto(Names) names = {0};
    const VfgPciFunction *last = NULL;
    for (guint i = 0; i < host->functions->len; i++) {
        VfgPciFunction *function = g_ptr_array_index(host->functions, i);
        if (!vfg_pci_function_is_display(function))
            continue;
        if (!last)
            names_open(&names, root);
        g_free(function->name);
        if (last && same_ids(last, function)) {
            function->name = g_strdup(last->name);
            continue;
        }
        g_autofree char *vendor = find_vendor(&names, function);
        g_autofree char *device = vendor ? find_device(&names, function) : NULL;
        function->name = device ? g_strconcat(vendor, " ", device, NULL) : NULL;
        last = function;
    }
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
add_names(GString *table, const Names *names, const VfgPciFunction *function,
          const VfgPciFunction *last)
{
    gboolean new_vendor = !last || last->vendor != function->vendor;
    if (!new_vendor && same_ids(last, function))
        return;
    g_autofree char *vendor = find_vendor(names, function);
    g_autofree char *device = vendor ? find_device(names, function) : NULL;
    if (vendor && new_vendor)
        g_string_append_printf(table, "%04x  %s\n", function->vendor, vendor);
    if (device)
        g_string_append_printf(table, "\t%04x  %s\n", function->device, device);
}

char *
vfg_probe_pci_ids(VfgRoot *root, const VfgHost *host)
{
    g_auto(Names) names = {0};
    names_open(&names, root);
    GString *table = g_string_new("# The names that this snapshot needs.\n");
    g_autoptr(GPtrArray) functions = g_ptr_array_new();
    g_ptr_array_extend(functions, host->functions, NULL, NULL);
    g_ptr_array_sort(functions, compare_ids);
    for (guint i = 0; i < functions->len; i++)
        add_names(table, &names, functions->pdata[i], i ? functions->pdata[i - 1] : NULL);
    return g_string_free(table, FALSE);
}
