/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans for starting and stopping a VM. */

#include "plan-vm.h"

#include "assert-error.h"
#include "describe-plan.h"
#include "gpu-find.h"
#include "make-host.h"
#include "plan-bind.h"

typedef struct {
    VfgHost *host;
    VfgVmdef *vmdef;
    GPtrArray *gpus;
    GPtrArray *no_disks;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    make_function(f->host, "01:00.0", "10de:1e37", 0x0302, "nvidia", 1);
    make_function(f->host, "02:00.0", "10de:1e37", 0x0302, NULL, 2);
    vfg_host_index(f->host);
    f->gpus = vfg_gpu_find_all(f->host);
    f->vmdef = vfg_vmdef_new();
    f->vmdef->name = g_strdup("d2l");
    f->no_disks = g_ptr_array_new();
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->no_disks);
    vfg_vmdef_free(f->vmdef);
    g_ptr_array_unref(f->gpus);
    vfg_host_free(f->host);
}

static void
want_gpu(const Fixture *f, const char *selector)
{
    g_ptr_array_add(f->vmdef->gpus, g_strdup(selector));
}

static VfgPlan *
plan_start(const Fixture *f, const GPtrArray *missing_disks, VfgWait wait, GError **error)
{
    g_autoptr(GPtrArray) gpus = vfg_plan_vm_gpus(f->vmdef, f->gpus, error);
    g_assert_nonnull(gpus);
    return vfg_plan_start(f->host, f->vmdef, gpus, missing_disks, wait, &(VfgConsent){0}, error);
}

static void
assert_start(const Fixture *f, VfgWait wait, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = plan_start(f, f->no_disks, wait, &error);
    g_assert_no_error(error);
    g_autofree char *text = describe_plan(plan);
    g_assert_cmpstr(text, ==, wanted);
    g_assert_cmpstr(plan->verb, ==, "start");
    g_assert_cmpstr(plan->subject, ==, "d2l");
}

static void
test_gpus(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    want_gpu(f, "02:00.0");
    want_gpu(f, "10de:1e37[0]");
    g_autoptr(GPtrArray) gpus = vfg_plan_vm_gpus(f->vmdef, f->gpus, &error);
    g_assert_cmpuint(gpus->len, ==, 2);
    g_assert_true(gpus->pdata[0] == f->gpus->pdata[1]);
    g_assert_true(gpus->pdata[1] == f->gpus->pdata[0]);
    want_gpu(f, "nvidia[1]");
    g_assert_null(vfg_plan_vm_gpus(f->vmdef, f->gpus, &error));
    assert_error(error, VFG_ERROR_AMBIGUOUS, "of d2l mean the same GPU 0000:02:00.0");
    g_clear_error(&error);
    g_ptr_array_set_size(f->vmdef->gpus, 0);
    want_gpu(f, "amd");
    g_assert_null(vfg_plan_vm_gpus(f->vmdef, f->gpus, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "amd");
}

static void
test_start(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_start(f, VFG_WAIT_NONE, "define the domain d2l\nboot d2l\n");
    want_gpu(f, "01:00.0");
    assert_start(f, VFG_WAIT_AGENT,
                 "set driver_override of 0000:01:00.0 from none to vfio-pci\n"
                 "unbind 0000:01:00.0 from nvidia\n"
                 "bind 0000:01:00.0 to vfio-pci\n"
                 "define the domain d2l\nboot d2l\nwait for the agent in d2l\n");
}

/* The module is loaded once. */
static void
test_two_gpus(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host->vfio_pci = VFG_MODULE_AVAILABLE;
    want_gpu(f, "02:00.0");
    want_gpu(f, "01:00.0");
    assert_start(f, VFG_WAIT_NONE,
                 "load the module vfio-pci\n"
                 "set driver_override of 0000:02:00.0 from none to vfio-pci\n"
                 "set driver_override of 0000:01:00.0 from none to vfio-pci\n"
                 "unbind 0000:01:00.0 from nvidia\n"
                 "bind 0000:02:00.0 to vfio-pci\n"
                 "bind 0000:01:00.0 to vfio-pci\n"
                 "define the domain d2l\nboot d2l\n");
}

static void
test_disks(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    vfg_vmdef_add_disk(f->vmdef, "/images/d2l.qcow2", "/images/base.qcow2", "qcow2", 0);
    g_autoptr(VfgPlan) plan = plan_start(f, f->vmdef->disks, VFG_WAIT_NONE, &error);
    g_autofree char *text = describe_plan(plan);
    g_assert_cmpstr(text, ==,
                    "create the disk /images/d2l.qcow2 from /images/base.qcow2\n"
                    "define the domain d2l\nboot d2l\n");
}

/* What one GPU refuses stops all. */
static void
test_refused(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    want_gpu(f, "01:00.0");
    want_gpu(f, "02:00.0");
    ((VfgPciFunction *)f->host->functions->pdata[1])->boot_display = TRUE;
    g_assert_null(plan_start(f, f->no_disks, VFG_WAIT_NONE, &error));
    assert_error(error, VFG_ERROR_REFUSED, "0000:02:00.0 is the boot display");
}

static GPtrArray *
make_restores(const Fixture *f)
{
    GPtrArray *restores = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_plan_free);
    for (guint i = 0; i < f->gpus->len; i++) {
        VfgPlan *plan = vfg_plan_new("unbind", "x");
        vfg_plan_add(plan, VFG_STEP_UNBIND, i ? "b" : "a", "vfio-pci", NULL);
        g_ptr_array_add(restores, plan);
    }
    return restores;
}

static void
test_stop(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        gboolean running, force;
        const char *wanted;
    } cases[] = {
        {TRUE, FALSE, "shut down d2l\nunbind a from vfio-pci\nunbind b from vfio-pci\n"},
        {TRUE, TRUE, "switch off d2l\nunbind a from vfio-pci\nunbind b from vfio-pci\n"},
        {FALSE, FALSE, "unbind a from vfio-pci\nunbind b from vfio-pci\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) restores = make_restores(f);
        g_autoptr(VfgPlan) plan = vfg_plan_stop("d2l", cases[i].running, cases[i].force, restores);
        g_autofree char *text = describe_plan(plan);
        g_assert_cmpstr(text, ==, cases[i].wanted);
        g_assert_cmpstr(plan->verb, ==, "stop");
        g_assert_cmpuint(restores->len, ==, 0);
    }
}

static void
assert_notes(const VfgSizing *sizing, const VfgLocality *locality, const char *wanted)
{
    g_autoptr(VfgPlan) plan = vfg_plan_new("start", "d2l");
    vfg_plan_note_domain(plan, sizing, locality);
    g_ptr_array_add(plan->notes, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)plan->notes->pdata);
    g_ptr_array_set_size(plan->notes, (int)plan->notes->len - 1);
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_notes(Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    const VfgLocality anywhere = {.node = -1};
    const guint64 gib = 1 << 30;
    assert_notes(&(VfgSizing){.needs64 = gib}, &anywhere, "");
    assert_notes(&(VfgSizing){.needs64 = 33 * gib, .hole_size = 64 * gib, .fw_cfg_mib = 65536},
                 &(VfgLocality){1, "4-7", TRUE, gib},
                 "the guest gets a 64-bit window of 64 GiB for 33 GiB of BARs\n"
                 "its memory comes from NUMA node 1\nits vCPUs run on the CPUs 4-7\n"
                 "its memory is in huge pages of 1 GiB");
    assert_notes(&(VfgSizing){.needs_realloc = TRUE}, &anywhere,
                 "the guest's kernel needs pci=realloc: its firmware can't place the BARs");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/plan-vm/gpus", test_gpus},         {"/plan-vm/start", test_start},
        {"/plan-vm/two-gpus", test_two_gpus}, {"/plan-vm/disks", test_disks},
        {"/plan-vm/refused", test_refused},   {"/plan-vm/stop", test_stop},
        {"/plan-vm/notes", test_notes},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
