/* SPDX-License-Identifier: GPL-2.0-or-later */

/* bind --persistent and its inverse, below a fake root with fake programs that make an initramfs.
 */

#include "bind-fixture.h"

#include "assert-error.h"
#include "error.h"
#include "persist.h"

#include <glib/gstdio.h>
#include <string.h>

#define RULES "etc/udev/rules.d/09-vfiogpu-0000-82-00.0.rules"
#define SOFTDEPS "etc/modprobe.d/vfiogpu-0000-82-00.0.conf"
#define HOOK "etc/initramfs-tools/hooks/vfiogpu-0000-82-00.0"

static BindFixture *f;

static void
put_program(const char *name, const char *body)
{
    g_autofree char *path = g_strconcat("fake/bin/", name, NULL);
    g_autofree char *text =
        g_strdup_printf("#!/bin/sh\ncd '%s' || exit 9\n%s\n", f->kernel->tree->top, body);
    g_autofree char *real = temp_tree_path(f->kernel->tree, path);
    temp_tree_put(f->kernel->tree, path, text);
    g_assert_cmpint(g_chmod(real, 0755), ==, 0);
}

/* A host with initramfs-tools: what is made is a list of the rules that are there. */
static void
set_up(void)
{
    f = bind_fixture_new();
    temp_tree_remove(f->kernel->tree, "sys/devices/pci0000:00/" FIXTURE_GPU "/boot_vga");
    f->app->file_root = f->kernel->tree->top;
    temp_tree_put(f->kernel->tree, "usr/sbin/update-initramfs", "");
    temp_tree_put(f->kernel->tree, "initramfs", "");
    temp_tree_link(f->kernel->tree, "sys/bus/pci/drivers/nvidia/module",
                   "../../../../module/nvidia_current");
    put_program("update-initramfs",
                "echo \"made $*\" >> fake/log; ls etc/udev/rules.d > initramfs 2>/dev/null; true");
    put_program("lsinitramfs", "cat initramfs");
}

static VfgPlan *
run(gboolean bind, gboolean dry_run, GError **error)
{
    const VfgBindOptions options = {.persistent = TRUE, .dry_run = dry_run};
    return bind ? vfg_app_bind(f->app, FIXTURE_GPU, &options, error)
                : vfg_app_unbind(f->app, FIXTURE_GPU, &options, error);
}

static void
assert_run(gboolean bind)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = run(bind, FALSE, &error);
    g_assert_no_error(error);
    g_assert_nonnull(plan);
}

static void
assert_gone(void)
{
    g_assert_false(temp_tree_has(f->kernel->tree, RULES));
    g_assert_false(temp_tree_has(f->kernel->tree, SOFTDEPS));
    g_assert_false(temp_tree_has(f->kernel->tree, HOOK));
    g_assert_false(temp_tree_has(f->state, "persistent/journal/" FIXTURE_GPU));
}

static void
assert_file(const char *path, const char *part)
{
    g_autofree char *text = temp_tree_get(f->kernel->tree, path);
    if (!strstr(text, part))
        g_error("%s lacks '%s': %s", path, part, text);
}

static void
test_there_and_back(void)
{
    set_up();
    assert_run(TRUE);
    assert_file(RULES, "ATTR{[pci/0000:82:00.0]vendor}==\"0x10de\", "
                       "ATTR{[pci/0000:82:00.0]device}==\"0x1e04\", "
                       "ATTR{[pci/0000:82:00.0]driver_override}=\"vfio-pci\"\n");
    assert_file(RULES, "KERNEL==\"0000:82:00.1\"");
    assert_file(SOFTDEPS, "softdep nvidia_current pre: vfio-pci\n"
                          "softdep snd_hda_intel pre: vfio-pci\n");
    assert_file(HOOK, "manual_add_modules vfio-pci\n");
    assert_file("fake/log", "made -u -k all\n");
    g_autoptr(GPtrArray) files = vfg_app_bind_files(f->app, FIXTURE_GPU);
    g_assert_cmpuint(files->len, ==, 3);
    g_assert_cmpstr(files->pdata[0], ==, "/" RULES);
    assert_run(TRUE); /* again: nothing */
    assert_run(FALSE);
    assert_gone();
    bind_fixture_assert_back(f);
    bind_fixture_free(f);
}

/* After a reboot the GPU is with vfio-pci by the rule, and no journal is there. */
static void
test_reboot(void)
{
    set_up();
    assert_run(TRUE);
    temp_tree_put(f->kernel->tree, "proc/sys/kernel/random/boot_id", "another\n");
    g_free(bind_fixture_recover(f, NULL));
    assert_run(FALSE);
    assert_gone();
    bind_fixture_assert_back(f);
    bind_fixture_free(f);
}

static void
test_dry_run(void)
{
    g_autoptr(GError) error = NULL;
    set_up();
    g_autoptr(VfgPlan) plan = run(TRUE, TRUE, &error);
    g_assert_no_error(error);
    const VfgStep *last = plan->steps->pdata[plan->steps->len - 1];
    g_assert_cmpint(last->kind, ==, VFG_STEP_MAKE_INITRAMFS);
    assert_gone();
    bind_fixture_assert_back(f);
    bind_fixture_free(f);
}

/* The programs fail, or make something without the rule; a file is in the way: all is undone, but
 * the GPU stays bound for this boot. */
static void
test_failures(void)
{
    static const char *const bodies[] = {"echo 'no space' >&2; exit 1", "true"};
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(GError) error = NULL;
        set_up();
        put_program("update-initramfs", bodies[i]);
        g_autoptr(VfgPlan) plan = run(TRUE, FALSE, &error);
        g_assert_null(plan);
        assert_error(error, VFG_ERROR_FAILED, i ? "does not have" : "no space");
        assert_gone();
        g_assert_true(bind_fixture_unbind(f, FIXTURE_GPU, NULL));
        bind_fixture_assert_back(f);
        bind_fixture_free(f);
    }
    g_autoptr(GError) error = NULL;
    set_up();
    temp_tree_put(f->kernel->tree, HOOK, "somebody's");
    g_autoptr(VfgPlan) plan = run(TRUE, FALSE, &error);
    g_assert_null(plan);
    assert_error(error, VFG_ERROR_FAILED, "/" HOOK " is there already");
    assert_file(HOOK, "somebody's");
    g_assert_false(temp_tree_has(f->kernel->tree, RULES));
    bind_fixture_free(f);
}

/* A file that was changed since is not removed, nor are the others. */
static void
test_changed(void)
{
    g_autoptr(GError) error = NULL;
    set_up();
    assert_run(TRUE);
    temp_tree_put(f->kernel->tree, SOFTDEPS, "mine now\n");
    g_autoptr(VfgPlan) plan = run(FALSE, FALSE, &error);
    g_assert_null(plan);
    assert_error(error, VFG_ERROR_FAILED, "/" SOFTDEPS " was changed since it was written");
    g_assert_true(temp_tree_has(f->kernel->tree, RULES));
    bind_fixture_free(f);
}

/* Cut off in the middle: its record says which files there are. */
static void
test_recover(void)
{
    g_autoptr(GError) error = NULL;
    set_up();
    assert_run(TRUE);
    g_autofree char *text = temp_tree_get(f->state, "persistent/journal/" FIXTURE_GPU);
    char *end = strstr(text, " complete");
    while (end > text && end[-1] != '\n')
        end--;
    *end = '\0';
    temp_tree_put(f->state, "persistent/journal/" FIXTURE_GPU, text);
    temp_tree_remove(f->kernel->tree, HOOK);
    g_autofree char *settled = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(settled, "--persistent that was cut off was undone"));
    assert_gone();
    g_assert_true(bind_fixture_unbind(f, FIXTURE_GPU, &error));
    bind_fixture_assert_recovery(f);
    bind_fixture_free(f);
}

static void
test_not_persistent(void)
{
    g_autoptr(GError) error = NULL;
    set_up();
    g_assert_true(bind_fixture_bind(f, FIXTURE_GPU, &error));
    g_autoptr(VfgPlan) plan = run(FALSE, FALSE, &error);
    g_assert_null(plan);
    assert_error(error, VFG_ERROR_NOT_FOUND, "persistent");
    bind_fixture_free(f);
}

/* dracut and mkinitcpio have files of their own; a host without any gets a note. */
static void
test_others(void)
{
    g_autoptr(GError) error = NULL;
    static const struct {
        const char *program, *file;
    } others[] = {{"usr/bin/dracut", "/etc/dracut.conf.d/90-vfiogpu-0000-82-00.0.conf"},
                  {"usr/bin/mkinitcpio", "/etc/mkinitcpio.conf.d/vfiogpu-0000-82-00.0.conf"}};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        set_up();
        temp_tree_remove(f->kernel->tree, "usr/sbin/update-initramfs");
        temp_tree_put(f->kernel->tree, others[i].program, "");
        g_autoptr(VfgPlan) plan = run(TRUE, TRUE, &error);
        const VfgStep *file = plan->steps->pdata[plan->steps->len - 2];
        g_assert_cmpstr(file->subject, ==, others[i].file);
        g_assert_nonnull(strstr(file->to, "/" RULES));
        bind_fixture_free(f);
    }
    set_up();
    temp_tree_remove(f->kernel->tree, "usr/sbin/update-initramfs");
    g_autoptr(VfgPlan) plan = run(TRUE, TRUE, &error);
    g_assert_cmpuint(plan->notes->len, ==, 1);
    bind_fixture_free(f);
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/persist/there-and-back", test_there_and_back);
    g_test_add_func("/persist/reboot", test_reboot);
    g_test_add_func("/persist/dry-run", test_dry_run);
    g_test_add_func("/persist/failures", test_failures);
    g_test_add_func("/persist/changed", test_changed);
    g_test_add_func("/persist/recover", test_recover);
    g_test_add_func("/persist/not-persistent", test_not_persistent);
    g_test_add_func("/persist/others", test_others);
    return g_test_run();
}
