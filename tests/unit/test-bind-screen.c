/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The boot display: what the host shows on it is taken away with consent only, before anything
 * else, and is back afterwards, or it is said why not. */

#include "bind-fixture.h"

#include "assert-error.h"
#include "fake-screen.h"

#include <string.h>

#define BOUND_LINES FIXTURE_GPU " vfio-pci vfio-pci\n" FIXTURE_AUDIO " vfio-pci vfio-pci\n"
#define NO_SCREEN "framebuffer -\nterminals 0\n"
#define REMOVED "the firmware's framebuffer " FAKE_FRAMEBUFFER " is gone"

static void
bind(BindFixture *f)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(bind_fixture_bind(f, FIXTURE_GPU, &error));
    g_assert_no_error(error);
}

static void
test_there_and_back(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    bind(f);
    g_autofree char *state = fake_kernel_state(f->kernel);
    g_assert_true(g_str_has_prefix(state, BOUND_LINES));
    g_assert_true(g_str_has_suffix(state, NO_SCREEN));
    g_assert_true(bind_fixture_unbind(f, FIXTURE_GPU, &error));
    g_assert_no_error(error);
    bind_fixture_assert_back(f);
    g_autofree char *log = fake_kernel_log(f->kernel);
    const char *terminals = strstr(log, "console vtcon1\nframebuffer " FAKE_FRAMEBUFFER "\n");
    const char *back = strstr(log, "framebuffer " FAKE_FRAMEBUFFER "\nconsole vtcon1\n");
    g_assert_true(terminals && terminals < strstr(log, "unbind "));
    g_assert_true(back && back > strstr(log, "bind " FIXTURE_GPU " nvidia"));
}

static void
test_no_consent(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    f->no_consent = TRUE;
    g_assert_false(bind_fixture_bind(f, FIXTURE_GPU, &error));
    assert_error(error, VFG_ERROR_REFUSED, "is the boot display");
    assert_fix(error, "--force-boot-display");
    bind_fixture_assert_back(f);
}

static void
assert_terminals_stay(BindFixture *f)
{
    bind(f);
    g_autofree char *state = fake_kernel_state(f->kernel);
    g_assert_true(g_str_has_suffix(state, "framebuffer -\nterminals 1\n"));
    g_assert_true(bind_fixture_unbind(f, FIXTURE_GPU, NULL));
    bind_fixture_assert_back(f);
}

/* Another card's framebuffer takes the terminals over: they are the kernel's to move. */
static void
test_second_screen(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    const TempTree *tree = f->kernel->tree;
    temp_tree_put(tree, "proc/fb", "0 EFI VGA\n1 nouveaudrmfb\n");
    temp_tree_make_dir(tree, "sys/devices/pci0000:00/" FIXTURE_OTHER "/graphics/fb1");
    temp_tree_link(tree, "sys/class/graphics/fb1",
                   "../../devices/pci0000:00/" FIXTURE_OTHER "/graphics/fb1");
    assert_terminals_stay(f);
}

/* Without a built-in driver beside fbcon the kernel binds no terminals by hand: they are left to
 * it. */
static void
test_no_way_back(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    temp_tree_put(f->kernel->tree, "sys/class/vtconsole/vtcon0/name", "(M) dummy device\n");
    assert_terminals_stay(f);
}

/* The kernel has moved the terminals itself: that is no error. */
static void
test_moved_meanwhile(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    bind(f);
    temp_tree_put(f->kernel->tree, "sys/class/vtconsole/vtcon1/bind", "1\n");
    g_assert_true(bind_fixture_unbind(f, FIXTURE_GPU, &error));
    g_assert_no_error(error);
    bind_fixture_assert_back(f);
}

static gboolean
has_note(const VfgPlan *plan, const char *note)
{
    for (guint i = 0; i < plan->notes->len; i++)
        if (g_str_has_prefix(g_ptr_array_index(plan->notes, i), note))
            return TRUE;
    return FALSE;
}

/* Linux removes the framebuffer when vfio-pci takes the GPU: all else is given back, and it is
 * said. */
static void
test_removed(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    const VfgBindOptions options = {0};
    bind(f);
    fake_screen_drop_framebuffer(f->kernel);
    g_autoptr(VfgPlan) plan = vfg_app_unbind(f->app, FIXTURE_GPU, &options, &error);
    g_assert_no_error(error);
    g_assert_true(has_note(plan, REMOVED));
    g_autofree char *state = fake_kernel_state(f->kernel);
    g_assert_true(g_str_has_prefix(state, FIXTURE_GPU " nvidia -\n"));
    g_assert_true(g_str_has_suffix(state, "framebuffer -\nterminals 1\n"));
}

static void
test_removed_recover(void)
{
    g_autoptr(BindFixture) f = bind_fixture_new();
    g_autoptr(GError) error = NULL;
    bind(f);
    fake_kernel_fail(f->kernel, "bind " FIXTURE_GPU " nvidia", FAKE_EBUSY, TRUE);
    g_assert_false(bind_fixture_unbind(f, FIXTURE_GPU, &error));
    g_clear_error(&error);
    fake_screen_drop_framebuffer(f->kernel);
    g_autofree char *settled = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(settled, REMOVED));
    g_autofree char *again = bind_fixture_recover(f, &error);
    g_assert_cmpstr(again, ==, "");
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bind-screen/there-and-back", test_there_and_back);
    g_test_add_func("/bind-screen/no-consent", test_no_consent);
    g_test_add_func("/bind-screen/second-screen", test_second_screen);
    g_test_add_func("/bind-screen/no-way-back", test_no_way_back);
    g_test_add_func("/bind-screen/moved-meanwhile", test_moved_meanwhile);
    g_test_add_func("/bind-screen/removed", test_removed);
    g_test_add_func("/bind-screen/removed-recover", test_removed_recover);
    return g_test_run();
}
