/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans for handing a GPU over and taking it back. */

#include "plan-bind.h"

#include "assert-error.h"
#include "describe-plan.h"
#include "gpu-find.h"
#include "make-host.h"

typedef struct {
    VfgHost *host;
    VfgPciFunction *gpu, *audio, *usb;
    GPtrArray *gpus;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    f->gpu = make_function(f->host, "01:00.0", "10de:1e04", 0x0300, "nvidia", 2);
    f->audio = make_function(f->host, "01:00.1", "10de:10f7", 0x0403, "snd_hda_intel", 2);
    f->usb = make_function(f->host, "01:00.2", "10de:1ad6", 0x0c03, NULL, 2);
    make_function(f->host, "00:01.0", "8086:1901", 0x0604, "pcieport", 2);
    vfg_host_index(f->host);
    f->gpus = vfg_gpu_find_all(f->host);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->gpus);
    vfg_host_free(f->host);
}

static void
set_state(VfgPciFunction *function, const char *driver, const char *override)
{
    g_free(function->driver);
    g_free(function->driver_override);
    function->driver = g_strdup(driver);
    function->driver_override = g_strdup(override);
}

static void
assert_bind(const Fixture *f, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan->verb, ==, "bind");
    g_assert_cmpstr(plan->subject, ==, "0000:01:00.0");
    g_autofree char *text = describe_plan(plan);
    g_assert_cmpstr(text, ==, wanted);
}

static void
refuse_bind(const Fixture *f, VfgErrorCode code, const char *part, const char *fix)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], FALSE, &error);
    g_assert_null(plan);
    assert_error(error, code, part);
    assert_fix(error, fix);
}

#define BIND_ALL                                                  \
    "set driver_override of 0000:01:00.0 from none to vfio-pci\n" \
    "set driver_override of 0000:01:00.1 from none to vfio-pci\n" \
    "set driver_override of 0000:01:00.2 from none to vfio-pci\n" \
    "unbind 0000:01:00.0 from nvidia\n"                           \
    "unbind 0000:01:00.1 from snd_hda_intel\n"                    \
    "bind 0000:01:00.0 to vfio-pci\n"                             \
    "bind 0000:01:00.1 to vfio-pci\n"                             \
    "bind 0000:01:00.2 to vfio-pci\n"

static void
test_bind(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_bind(f, BIND_ALL);
    f->host->vfio_pci = VFG_MODULE_AVAILABLE;
    assert_bind(f, "load the module vfio-pci\n" BIND_ALL);
}

/* The preconditions are what was found. */
static void
test_preconditions(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_state(f->gpu, "nvidia", "nvidia");
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], FALSE, NULL);
    const VfgStep *override = plan->steps->pdata[0], *unbind = plan->steps->pdata[3],
                  *bind = plan->steps->pdata[5];
    g_assert_cmpstr(override->from, ==, "nvidia");
    g_assert_cmpstr(override->to, ==, "vfio-pci");
    g_assert_cmpstr(unbind->from, ==, "nvidia");
    g_assert_null(unbind->to);
    g_assert_null(bind->from);
    g_assert_cmpstr(bind->to, ==, "vfio-pci");
}

static void
test_bound_already(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_state(f->gpu, "vfio-pci", "vfio-pci");
    set_state(f->audio, "vfio-pci", NULL); /* by vfio-pci.ids= */
    set_state(f->usb, "vfio-pci", "vfio-pci");
    assert_bind(f, "");
    f->host->vfio_pci = VFG_MODULE_AVAILABLE;
    assert_bind(f, "");
}

static void
test_bound_partly(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_state(f->gpu, "vfio-pci", "vfio-pci");
    set_state(f->usb, NULL, "vfio-pci");
    assert_bind(f, "set driver_override of 0000:01:00.1 from none to vfio-pci\n"
                   "unbind 0000:01:00.1 from snd_hda_intel\n"
                   "bind 0000:01:00.1 to vfio-pci\n"
                   "bind 0000:01:00.2 to vfio-pci\n");
}

static void
test_peer(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgPciFunction *peer = make_function(f->host, "02:00.0", "144d:a808", 0x0108, "nvme", 2);
    g_ptr_array_unref(f->gpus);
    vfg_host_index(f->host);
    f->gpus = vfg_gpu_find_all(f->host);
    refuse_bind(f, VFG_ERROR_REFUSED,
                "0000:01:00.0 shares IOMMU group 2 with 0000:02:00.0, which its driver nvme uses",
                "slot");
    set_state(peer, NULL, NULL);
    assert_bind(f, BIND_ALL); /* and the peer is left alone */
}

static void
test_boot_display(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->gpu->boot_display = TRUE;
    refuse_bind(f, VFG_ERROR_REFUSED, "is the boot display", "--force-boot-display");
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], TRUE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->steps->len, ==, 8);
}

static void
test_host_lacks(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host->vfio_pci = VFG_MODULE_MISSING;
    refuse_bind(f, VFG_ERROR_FAILED, "kernel 6.1.0-31-amd64 has no vfio-pci module", "modules");
    g_clear_pointer(&f->host->kernel_release, g_free);
    refuse_bind(f, VFG_ERROR_FAILED, "(unknown)", "modules");
    f->host->vfio_pci = VFG_MODULE_LOADED;
    f->gpu->iommu_group = -1;
    refuse_bind(f, VFG_ERROR_FAILED, "it is in no IOMMU group", "check");
    g_ptr_array_set_size(f->host->groups, 0);
    refuse_bind(f, VFG_ERROR_FAILED, "the IOMMU is off", "VT-d");
}

static GPtrArray *
priors(const char *driver, const char *override)
{
    GPtrArray *priors = vfg_prior_states_new();
    g_ptr_array_add(priors, vfg_prior_state_new(make_address("01:00.0"), driver, override));
    g_ptr_array_add(priors, vfg_prior_state_new(make_address("01:00.1"), "snd_hda_intel", NULL));
    g_ptr_array_add(priors, vfg_prior_state_new(make_address("01:00.2"), NULL, NULL));
    return priors;
}

static void
assert_restore(const Fixture *f, const char *driver, const char *override, const char *wanted)
{
    g_autoptr(GPtrArray) before = priors(driver, override);
    g_autoptr(VfgPlan) plan = vfg_plan_restore(f->host, "0000:01:00.0", before);
    g_autofree char *text = describe_plan(plan);
    g_assert_cmpstr(plan->verb, ==, "unbind");
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_restore(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_restore(f, "nvidia", NULL, ""); /* all is as it was */
    set_state(f->gpu, "vfio-pci", "vfio-pci");
    set_state(f->audio, "vfio-pci", "vfio-pci");
    set_state(f->usb, "vfio-pci", "vfio-pci");
    assert_restore(f, "nvidia", "nvidia",
                   "unbind 0000:01:00.0 from vfio-pci\n"
                   "unbind 0000:01:00.1 from vfio-pci\n"
                   "unbind 0000:01:00.2 from vfio-pci\n"
                   "set driver_override of 0000:01:00.0 from vfio-pci to nvidia\n"
                   "set driver_override of 0000:01:00.1 from vfio-pci to none\n"
                   "set driver_override of 0000:01:00.2 from vfio-pci to none\n"
                   "bind 0000:01:00.0 to nvidia\n"
                   "bind 0000:01:00.1 to snd_hda_intel\n");
}

/* Left halfway: unbound, or only with an override. */
static void
test_restore_partly(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_state(f->gpu, NULL, "vfio-pci");
    set_state(f->audio, "snd_hda_intel", "vfio-pci");
    assert_restore(f, "nvidia", NULL,
                   "set driver_override of 0000:01:00.0 from vfio-pci to none\n"
                   "set driver_override of 0000:01:00.1 from vfio-pci to none\n"
                   "bind 0000:01:00.0 to nvidia\n");
}

/* A driver that somebody else bound since stays; a function that was with vfio-pci stays there; one
 * that is gone is passed over. */
static void
test_restore_others(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_state(f->gpu, "nouveau", "vfio-pci");
    assert_restore(f, "nvidia", NULL,
                   "set driver_override of 0000:01:00.0 from vfio-pci to none\n");
    set_state(f->gpu, "vfio-pci", "vfio-pci");
    assert_restore(f, "vfio-pci", "vfio-pci", "");
    set_state(f->gpu, NULL, NULL);
    assert_restore(f, "vfio-pci", "vfio-pci",
                   "set driver_override of 0000:01:00.0 from none to vfio-pci\n"
                   "bind 0000:01:00.0 to vfio-pci\n");
    g_autoptr(GPtrArray) gone = vfg_prior_states_new();
    g_ptr_array_add(gone, vfg_prior_state_new(make_address("99:00.0"), "nvidia", NULL));
    g_autoptr(VfgPlan) plan = vfg_plan_restore(f->host, "0000:99:00.0", gone);
    g_assert_cmpuint(plan->steps->len, ==, 0);
}

static void
test_prior_state(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    set_state(f->audio, "snd_hda_intel", "x");
    g_autoptr(GPtrArray) found = vfg_prior_state_of_gpu(f->gpus->pdata[0]);
    const VfgPriorState *gpu = found->pdata[0], *audio = found->pdata[1], *usb = found->pdata[2];
    g_assert_cmpuint(found->len, ==, 3);
    g_assert_cmpstr(gpu->driver, ==, "nvidia");
    g_assert_null(gpu->driver_override);
    g_assert_cmpstr(audio->driver_override, ==, "x");
    g_assert_null(usb->driver);
    g_assert_cmpint(vfg_pci_address_compare(usb->address, make_address("01:00.2")), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/plan-bind/bind", test_bind},
        {"/plan-bind/preconditions", test_preconditions},
        {"/plan-bind/bound-already", test_bound_already},
        {"/plan-bind/bound-partly", test_bound_partly},
        {"/plan-bind/peer", test_peer},
        {"/plan-bind/boot-display", test_boot_display},
        {"/plan-bind/host-lacks", test_host_lacks},
        {"/plan-bind/restore", test_restore},
        {"/plan-bind/restore-partly", test_restore_partly},
        {"/plan-bind/restore-others", test_restore_others},
        {"/plan-bind/prior-state", test_prior_state},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
