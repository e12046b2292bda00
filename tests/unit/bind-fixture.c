/* SPDX-License-Identifier: GPL-2.0-or-later */

/* bind, unbind and recover on a fake kernel. */

#include "bind-fixture.h"

#include "fake-screen.h"

#include <string.h>

static VfgApp *
make_app(const BindFixture *f)
{
    VfgApp *app = g_new0(VfgApp, 1);
    app->root = f->kernel->root;
    app->live = TRUE;
    app->state_dir = g_strdup(f->state->top);
    app->vmdef_dirs = g_ptr_array_new();
    return app;
}

BindFixture *
bind_fixture_new(void)
{
    BindFixture *f = g_new0(BindFixture, 1);
    f->kernel = fake_kernel_new();
    f->state = temp_tree_new();
    fake_kernel_add_driver(f->kernel, "vfio-pci");
    fake_kernel_add_function(f->kernel, FIXTURE_GPU, "10de:1e04", 0x0300, "nvidia nouveau", 7);
    fake_kernel_add_function(f->kernel, FIXTURE_AUDIO, "10de:10f7", 0x0403, "snd_hda_intel", 7);
    fake_screen_add(f->kernel, FIXTURE_GPU);
    fake_kernel_add_function(f->kernel, FIXTURE_OTHER, "10de:1e04", 0x0300, "nvidia nouveau", 8);
    temp_tree_put(f->kernel->tree, "proc/sys/kernel/random/boot_id",
                  "3f0f4c1e-7d0b-4a55-8f7a-000000000001\n");
    f->before = fake_kernel_state(f->kernel);
    f->app = make_app(f);
    return f;
}

void
bind_fixture_free(BindFixture *f)
{
    if (!f)
        return;
    f->app->root = NULL; /* the kernel's */
    vfg_app_free(f->app);
    temp_tree_free(f->state);
    fake_kernel_free(f->kernel);
    g_free(f->before);
    g_free(f);
}

gboolean
bind_fixture_bind(BindFixture *f, const char *gpu, GError **error)
{
    const VfgBindOptions options = {.timeout = f->timeout,
                                    .consent.force_boot_display = !f->no_consent};
    g_autoptr(VfgPlan) plan = vfg_app_bind(f->app, gpu, &options, error);
    return plan != NULL;
}

gboolean
bind_fixture_unbind(BindFixture *f, const char *gpu, GError **error)
{
    const VfgBindOptions options = {.timeout = f->timeout};
    g_autoptr(VfgPlan) plan = vfg_app_unbind(f->app, gpu, &options, error);
    return plan != NULL;
}

char *
bind_fixture_recover(BindFixture *f, GError **error)
{
    g_autoptr(GPtrArray) settled = g_ptr_array_new_with_free_func(g_free);
    if (!vfg_app_recover(f->app, settled, error))
        return NULL;
    g_ptr_array_add(settled, NULL);
    return g_strjoinv("\n", (char **)settled->pdata);
}

void
bind_fixture_assert_back(const BindFixture *f)
{
    g_autofree char *now = fake_kernel_state(f->kernel);
    g_autofree char *folder = temp_tree_path(f->state, "journal");
    g_autoptr(GDir) journals = g_dir_open(folder, 0, NULL);
    g_assert_cmpstr(now, ==, f->before);
    g_assert_true(!journals || !g_dir_read_name(journals));
}

void
bind_fixture_assert_recovery(BindFixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *first G_GNUC_UNUSED = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    bind_fixture_assert_back(f);
    g_autofree char *second = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(second, ==, "");
}
