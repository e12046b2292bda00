/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names of VMs that commands take, and what undefining one leaves. */

#include "collect.h"
#include "error.h"
#include "events.h"
#include "fake-virt.h"
#include "seed-iso.h"
#include "seed.h"
#include "temp-tree.h"
#include "vmdefs.h"

#include <string.h>

typedef struct {
    TempTree *tree;
    VfgApp app;
    char *images_dir;
    char *config_dir;
    char *seed; /* its path */
    guint shown;
    GString *said;
} Stage;

static void
on_line(const char *line, gpointer data)
{
    g_string_append_printf(data, "%s\n", line);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->tree = temp_tree_new();
    stage->images_dir = temp_tree_path(stage->tree, "images");
    stage->config_dir = temp_tree_path(stage->tree, "etc");
    stage->said = g_string_new(NULL);
    stage->app = (VfgApp){.state_dir = stage->tree->top,
                          .data_dir = (char *)VFG_TOP_SRCDIR "/data",
                          .images_dir = stage->images_dir,
                          .config_dir = stage->config_dir,
                          .progress = on_line,
                          .progress_data = stage->said,
                          .virt = fake_virt_new(),
                          .vmdef_dirs = g_ptr_array_new_with_free_func(g_free)};
    g_ptr_array_add(stage->app.vmdef_dirs, g_strconcat(stage->config_dir, "/vmdefs", NULL));
    temp_tree_put(stage->tree, "etc/vmdefs/box.xml", "<vmdef/>");
    temp_tree_make_dir(stage->tree, "images");
    stage->seed = vfg_app_seed_path(&stage->app, "box");
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_virt_free(stage->app.virt);
    g_ptr_array_unref(stage->app.vmdef_dirs);
    g_string_free(stage->said, TRUE);
    g_free(stage->images_dir);
    g_free(stage->config_dir);
    g_free(stage->seed);
    temp_tree_free(stage->tree);
}

static gboolean
count(G_GNUC_UNUSED const VfgStored *stored, gpointer data)
{
    ++*(guint *)data;
    return TRUE;
}

static gboolean
list_events(Stage *stage, const char *vm, GError **error)
{
    VfgEventsOptions options = {.vm = vm};
    stage->shown = 0;
    return vfg_app_events(&stage->app, &options, count, &stage->shown, NULL, error);
}

static void
add_event(Stage *stage, const char *vm)
{
    VfgEvent event = {.sequence = 1,
                      .boot_id = (char *)"b",
                      .id = (char *)"x",
                      .class_name = (char *)"y",
                      .line = (char *)"z",
                      .count = 1};
    VfgStored stored = {.vm = (char *)vm, .event = &event};
    g_autoptr(VfgStore) store = vfg_app_open_store(&stage->app, NULL);
    g_assert_true(vfg_store_add(store, &stored, NULL, NULL));
    g_assert_true(vfg_store_commit(store, NULL));
}

static void
test_events_of_nobody(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(list_events(stage, "bxo", &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "'bxo'"));
    g_assert_true(list_events(stage, "box", NULL)); /* defined, no events yet */
    g_assert_cmpuint(stage->shown, ==, 0);
    fake_virt_put(stage->app.virt, "foreign", "<domain/>", VFG_DOMAIN_SHUT_OFF);
    g_assert_true(list_events(stage, "foreign", NULL));
    add_event(stage, "gone"); /* undefined since */
    g_assert_true(list_events(stage, "gone", NULL));
    g_assert_cmpuint(stage->shown, ==, 1);
    g_assert_true(list_events(stage, NULL, NULL));
}

static void
make_seed(const char *path, const char *vm)
{
    g_autoptr(GBytes) agent = g_bytes_new_static("agent", 5);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    VfgSeed seed = {.vm = vm, .agent = agent, .names = none, .bytes = none};
    g_assert_true(vfg_seed_iso_write(&seed, path, NULL));
}

static void
undefine(Stage *stage)
{
    g_autoptr(GError) error = NULL;
    gboolean good = vfg_vmdefs_undefine(&stage->app, "box", &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_assert_false(temp_tree_has(stage->tree, "etc/vmdefs/box.xml"));
}

static void
test_seed_goes(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    make_seed(stage->seed, "box");
    undefine(stage);
    g_assert_false(temp_tree_has(stage->tree, "images/box-seed.iso"));
    g_assert_cmpstr(stage->said->str, ==, "");
}

/* Another VM's, somebody's file, a link to a seed: none is ours to remove. */
static void
test_others_stay(Stage *stage, gconstpointer data)
{
    const char *kind = data;
    g_autofree char *other = temp_tree_path(stage->tree, "images/other.iso");
    make_seed(other, "box");
    if (g_str_equal(kind, "other"))
        make_seed(stage->seed, "other");
    else if (g_str_equal(kind, "link"))
        temp_tree_link(stage->tree, "images/box-seed.iso", other);
    else
        temp_tree_put(stage->tree, "images/box-seed.iso", "instance-id: vfiogpu-box\n");
    undefine(stage);
    g_assert_true(temp_tree_has(stage->tree, "images/box-seed.iso"));
    g_assert_true(temp_tree_has(stage->tree, "images/other.iso"));
    g_assert_nonnull(strstr(stage->said->str, "box-seed.iso stays"));
}

/* A VM that runs keeps its CD-ROM. */
static void
test_running(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    make_seed(stage->seed, "box");
    fake_virt_put(stage->app.virt, "box", "<domain/>", VFG_DOMAIN_RUNNING);
    g_assert_false(vfg_vmdefs_undefine(&stage->app, "box", &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
    g_assert_true(temp_tree_has(stage->tree, "images/box-seed.iso"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, data, func) g_test_add(path, Stage, data, set_up, func, tear_down)
    ADD("/vmdefs/events-of-nobody", NULL, test_events_of_nobody);
    ADD("/vmdefs/undefine/seed-goes", NULL, test_seed_goes);
    ADD("/vmdefs/undefine/other", "other", test_others_stay);
    ADD("/vmdefs/undefine/link", "link", test_others_stay);
    ADD("/vmdefs/undefine/text", "text", test_others_stay);
    ADD("/vmdefs/undefine/running", NULL, test_running);
    return g_test_run();
}
