/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Functions are unbound at the same time: the fake kernel lets none go before all are at it. */

#include "run.h"

#include "fake-kernel.h"

#define FUNCTIONS 8

/* Unbinds that follow each other in a plan. */
static VfgPlan *
plan_unbinds(const FakeKernel *kernel)
{
    VfgPlan *plan = vfg_plan_new("bind", "card");
    for (guint i = 0; i < FUNCTIONS; i++) {
        g_autofree char *address = g_strdup_printf("0000:82:00.%u", i);
        g_autofree char *unbind = g_strconcat("unbind ", address, NULL);
        fake_kernel_add_function(kernel, address, "10de:1e04", 0x0300, "nvidia", 7);
        fake_kernel_fail(kernel, unbind, FAKE_SLOW, TRUE);
        vfg_plan_add(plan, VFG_STEP_UNBIND, address, "nvidia", NULL);
    }
    return plan;
}

static void
test_together(gconstpointer data)
{
    gboolean restore = GPOINTER_TO_INT(data);
    g_autoptr(FakeKernel) kernel = fake_kernel_new();
    g_autoptr(VfgPlan) plan = plan_unbinds(kernel);
    g_autoptr(GHashTable) journals = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GError) error = NULL;
    const VfgRun run = {.root = kernel->root, .journals = journals, .timeout = 60};
    fake_kernel_gather_unbinds(kernel, FUNCTIONS);
    gint64 start = g_get_monotonic_time();
    gboolean good =
        restore ? vfg_run_restore(&run, plan, &error) : vfg_run_plan(&run, plan, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_test_message("%d unbinds of a second each: %.2f s", FUNCTIONS,
                   (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC);
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/together/plan", GINT_TO_POINTER(FALSE), test_together);
    g_test_add_data_func("/together/restore", GINT_TO_POINTER(TRUE), test_together);
    return g_test_run();
}
