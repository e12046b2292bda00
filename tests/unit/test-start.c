/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Starting and stopping VMs on the fake kernel and a libvirt in memory: whatever fails, drivers,
 * overrides, journals, domains and disks are as before, or the error says that it must be
 * recovered, and `recover` does. */

#include "start.h"

#include "assert-error.h"
#include "bind.h"
#include "claim.h"
#include "growth.h"
#include "custody-show.h"
#include "fake-kernel.h"
#include "fake-virt.h"
#include "give-back.h"
#include "recover.h"
#include "start-record.h"
#include "stop.h"
#include "stride.h"

#include <glib/gstdio.h>

#define GPU "0000:82:00.0"
#define AUDIO "0000:82:00.1"
#define BEFORE GPU " nvidia -\n" AUDIO " snd_hda_intel -\n"
#define BOUND GPU " vfio-pci vfio-pci\n" AUDIO " vfio-pci vfio-pci\n"
#define ROUNDS 100
#define VMDEF                                                                        \
    "<vmdef name='%s'><memory unit='MiB'>512</memory><disk file='%s' format='raw'/>" \
    "<gpu select='82:00.0'/><guest profile='none'/></vmdef>"

typedef struct {
    FakeKernel *kernel;
    TempTree *state;
    VfgVirt *virt;
    VfgApp *app;
} Stage;

static void
put_vmdef(const Stage *stage, const char *name)
{
    g_autofree char *text = g_strdup_printf(VMDEF, name, "/disk.raw");
    g_autofree char *path = g_strdup_printf("vmdefs/%s.xml", name);
    temp_tree_put(stage->state, path, text);
}

static void
put_host(const Stage *stage)
{
    const TempTree *tree = stage->kernel->tree;
    fake_kernel_add_driver(stage->kernel, "vfio-pci");
    fake_kernel_add_function(stage->kernel, GPU, "10de:1e04", 0x0300, "nvidia nouveau", 7);
    fake_kernel_add_function(stage->kernel, AUDIO, "10de:10f7", 0x0403, "snd_hda_intel", 7);
    temp_tree_put(tree, "proc/sys/kernel/random/boot_id", "aaaa\n");
    temp_tree_put(tree, "disk.raw", "x");
    temp_tree_put(tree, "proc/sys/kernel/arch", "x86_64\n");
    temp_tree_put(tree, "dev/kvm", "");
    temp_tree_put(tree, "usr/bin/qemu-system-x86_64", "");
    temp_tree_put(tree, "code.fd", "");
    temp_tree_put(tree, "usr/share/qemu/firmware/60.json",
                  "{\"interface-types\": [\"uefi\"], \"targets\": [{\"architecture\": \"x86_64\", "
                  "\"machines\": [\"pc-q35-*\"]}], \"mapping\": {\"device\": \"flash\", "
                  "\"executable\": {\"filename\": \"/code.fd\", \"format\": \"raw\"}}}");
}

/* The data as it is installed. */
static char *
link_data(const TempTree *tree)
{
    static const char *const folders[] = {"errors.d", "findings.d", "gpus.d"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_strdup_printf("data/%s", folders[i]);
        g_autofree char *target = g_strdup_printf(VFG_TOP_SRCDIR "/data/%s", folders[i]);
        temp_tree_link(tree, path, target);
    }
    temp_tree_link(tree, "data/vmdefs", VFG_TOP_SRCDIR "/vmdefs");
    return temp_tree_path(tree, "data");
}

static void
set_up(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    stage->kernel = fake_kernel_new();
    stage->state = temp_tree_new();
    stage->virt = fake_virt_new();
    g_autofree char *data_dir = link_data(stage->state);
    const VfgAppPaths paths = {.data_dir = data_dir, .state_dir = stage->state->top};
    stage->app = vfg_app_new(&paths, &error);
    g_assert_no_error(error);
    vfg_root_free(stage->app->root);
    stage->app->root = stage->kernel->root;
    stage->app->live = FALSE;
    stage->app->virt = stage->virt;
    g_ptr_array_set_size(stage->app->vmdef_dirs, 0);
    g_ptr_array_add(stage->app->vmdef_dirs, temp_tree_path(stage->state, "vmdefs"));
    put_host(stage);
    put_vmdef(stage, "box");
    put_vmdef(stage, "rival");
}

static void
tear_down(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    stage->app->root = NULL;
    vfg_app_free(stage->app);
    temp_tree_free(stage->state);
    fake_kernel_free(stage->kernel);
}

static void
assert_host(const Stage *stage, const char *functions, const char *domains, gboolean journal)
{
    g_autofree char *state = fake_kernel_state(stage->kernel);
    g_autofree char *virt = fake_virt_describe(stage->virt);
    g_assert_cmpstr(state, ==, functions);
    g_assert_cmpstr(virt, ==, domains);
    g_assert_cmpint(temp_tree_has(stage->state, "journal/" GPU), ==, journal);
}

static void
assert_no_record(const Stage *stage)
{
    g_assert_false(temp_tree_has(stage->state, "starts/box"));
}

static gboolean
start(const Stage *stage, VfgWait wait, GError **error)
{
    const VfgStartOptions options = {.wait = wait, .timeout = 1};
    g_autoptr(VfgPlan) plan = vfg_app_start(stage->app, "box", &options, error);
    return plan != NULL;
}

static void
assert_starts(const Stage *stage)
{
    g_autoptr(GError) error = NULL;
    gboolean good = start(stage, VFG_WAIT_BOOT, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    assert_no_record(stage);
}

static void
assert_recovers(const Stage *stage, const char *said)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    gboolean good = vfg_app_recover(stage->app, lines, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_ptr_array_add(lines, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)lines->pdata);
    if (said && !strstr(text, said))
        g_error("'%s' does not say '%s'", text, said);
    g_assert_cmpint(lines->len > 1, ==, said != NULL);
}

/* What `show` tells of the journal. */
static void
assert_custody(Stage *stage, const char *wanted)
{
    stage->app->live = TRUE;
    json_t *json = vfg_app_custody_to_json(stage->app, GPU);
    g_autoptr(GPtrArray) lines = vfg_app_custody_lines(stage->app, GPU);
    stage->app->live = FALSE;
    g_autofree char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(json);
    g_assert_cmpstr(text, ==, wanted);
    g_assert_cmpuint(lines->len, ==, g_str_equal(wanted, "null") ? 0 : 3);
    if (lines->len)
        g_assert_cmpstr(lines->pdata[0], ==, "handed over for the VM box");
}

static void
test_start_stop(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const VfgStopOptions options = {0};
    assert_starts(stage);
    g_autofree char *state = fake_kernel_state(stage->kernel);
    g_assert_cmpstr(state, ==, BOUND);
    assert_recovers(stage, NULL);
    assert_custody(stage, "{\"vm\":\"box\",\"complete\":true,\"functions\":[{\"address\":\"" GPU
                          "\",\"driver\":\"nvidia\",\"driver_override\":null},{\"address\":\"" AUDIO
                          "\",\"driver\":\"snd_hda_intel\",\"driver_override\":null}]}");
    g_autoptr(VfgPlan) plan = vfg_app_stop(stage->app, "box", &options, &error);
    g_assert_no_error(error);
    g_assert_nonnull(plan);
    g_assert_true(vfg_virt_undefine(stage->virt, "box", FALSE, NULL));
    assert_host(stage, BEFORE, "", FALSE);
    assert_custody(stage, "null");
}

/* The boot display is started with only by one who says so, and comes back at the stop. */
static void
test_boot_display(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const VfgStartOptions forced = {.consent.force_boot_display = TRUE};
    const VfgStopOptions stop_options = {.force = TRUE};
    temp_tree_put(stage->kernel->tree, "sys/bus/pci/devices/" GPU "/boot_vga", "1\n");
    g_assert_false(start(stage, VFG_WAIT_NONE, &error));
    assert_error(error, VFG_ERROR_REFUSED, "is the boot display");
    assert_fix(error, "--force-boot-display");
    assert_host(stage, BEFORE, "", FALSE);
    g_clear_error(&error);
    g_autoptr(VfgPlan) begun = vfg_app_start(stage->app, "box", &forced, &error);
    g_assert_no_error(error);
    assert_host(stage, BOUND, "box running 2031\n", TRUE);
    g_autoptr(VfgPlan) ended = vfg_app_stop(stage->app, "box", &stop_options, &error);
    g_assert_no_error(error);
    g_assert_true(begun && ended);
    assert_host(stage, BEFORE, "box shut off 2031\n", FALSE);
}

/* Whatever libvirt answers with an error: nothing is left, be the domain new or an old one. */
static void
test_failures(Stage *stage, gconstpointer data)
{
    static const struct {
        const char *what;
        FakeVirtFault fault;
        VfgErrorCode code;
    } faults[] = {
        {"define", FAKE_VIRT_FAILS, VFG_ERROR_FAILED},
        {"define", FAKE_VIRT_HALF, VFG_ERROR_TIMEOUT},
        {"boot", FAKE_VIRT_FAILS, VFG_ERROR_FAILED},
        {"boot", FAKE_VIRT_HALF, VFG_ERROR_TIMEOUT},
        {"boot", FAKE_VIRT_DIES_AFTER, VFG_ERROR_FAILED},
        {"reads", FAKE_VIRT_FAILS, VFG_ERROR_FAILED},
    };
    const char *domains = data ? "box shut off 9\n" : "";
    if (data)
        fake_virt_put(stage->virt, "box", "<domain/>", VFG_DOMAIN_SHUT_OFF);
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        fake_virt_set_fault(stage->virt, faults[i].what, faults[i].fault);
        g_assert_false(start(stage, VFG_WAIT_BOOT, &error));
        assert_error(error, faults[i].code, "");
        fake_virt_heal(stage->virt);
        assert_host(stage, BEFORE, domains, FALSE);
        assert_no_record(stage);
    }
    assert_starts(stage);
}

/* All in one process, as vfiogpud lives: nothing is left behind. */
static void
test_round_trips(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    guint rounds = MAX(4, ROUNDS / test_stride());
    Growth growth = {0};
    for (guint i = 0; i < rounds; i++) {
        g_autoptr(GError) error = NULL;
        assert_starts(stage);
        g_autoptr(VfgPlan) plan G_GNUC_UNUSED =
            vfg_app_stop(stage->app, "box", &(VfgStopOptions){0}, &error);
        g_assert_no_error(error);
        g_assert_true(vfg_virt_undefine(stage->virt, "box", FALSE, &error));
        assert_host(stage, BEFORE, "", FALSE);
        if (i == rounds / 4)
            growth = growth_begin();
    }
    growth_assert_none(growth, rounds);
}

/* A libvirtd that answers nothing any more: the GPU stays, and `recover` settles it later. */
static void
test_gone(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const whats[] = {"define", "boot", "reads"};
    for (gsize i = 0; i < G_N_ELEMENTS(whats); i++) {
        g_autoptr(GError) error = NULL;
        fake_virt_set_fault(stage->virt, whats[i], FAKE_VIRT_GONE);
        g_assert_false(start(stage, VFG_WAIT_BOOT, &error));
        assert_error(error, VFG_ERROR_RECOVER, "did not answer");
        g_autofree char *state = fake_kernel_state(stage->kernel);
        g_assert_cmpstr(state, ==, BOUND);
        fake_virt_heal(stage->virt);
        if (i == 2) /* it runs: that is left alone, until it ends */
            assert_recovers(stage, "box runs");
        if (i == 2)
            fake_virt_shut_down(stage->virt, "box");
        assert_recovers(stage, GPU " was given back: box is off");
        assert_recovers(stage, NULL);
        if (i == 2)
            g_assert_true(vfg_virt_undefine(stage->virt, "box", FALSE, NULL));
        assert_host(stage, BEFORE, "", FALSE);
        assert_no_record(stage);
    }
}

/* A guest that shut itself down has its GPU taken by the next command that wants it. */
static void
test_self_shutdown(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const VfgStartOptions options = {0};
    assert_starts(stage);
    g_assert_null(vfg_app_start(stage->app, "rival", &options, &error));
    assert_error(error, VFG_ERROR_FAILED, "belongs to the VM box");
    g_clear_error(&error);
    fake_virt_shut_down(stage->virt, "box");
    g_autoptr(VfgPlan) plan = vfg_app_start(stage->app, "rival", &options, &error);
    g_assert_no_error(error);
    g_assert_nonnull(plan);
    g_autoptr(GPtrArray) journals = vfg_vm_journals(stage->app, "rival", &error);
    g_assert_cmpuint(journals->len, ==, 1);
}

/* So have `bind`, which keeps it, and `unbind`. */
static void
test_released(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const VfgBindOptions options = {0};
    assert_starts(stage);
    g_assert_null(vfg_app_unbind(stage->app, GPU, &options, &error));
    assert_error(error, VFG_ERROR_REFUSED, "belongs to the VM box");
    g_clear_error(&error);
    fake_virt_shut_down(stage->virt, "box");
    g_autoptr(VfgPlan) unbind = vfg_app_unbind(stage->app, GPU, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(unbind->steps->len, ==, 0);
    g_assert_true(vfg_virt_undefine(stage->virt, "box", FALSE, NULL));
    assert_host(stage, BEFORE, "", FALSE);
    assert_starts(stage);
    fake_virt_shut_down(stage->virt, "box");
    g_autoptr(VfgPlan) bind = vfg_app_bind(stage->app, GPU, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(bind->steps->len, >, 0);
    g_autoptr(GPtrArray) journals = vfg_vm_journals(stage->app, "box", &error);
    g_assert_cmpuint(journals->len, ==, 0);
    assert_recovers(stage, NULL);
}

typedef struct {
    Stage *stage;
    VfgClaim *claim;
} Other;

/* Another command has the GPU, hands it over, and lets go of it. */
static gpointer
hand_over(gpointer data)
{
    Other *other = data;
    static const char *const writes[][2] = {
        {"/sys/bus/pci/devices/" GPU "/driver_override", "vfio-pci"},
        {"/sys/bus/pci/devices/" AUDIO "/driver_override", "vfio-pci"},
        {"/sys/bus/pci/drivers/nvidia/unbind", GPU},
        {"/sys/bus/pci/drivers/snd_hda_intel/unbind", AUDIO},
        {"/sys/bus/pci/drivers/vfio-pci/bind", GPU},
        {"/sys/bus/pci/drivers/vfio-pci/bind", AUDIO}};
    g_usleep(G_USEC_PER_SEC / 2); /* the start waits for the claim by then, or comes later */
    for (gsize i = 0; i < G_N_ELEMENTS(writes); i++)
        g_assert_true(vfg_root_write(other->stage->kernel->root, writes[i][0], writes[i][1], NULL));
    vfg_claim_free(other->claim);
    return NULL;
}

/* What a start saw before it had its GPU for itself is looked at again. */
static void
test_changed_meanwhile(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    Other other = {stage, vfg_claim_take(stage->kernel->root, stage->state->top, GPU, 1, &error)};
    g_assert_no_error(error);
    GThread *thread = g_thread_new("other", hand_over, &other);
    assert_starts(stage);
    g_thread_join(thread);
    assert_host(stage, BOUND, "box running 2031\n", FALSE); /* nothing of it is to be given back */
}

/* A VM that is as it was is not defined again; one whose definition or whose domain was changed is.
 */
static void
test_defined_once(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    assert_starts(stage);
    fake_virt_shut_down(stage->virt, "box");
    fake_virt_set_fault(stage->virt, "define", FAKE_VIRT_FAILS);
    assert_starts(stage);
    fake_virt_shut_down(stage->virt, "box");
    fake_virt_put(stage->virt, "box", "<domain/>", VFG_DOMAIN_SHUT_OFF);
    g_assert_false(start(stage, VFG_WAIT_BOOT, &error));
    assert_error(error, VFG_ERROR_FAILED, "");
    g_clear_error(&error);
    fake_virt_heal(stage->virt);
    fake_virt_set_fault(stage->virt, "boot", FAKE_VIRT_EDITED);
    assert_starts(stage);
    fake_virt_shut_down(stage->virt, "box");
    fake_virt_heal(stage->virt);
    fake_virt_set_fault(stage->virt, "define", FAKE_VIRT_FAILS);
    g_assert_false(start(stage, VFG_WAIT_BOOT, &error));
    assert_error(error, VFG_ERROR_FAILED, "");
    g_clear_error(&error);
    fake_virt_heal(stage->virt);
    assert_starts(stage);
    fake_virt_shut_down(stage->virt, "box");
    temp_tree_put(stage->kernel->tree, "proc/sys/kernel/random/boot_id", "bbbb\n");
    fake_virt_set_fault(stage->virt, "define", FAKE_VIRT_FAILS);
    g_assert_false(start(stage, VFG_WAIT_BOOT, &error));
    assert_error(error, VFG_ERROR_FAILED, "");
}

/* libvirt is at it and does not come to an end: that is no VM that runs. */
static void
test_endless(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    assert_starts(stage);
    fake_virt_put(stage->virt, "box", "<domain/>", VFG_DOMAIN_STARTING);
    stage->app->act_timeout = 1;
    g_assert_false(vfg_app_recover(stage->app, lines, &error));
    assert_error(error, VFG_ERROR_RECOVER, "box is starting for more than 1 s");
    assert_fix(error, "remove /run/libvirt/qemu/box.xml, restart libvirtd");
    assert_host(stage, BOUND, "box starting 9\n", TRUE);
    fake_virt_put(stage->virt, "box", "<domain/>", VFG_DOMAIN_SHUT_OFF);
    assert_recovers(stage, GPU " was given back");
    assert_host(stage, BEFORE, "box shut off 9\n", FALSE);
}

/* A start that was killed: what it had recorded is what `recover` goes by. */
static void
test_cut_off(Stage *stage, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    const char *top = stage->state->top;
    const char *earlier = data;
    g_autofree char *disk = temp_tree_path(stage->state, "made.raw");
    g_autofree char *wanted =
        earlier ? g_strdup_printf("box shut off %zu\n", strlen(earlier)) : NULL;
    g_assert_true(vfg_start_record_begin(top, "box", "aaaa", earlier, &error));
    g_assert_true(vfg_start_record_making(top, "box", disk, &error));
    temp_tree_put(stage->state, "made.raw", "disk");
    g_assert_true(vfg_start_record_made(top, "box", disk, &error));
    fake_virt_put(stage->virt, "box", "<domain>new</domain>", VFG_DOMAIN_SHUT_OFF);
    g_assert_true(vfg_start_record_booting(top, "box", TRUE, &error));
    assert_recovers(stage, "box: a start that was cut off was undone");
    assert_recovers(stage, NULL);
    assert_host(stage, BEFORE, wanted ? wanted : "", FALSE);
    g_assert_false(temp_tree_has(stage->state, "made.raw"));
}

/* A record whose first line is torn was written before anything was done; a disk that somebody
 * wrote to stays. */
static void
test_torn(Stage *stage, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const char *top = stage->state->top;
    g_autofree char *disk = temp_tree_path(stage->state, "made.raw");
    g_autofree char *part = temp_tree_path(stage->state, "half.raw");
    fake_virt_put(stage->virt, "box", "<domain/>", VFG_DOMAIN_SHUT_OFF);
    temp_tree_put(stage->state, "starts/box", "0123456789abcdef begin boot=aa");
    assert_recovers(stage, "was undone");
    assert_host(stage, BEFORE, "box shut off 9\n", FALSE);
    g_assert_true(vfg_start_record_begin(top, "box", "aaaa", "<domain/>", &error));
    temp_tree_put(stage->state, "made.raw", "disk");
    g_assert_true(vfg_start_record_making(top, "box", disk, &error));
    g_assert_true(vfg_start_record_made(top, "box", disk, &error));
    g_assert_true(vfg_start_record_making(top, "box", part, &error));
    temp_tree_put(stage->state, "half.raw.part", "di");
    temp_tree_put(stage->state, "made.raw", "the guest's");
    assert_recovers(stage, "made.raw stays: it may have been written to");
    g_assert_true(temp_tree_has(stage->state, "made.raw"));
    g_assert_false(temp_tree_has(stage->state, "half.raw.part"));
    assert_host(stage, BEFORE, "box shut off 9\n", FALSE);
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add("/start/start-stop", Stage, NULL, set_up, test_start_stop, tear_down);
    g_test_add("/start/boot-display", Stage, NULL, set_up, test_boot_display, tear_down);
    g_test_add("/start/failures", Stage, NULL, set_up, test_failures, tear_down);
    g_test_add("/start/failures-defined", Stage, "y", set_up, test_failures, tear_down);
    g_test_add("/start/round-trips", Stage, NULL, set_up, test_round_trips, tear_down);
    g_test_add("/start/gone", Stage, NULL, set_up, test_gone, tear_down);
    g_test_add("/start/self-shutdown", Stage, NULL, set_up, test_self_shutdown, tear_down);
    g_test_add("/start/released", Stage, NULL, set_up, test_released, tear_down);
    g_test_add("/start/defined-once", Stage, NULL, set_up, test_defined_once, tear_down);
    g_test_add("/start/endless", Stage, NULL, set_up, test_endless, tear_down);
    g_test_add("/start/cut-off", Stage, NULL, set_up, test_cut_off, tear_down);
    g_test_add("/start/cut-off-defined", Stage, "<domain/>", set_up, test_cut_off, tear_down);
    g_test_add("/start/torn", Stage, NULL, set_up, test_torn, tear_down);
    g_test_add("/start/changed-meanwhile", Stage, NULL, set_up, test_changed_meanwhile, tear_down);
    return g_test_run();
}
