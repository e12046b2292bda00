/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A host of a test, and what was probed of it. */

#include "probe-fixture.h"

#include "usage-network.h"
#include "usage-storage.h"

#include <string.h>

void
probe_fixture_set_up(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->tree = temp_tree_new();
    fixture->host = vfg_host_new();
}

void
probe_fixture_tear_down(ProbeFixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    vfg_host_free(fixture->host);
    temp_tree_free(fixture->tree);
}

void
probe_fixture_put_class(const ProbeFixture *fixture, const char *class, const char *real)
{
    g_autofree char *name = g_path_get_basename(real);
    g_autofree char *path = g_strconcat("/sys/class/", class, "/", name, NULL);
    g_autofree char *target = g_strconcat("../..", real + strlen("/sys"), NULL);
    temp_tree_make_dir(fixture->tree, real);
    temp_tree_link(fixture->tree, path, target);
}

VfgRoot *
probe_fixture_open(const ProbeFixture *fixture)
{
    VfgRoot *root = vfg_root_new(fixture->tree->top, NULL);
    g_assert_nonnull(root);
    return root;
}

void
probe_fixture_assert_usages(const ProbeFixture *fixture, const char *wanted)
{
    g_autoptr(VfgRoot) root = probe_fixture_open(fixture);
    static const char *const kinds[] = {"mount", "swap", "default-route"};
    g_autoptr(GString) shown = g_string_new(NULL);
    vfg_probe_usage_storage(root, fixture->host);
    vfg_probe_usage_network(root, fixture->host);
    for (guint i = 0; i < fixture->host->usages->len; i++) {
        const VfgUsage *usage = g_ptr_array_index(fixture->host->usages, i);
        char buffer[VFG_PCI_ADDRESS_SIZE];
        g_string_append_printf(shown, "%s %s %s %s\n", kinds[usage->kind],
                               usage->known ? vfg_pci_address_format(usage->function, buffer)
                                            : "unknown",
                               usage->what, usage->device);
    }
    g_assert_cmpstr(shown->str, ==, wanted);
}
