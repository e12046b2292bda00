/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The acts on PCI functions, one by one, on the fake kernel. */

#include "sysfs.h"

#include "assert-error.h"
#include "fake-kernel.h"

#define GPU "0000:82:00.0"
#define AUDIO "0000:82:00.1"
#define DEADLINE 3 /* s */

static FakeKernel *
make_kernel(void)
{
    FakeKernel *kernel = fake_kernel_new();
    fake_kernel_add_driver(kernel, "vfio-pci");
    fake_kernel_add_function(kernel, GPU, "10de:1e37", 0x0302, "nvidia nouveau", 7);
    fake_kernel_add_function(kernel, AUDIO, "10de:10f8", 0x0403, "", 7);
    return kernel;
}

static gboolean
run(const FakeKernel *kernel, VfgStepKind kind, const char *subject, const char *from,
    const char *to, GError **error)
{
    g_autoptr(VfgStep) step = vfg_step_new(kind, subject, from, to);
    return vfg_sysfs_check_before(kernel->root, step, error) &&
           vfg_sysfs_act(kernel->root, step, DEADLINE, error) &&
           vfg_sysfs_check_after(kernel->root, step, error);
}

static void
assert_state(const FakeKernel *kernel, const char *wanted)
{
    g_autofree char *state = fake_kernel_state(kernel);
    g_assert_cmpstr(state, ==, wanted);
}

static void
test_there_and_back(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(GError) error = NULL;
    run(kernel, VFG_STEP_SET_OVERRIDE, GPU, NULL, "vfio-pci", &error);
    g_assert_no_error(error);
    run(kernel, VFG_STEP_UNBIND, GPU, "nvidia", NULL, &error);
    g_assert_no_error(error);
    assert_state(kernel, GPU " - vfio-pci\n" AUDIO " - -\n");
    run(kernel, VFG_STEP_BIND, GPU, NULL, "vfio-pci", &error);
    g_assert_no_error(error);
    assert_state(kernel, GPU " vfio-pci vfio-pci\n" AUDIO " - -\n");
    run(kernel, VFG_STEP_UNBIND, GPU, "vfio-pci", NULL, &error);
    g_assert_no_error(error);
    run(kernel, VFG_STEP_SET_OVERRIDE, GPU, "vfio-pci", NULL, &error);
    g_assert_no_error(error);
    run(kernel, VFG_STEP_BIND, GPU, NULL, "nvidia", &error);
    g_assert_no_error(error);
    assert_state(kernel, GPU " nvidia -\n" AUDIO " - -\n");
}

static void
test_before(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(GError) error = NULL;
    g_assert_false(run(kernel, VFG_STEP_UNBIND, GPU, "nouveau", NULL, &error));
    assert_error(error, VFG_ERROR_FAILED,
                 "driver of " GPU " is nvidia before the step, not nouveau");
    g_clear_error(&error);
    g_assert_false(run(kernel, VFG_STEP_BIND, GPU, NULL, "vfio-pci", &error));
    assert_error(error, VFG_ERROR_FAILED, "is nvidia before the step, not none");
    g_clear_error(&error);
    g_assert_false(run(kernel, VFG_STEP_SET_OVERRIDE, GPU, "vfio-pci", NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "driver_override of " GPU " is none before the step");
    g_clear_error(&error);
    g_assert_false(run(kernel, VFG_STEP_UNBIND, "0000:99:00.0", NULL, NULL, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "0000:99:00.0 is gone from the PCI bus");
    g_clear_error(&error);
    g_autofree char *log = fake_kernel_log(kernel);
    g_assert_cmpstr(log, ==, "");
}

/* An act that says it worked is still read back. */
static void
test_after(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(GError) error = NULL;
    fake_kernel_fail(kernel, "unbind " GPU, FAKE_NOTHING, TRUE);
    g_assert_false(run(kernel, VFG_STEP_UNBIND, GPU, "nvidia", NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "driver of " GPU " is nvidia after the step, not none");
    g_clear_error(&error);
    fake_kernel_fail(kernel, "override " GPU, FAKE_NOTHING, TRUE);
    g_assert_false(run(kernel, VFG_STEP_SET_OVERRIDE, GPU, NULL, "vfio-pci", &error));
    assert_error(error, VFG_ERROR_FAILED, "is none after the step, not vfio-pci");
}

static void
test_errors(void)
{
    static const struct {
        FakeFault fault;
        const char *text;
    } faults[] = {{FAKE_EBUSY, "Device or resource busy"},
                  {FAKE_EINVAL, "Invalid argument"},
                  {FAKE_ENODEV, "No such device"}};
    g_autoptr(FakeKernel) kernel = make_kernel();
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) unbind = NULL, override = NULL;
        fake_kernel_fail(kernel, "unbind " GPU, faults[i].fault, TRUE);
        g_assert_false(run(kernel, VFG_STEP_UNBIND, GPU, "nvidia", NULL, &unbind));
        assert_error(unbind, VFG_ERROR_FAILED, faults[i].text);
        fake_kernel_fail(kernel, "override " GPU, faults[i].fault, TRUE);
        g_assert_false(run(kernel, VFG_STEP_SET_OVERRIDE, GPU, NULL, "vfio-pci", &override));
        assert_error(override, VFG_ERROR_FAILED, faults[i].text);
    }
    g_autoptr(GError) hang = NULL;
    fake_kernel_fail(kernel, "unbind " GPU, FAKE_HANG, TRUE);
    g_assert_false(run(kernel, VFG_STEP_UNBIND, GPU, "nvidia", NULL, &hang));
    assert_error(hang, VFG_ERROR_TIMEOUT, "unbind did not return within 3 s");
    g_clear_error(&hang);
    fake_kernel_fail(kernel, "override " GPU, FAKE_HANG, TRUE);
    g_assert_false(run(kernel, VFG_STEP_SET_OVERRIDE, GPU, NULL, "vfio-pci", &hang));
    assert_error(hang, VFG_ERROR_TIMEOUT, "driver_override did not return within 3 s");
    assert_state(kernel, GPU " nvidia -\n" AUDIO " - -\n");
}

/* The kernel binds only what the driver takes; without an override that is not vfio-pci. */
static void
test_bind_refused(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(GError) error = NULL;
    g_assert_false(run(kernel, VFG_STEP_BIND, AUDIO, NULL, "vfio-pci", &error));
    assert_error(error, VFG_ERROR_FAILED, "No such device");
    g_clear_error(&error);
    g_assert_false(run(kernel, VFG_STEP_BIND, AUDIO, NULL, "snd_hda_intel", &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "the driver snd_hda_intel is not loaded");
    assert_fix(error, "modprobe");
}

static void
test_module(void)
{
    g_autoptr(FakeKernel) kernel = fake_kernel_new();
    g_autoptr(GError) error = NULL;
    fake_kernel_fail(kernel, "modprobe", FAKE_EINVAL, TRUE);
    g_assert_false(run(kernel, VFG_STEP_LOAD_MODULE, "vfio-pci", "missing", "loaded", &error));
    assert_error(error, VFG_ERROR_FAILED, "cannot load the module vfio-pci: modprobe: ERROR");
    g_clear_error(&error);
    fake_kernel_fail(kernel, "modprobe", FAKE_NOTHING, TRUE);
    g_assert_false(run(kernel, VFG_STEP_LOAD_MODULE, "vfio-pci", "missing", "loaded", &error));
    assert_error(error, VFG_ERROR_FAILED, "module state of vfio-pci is missing after the step");
    g_clear_error(&error);
    fake_kernel_fail(kernel, "modprobe", FAKE_HANG, TRUE);
    g_assert_false(run(kernel, VFG_STEP_LOAD_MODULE, "vfio-pci", "missing", "loaded", &error));
    assert_error(error, VFG_ERROR_TIMEOUT, "modprobe");
    g_clear_error(&error);
    g_assert_false(run(kernel, VFG_STEP_LOAD_MODULE, "vfio-pcj", "missing", "loaded", &error));
    assert_error(error, VFG_ERROR_FAILED, "vfio-pcj not found");
    g_clear_error(&error);
    for (guint round = 0; round < 2; round++) { /* loaded meanwhile by somebody else: fine */
        run(kernel, VFG_STEP_LOAD_MODULE, "vfio-pci", "missing", "loaded", &error);
        g_assert_no_error(error);
    }
}

/* A snapshot is never acted on. */
static void
test_snapshot(void)
{
    g_autoptr(FakeKernel) kernel = make_kernel();
    g_autoptr(VfgRoot) root = vfg_root_new(kernel->tree->top, NULL);
    g_autoptr(VfgStep) override = vfg_step_new(VFG_STEP_SET_OVERRIDE, GPU, NULL, "vfio-pci");
    g_autoptr(VfgStep) unbind = vfg_step_new(VFG_STEP_UNBIND, GPU, "nvidia", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_sysfs_act(root, override, 1, &error));
    assert_error(error, VFG_ERROR_FAILED, "snapshot");
    g_clear_error(&error);
    g_assert_false(vfg_sysfs_act(root, unbind, 1, &error));
    assert_error(error, VFG_ERROR_FAILED, "snapshot");
    assert_state(kernel, GPU " nvidia -\n" AUDIO " - -\n");
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sysfs/there-and-back", test_there_and_back);
    g_test_add_func("/sysfs/before", test_before);
    g_test_add_func("/sysfs/after", test_after);
    g_test_add_func("/sysfs/errors", test_errors);
    g_test_add_func("/sysfs/bind-refused", test_bind_refused);
    g_test_add_func("/sysfs/module", test_module);
    g_test_add_func("/sysfs/snapshot", test_snapshot);
    return g_test_run();
}
