/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans for handing a GPU over and taking it back. */

#include "plan-bind.h"

#include "assert-error.h"
#include "describe-plan.h"
#include "gpu-find.h"
#include "make-host.h"

#include <string.h>

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
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], &(VfgConsent){0}, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan->verb, ==, "bind");
    g_assert_cmpstr(plan->subject, ==, "0000:01:00.0");
    g_autofree char *text = describe_plan(plan);
    g_assert_cmpstr(text, ==, wanted);
}

static void
refuse_with(const Fixture *f, const VfgConsent *consent, VfgErrorCode code, const char *part,
            const char *fix)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], consent, &error);
    g_assert_null(plan);
    assert_error(error, code, part);
    assert_fix(error, fix);
}

static void
refuse_bind(const Fixture *f, VfgErrorCode code, const char *part, const char *fix)
{
    refuse_with(f, &(VfgConsent){0}, code, part, fix);
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
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], &(VfgConsent){0}, NULL);
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
find_again(Fixture *f)
{
    g_ptr_array_unref(f->gpus);
    vfg_host_index(f->host);
    f->gpus = vfg_gpu_find_all(f->host);
}

/* A peer that was named goes along; one that the host needs never does. */
static void
test_allow(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) allowed = g_ptr_array_new();
    const VfgConsent consent = {TRUE, TRUE, allowed};
    VfgPciFunction *disk = make_function(f->host, "02:00.0", "144d:a808", 0x0108, "nvme", 2);
    find_again(f);
    f->host->mounts_known = f->host->swaps_known = f->host->routes_known = TRUE;
    refuse_bind(f, VFG_ERROR_REFUSED, "0000:02:00.0", "--allow 0000:02:00.0");
    g_ptr_array_add(allowed, (gpointer) "0000:02:00.0");
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], &consent, &error);
    g_assert_no_error(error);
    g_autofree char *text = describe_plan(plan);
    g_assert_nonnull(strstr(text, "unbind 0000:02:00.0 from nvme\n"));
    g_assert_nonnull(strstr(text, "bind 0000:02:00.0 to vfio-pci\n"));
    g_autoptr(GPtrArray) priors = vfg_prior_state_with_peers(f->gpus->pdata[0], &consent);
    g_assert_cmpuint(priors->len, ==, 4);

    g_ptr_array_add(f->host->usages,
                    vfg_usage_new(VFG_USAGE_MOUNT, &disk->address, "/srv", "nvme0n1p1"));
    refuse_with(f, &consent, VFG_ERROR_REFUSED,
                "the host needs 0000:02:00.0 (nvme): /srv is mounted from it", "no option");
    refuse_bind(f, VFG_ERROR_REFUSED, "which its driver nvme uses: /srv is mounted from it",
                "no option allows");
    g_ptr_array_set_size(f->host->usages, 0);
    g_ptr_array_add(f->host->usages, vfg_usage_new(VFG_USAGE_SWAP, NULL, "/dev/dm-0", "dm-0"));
    refuse_with(f, &consent, VFG_ERROR_REFUSED, "the host may need 0000:02:00.0 (nvme)",
                "no option");
    g_ptr_array_set_size(f->host->usages, 0);
    f->host->mounts_known = FALSE;
    refuse_with(f, &consent, VFG_ERROR_REFUSED, "the host's mounts", "no option");

    g_ptr_array_add(allowed, (gpointer) "0000:03:00.0");
    refuse_with(f, &consent, VFG_ERROR_USAGE, "0000:03:00.0 does not share", "vfiogpu show");
}

static void
test_network(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) allowed = g_ptr_array_new();
    const VfgConsent consent = {TRUE, TRUE, allowed};
    VfgPciFunction *nic = make_function(f->host, "02:00.0", "8086:1521", 0x0200, "igb", 2);
    find_again(f);
    g_ptr_array_add(allowed, (gpointer) "0000:02:00.0");
    f->host->routes_known = TRUE;
    g_ptr_array_add(f->host->usages,
                    vfg_usage_new(VFG_USAGE_DEFAULT_ROUTE, &nic->address, "br0", "eth0"));
    refuse_with(f, &consent, VFG_ERROR_REFUSED,
                "0000:02:00.0 (igb): the default route goes through it (br0)", "no option");
}

static void
hold(Fixture *f, const char *command, const char *file)
{
    VfgHolder *holder = vfg_holder_new(812, file);
    holder->command = g_strdup(command);
    holder->uid = 1000;
    holder->has_function = TRUE;
    holder->function = f->gpu->address;
    g_ptr_array_add(f->host->holders, holder);
}

static void
test_in_use(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const VfgConsent consent = {.force_in_use = TRUE};
    hold(f, "python3", "/dev/nvidia0");
    refuse_bind(f, VFG_ERROR_REFUSED,
                "in use: process 812 (python3, user 1000) has /dev/nvidia0 open", "--force-in-use");
    g_ptr_array_set_size(f->host->holders, 0);
    hold(f, "nvidia-persiste", "/dev/nvidia0");
    refuse_bind(f, VFG_ERROR_REFUSED, "nvidia-persiste", "systemctl stop nvidia-persistenced");
    f->host->modules = vfg_modules_parse("nvidia 1 7 nvidia_uvm,nvidia_modeset, Live 0x0\n"
                                         "nvidia_drm 1 0 - Live 0x0\nnvidia_uvm 1 2 - Live 0x0\n");
    VfgHolder *common = vfg_holder_new(813, "/dev/nvidiactl");
    g_ptr_array_add(f->host->holders, common);
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0], &consent, &error);
    g_assert_no_error(error);
    g_autofree char *text = describe_plan(plan);
    g_assert_cmpstr(text, ==, BIND_ALL);
    g_assert_cmpuint(plan->notes->len, ==, 4);
    g_assert_cmpstr(plan->notes->pdata[0], ==, "process 813 (?, user -1) has /dev/nvidiactl open");
    g_assert_cmpstr(plan->notes->pdata[1], ==,
                    "the module nvidia is in use 5 times by other than modules; modules that use "
                    "it: nvidia_uvm, nvidia_modeset");
}

static void
test_stuck(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->audio->stuck = TRUE;
    refuse_bind(f, VFG_ERROR_FAILED, "a driver hangs in 0000:01:00.1 (snd_hda_intel)", "dmesg");
}

/* Two GPUs of one VM in one group are not in each other's way; all are unbound before one is bound.
 */
static void
test_together(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    make_function(f->host, "02:00.0", "10de:1e04", 0x0300, "nouveau", 2);
    find_again(f);
    refuse_bind(f, VFG_ERROR_REFUSED, "with 0000:02:00.0, which its driver nouveau uses", "slot");
    g_autoptr(VfgPlan) plan = vfg_plan_bind_all(f->host, f->gpus, "d2l", &(VfgConsent){0}, &error);
    g_assert_no_error(error);
    g_autofree char *text = describe_plan(plan);
    const char *unbind = strstr(text, "unbind 0000:02:00.0 from nouveau\n");
    g_assert_nonnull(unbind);
    g_assert_true(unbind < strstr(text, "bind 0000:01:00.0 to vfio-pci\n"));
}

/* The same rules right before the act. */
static void
test_still_harmless(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const VfgConsent none = {0};
    g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_step_free);
    g_ptr_array_add(steps, vfg_step_new(VFG_STEP_UNBIND, "0000:01:00.0", "nvidia", NULL));
    g_ptr_array_add(steps, vfg_step_new(VFG_STEP_UNBIND, "0000:01:00.1", "snd_hda_intel", NULL));
    g_assert_true(vfg_plan_still_harmless(f->host, f->gpus, steps, &none, &error));
    hold(f, "X", "/dev/dri/card0");
    g_assert_false(vfg_plan_still_harmless(f->host, f->gpus, steps, &none, &error));
    assert_error(error, VFG_ERROR_REFUSED, "process 812 (X");
    g_clear_error(&error);
    g_assert_true(vfg_plan_still_harmless(f->host, f->gpus, steps,
                                          &(VfgConsent){.force_in_use = TRUE}, &error));
    g_ptr_array_add(f->host->usages,
                    vfg_usage_new(VFG_USAGE_MOUNT, &f->audio->address, "/x", "sda"));
    g_assert_false(vfg_plan_still_harmless(f->host, f->gpus, steps,
                                           &(VfgConsent){.force_in_use = TRUE}, &error));
    assert_error(error, VFG_ERROR_REFUSED, "/x is mounted");
}

static void
test_boot_display(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->gpu->boot_display = TRUE;
    refuse_bind(f, VFG_ERROR_REFUSED, "is the boot display", "--force-boot-display");
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_bind(f->host, f->gpus->pdata[0],
                                            &(VfgConsent){.force_boot_display = TRUE}, &error);
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
        {"/plan-bind/allow", test_allow},
        {"/plan-bind/network", test_network},
        {"/plan-bind/in-use", test_in_use},
        {"/plan-bind/stuck", test_stuck},
        {"/plan-bind/together", test_together},
        {"/plan-bind/still-harmless", test_still_harmless},
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
