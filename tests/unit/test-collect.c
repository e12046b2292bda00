/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whose VM's event a line of the host's log is: by the GPU's slot, by the bridges above it, and
 * without an address by there being one GPU. */

#include "collect.h"

#include "bind-fixture.h"
#include "fake-virt.h"

#define PORT "0000:80:03.1"

typedef struct {
    BindFixture *host;
    VfgStore *store;
    VfgSession *session;
    VfgCollect *collect;
    guint64 sequence;
} Stage;

static void
put_vm(Stage *stage, const char *hostdevs)
{
    g_autofree char *xml = g_strdup_printf("<domain><devices>%s</devices></domain>", hostdevs);
    fake_virt_put(stage->host->app->virt, "box", xml, VFG_DOMAIN_RUNNING);
    stage->collect = vfg_collect_new(stage->host->app, stage->store, "box", stage->session);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    stage->host = bind_fixture_new();
    fake_kernel_add_function(stage->host->kernel, PORT, "1022:1483", 0x0604, "", 3);
    temp_tree_make_dir(stage->host->kernel->tree, "sys/devices/pci0000:00/" PORT "/" FIXTURE_GPU);
    stage->host->app->data_dir = g_strdup(VFG_TOP_SRCDIR "/data");
    stage->host->app->virt = fake_virt_new();
    stage->store = vfg_app_open_store(stage->host->app, &error);
    g_assert_no_error(error);
    stage->session = vfg_session_new();
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_collect_free(stage->collect);
    vfg_session_free(stage->session);
    vfg_store_free(stage->store);
    bind_fixture_free(stage->host);
}

/* Whether an event of the host's log at this address (NULL: none) is the VM's. */
static gboolean
takes(Stage *stage, const char *address)
{
    g_autoptr(GError) error = NULL;
    VfgEvent event = {.sequence = ++stage->sequence,
                      .boot_id = (char *)"boot",
                      .id = (char *)"link-lost",
                      .class_name = (char *)"gpu-fallen-off-bus",
                      .severity = VFG_SEVERITY_FATAL,
                      .source = VFG_EVENT_KERNEL,
                      .line = (char *)"Link Down",
                      .count = 1};
    event.has_address = address && vfg_pci_address_parse(address, &event.address, &error);
    g_assert_no_error(error);
    gboolean taken = vfg_collect_take_host_event(stage->collect, &event, &error);
    g_assert_no_error(error);
    return taken;
}

#define HOSTDEV(bus)                                                                  \
    "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='" bus \
    "' slot='0x00' function='0x0'/></source></hostdev>"

static void
test_one_gpu(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    put_vm(stage, HOSTDEV("0x82"));
    g_assert_true(takes(stage, FIXTURE_GPU));
    g_assert_true(takes(stage, FIXTURE_AUDIO));
    g_assert_true(takes(stage, PORT));
    g_assert_true(takes(stage, NULL));
    g_assert_false(takes(stage, FIXTURE_OTHER));
    g_assert_false(takes(stage, "0000:80:03.2"));
}

/* The other card is behind no bridge that is known. */
static void
test_other_gpu(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    put_vm(stage, HOSTDEV("0x83"));
    g_assert_true(takes(stage, FIXTURE_OTHER));
    g_assert_false(takes(stage, PORT));
}

static void
test_two_gpus(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    put_vm(stage, HOSTDEV("0x82") HOSTDEV("0x83"));
    g_assert_true(takes(stage, PORT));
    g_assert_false(takes(stage, NULL));
}

static void
test_no_gpu(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    put_vm(stage, "");
    g_assert_false(takes(stage, FIXTURE_GPU));
    g_assert_false(takes(stage, NULL));
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/collect/one-gpu", test_one_gpu);
    ADD("/collect/other-gpu", test_other_gpu);
    ADD("/collect/two-gpus", test_two_gpus);
    ADD("/collect/no-gpu", test_no_gpu);
    return g_test_run();
}
