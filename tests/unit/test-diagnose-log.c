/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Diagnosing a file for a VM, by the addresses of the host's GPUs that its definition means. */

#include "diagnose.h"

#include "bind-fixture.h"
#include "error.h"

static const char definition[] =
    "<vmdef name=\"box\"><memory unit=\"MiB\">256</memory><vcpu>1</vcpu>"
    "<disk file=\"/disk\"/><gpu select=\"" FIXTURE_OTHER "\"/><guest profile=\"none\"/></vmdef>";

typedef struct {
    BindFixture *host;
    TempTree *tree;
    char *file;
} Stage;

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->host = bind_fixture_new();
    stage->tree = temp_tree_new();
    stage->host->app->data_dir = g_strdup(stage->tree->top);
    temp_tree_link(stage->tree, "errors.d", VFG_TOP_SRCDIR "/data/errors.d");
    temp_tree_link(stage->tree, "vmdefs", VFG_TOP_SRCDIR "/vmdefs");
    g_ptr_array_set_free_func(stage->host->app->vmdef_dirs, g_free);
    g_ptr_array_add(stage->host->app->vmdef_dirs, g_strdup(stage->tree->top));
    temp_tree_put(stage->tree, "box.xml", definition);
    stage->file = temp_tree_path(stage->tree, "log");
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_free(stage->file);
    temp_tree_free(stage->tree);
    bind_fixture_free(stage->host);
}

static void
check(Stage *stage, const char *vm, const char *address, VfgVerdict verdict)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_strdup_printf("%s: DMAR: Device is ineligible for IOMMU domain "
                                            "attach due to platform RMRR requirement.\n",
                                            address);
    VfgDiagnoseOptions options = {.file = stage->file, .side = VFG_SIDE_HOST, .vm = vm};
    temp_tree_put(stage->tree, "log", line);
    g_autoptr(VfgDiagnosis) diagnosis = vfg_app_diagnose(stage->host->app, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpint(diagnosis->verdict, ==, verdict);
}

static void
test_vm(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    check(stage, "box", "pci " FIXTURE_OTHER, VFG_VERDICT_FAIL);
    check(stage, "box", "vfio-pci " FIXTURE_GPU, VFG_VERDICT_OK);
    check(stage, NULL, "pci " FIXTURE_OTHER, VFG_VERDICT_OK);
}

static void
test_no_vm(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    VfgDiagnoseOptions options = {.file = stage->file, .vm = "nobody"};
    temp_tree_put(stage->tree, "log", "");
    g_assert_null(vfg_app_diagnose(stage->host->app, &options, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_NOT_FOUND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/diagnose-log/vm", Stage, NULL, set_up, test_vm, tear_down);
    g_test_add("/diagnose-log/no-vm", Stage, NULL, set_up, test_no_vm, tear_down);
    return g_test_run();
}
