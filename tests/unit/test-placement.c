/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When the firmware's image is asked how large a window it offers. */

#include "placement.h"

#include "temp-tree.h"

typedef struct {
    TempTree *tree;
    VfgRoot *root;
    VfgHost *host;
    VfgVmdef *vmdef;
    VfgApp app;
} Fixture;

static const char descriptor[] =
    "{\"interface-types\": [\"uefi\"], \"mapping\": {\"device\": \"flash\", \"executable\": "
    "{\"filename\": \"/code.fd\"}}, \"targets\": [{\"architecture\": \"x86_64\", \"machines\": "
    "[\"pc-q35-*\"]}]}";

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char path[] = VFG_TOP_SRCDIR "/tests/fuzz/corpus/ovmf-image/release";
    g_autofree char *image = NULL;
    gsize len = 0;
    g_assert_true(g_file_get_contents(path, &image, &len, NULL));
    f->tree = temp_tree_new();
    temp_tree_put_bytes(f->tree, "/code.fd", image, len);
    temp_tree_put(f->tree, "/usr/share/qemu/firmware/60.json", descriptor);
    f->root = vfg_root_new(f->tree->top, NULL);
    f->host = vfg_host_new();
    f->host->arch = g_strdup("x86_64");
    f->vmdef = vfg_vmdef_new();
    f->app = (VfgApp){.root = f->root, .uri = (char *)"qemu:///system"};
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_vmdef_free(f->vmdef);
    vfg_host_free(f->host);
    vfg_root_free(f->root);
    temp_tree_free(f->tree);
}

static void
assert_rule(const Fixture *f, VfgOvmfRule wanted)
{
    g_assert_cmpint(vfg_app_ovmf_rule(&f->app, f->vmdef, f->host), ==, wanted);
}

static void
test_gpus(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_rule(f, VFG_OVMF_UNKNOWN);
    g_ptr_array_add(f->vmdef->gpus, g_strdup("0000:01:00.0"));
    assert_rule(f, VFG_OVMF_FRACTION);
}

/* What <libvirt> may change is not reckoned with. */
static void
test_libvirt(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const texts[] = {"<libvirt><os><loader>/my.fd</loader></os></libvirt>",
                                        "<libvirt><cpu mode=\"custom\"/></libvirt>",
                                        "<libvirt><qemu:arg value=\"-bios\"/></libvirt>"};
    g_ptr_array_add(f->vmdef->gpus, g_strdup("0000:01:00.0"));
    f->vmdef->libvirt = g_strdup("<libvirt><memoryBacking><hugepages/></memoryBacking></libvirt>");
    assert_rule(f, VFG_OVMF_FRACTION);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_free(f->vmdef->libvirt);
        f->vmdef->libvirt = g_strdup(texts[i]);
        assert_rule(f, VFG_OVMF_UNKNOWN);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/placement/gpus", Fixture, NULL, set_up, test_gpus, tear_down);
    g_test_add("/placement/libvirt", Fixture, NULL, set_up, test_libvirt, tear_down);
    return g_test_run();
}
