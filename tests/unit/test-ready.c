/* SPDX-License-Identifier: GPL-2.0-or-later */

/* start --wait=ready, vfiogpud and agent reboot: the host's side of provisioning, against a guest
 * that is a script: for each thing that the host writes, the lines that come back. Stands in for
 * libvirt and its channel. */

#include "ready.h"

#include "channel.h"
#include "collect.h"
#include "error.h"
#include "fake-virt.h"
#include "guest-reboot.h"
#include "monitor.h"
#include "temp-tree.h"

#include <string.h>

#define HELLO(boot)                                                                             \
    "\n{\"type\":\"hello\",\"version\":\"0.1\",\"protocol\":1,\"boot_id\":\"" boot              \
    "\",\"os_id\":\"\",\"os_name\":\"\",\"os_version\":\"\",\"kernel\":\"6\",\"arch\":\"x86_64" \
    "\",\"firmware\":\"uefi\",\"acked\":0}\n"
#define PROGRESS(phase, step, state, text)                                     \
    "{\"type\":\"progress\",\"phase\":\"" phase "\",\"step\":" step            \
    ",\"steps\":2,\"id\":\"i\",\"title\":\"NVIDIA driver\",\"state\":\"" state \
    "\",\"package\":\"nvidia\\u001b\",\"percent\":45,\"text\":" text "}\n"

/* What the guest says each time it is listened to; "" for nothing, NULL at the end, after which it
 * is silent. "!off": the VM goes off. "!cut": the channel ends. */
typedef const char *Script[12];

struct VfgChannel {
    VfgVirt *virt;
    const Script *script;
    guint at;
    GString *heard; /* what the host wrote */
};

/* The test's channel is found through its libvirt, as the real one is. */
typedef struct {
    TempTree *tree;
    VfgApp app;
    char *config_dir;
    GString *said;
} Stage;

/* The functions of channel.h have no other way to the test. */
static struct VfgChannel guest;

VfgChannel *
vfg_channel_open(VfgVirt *virt, G_GNUC_UNUSED const char *name, G_GNUC_UNUSED const char *channel,
                 G_GNUC_UNUSED GError **error)
{
    guest.virt = virt;
    return &guest;
}

void
vfg_channel_free(G_GNUC_UNUSED VfgChannel *channel)
{
}

gboolean
vfg_channel_write_some(VfgChannel *channel, const char *bytes, gsize len, gsize *taken,
                       G_GNUC_UNUSED GError **error)
{
    *taken = MIN(len, 7); /* a slow guest */
    g_string_append_len(channel->heard, bytes, (gssize)*taken);
    return TRUE;
}

gboolean
vfg_channel_poll(VfgChannel *channel, G_GNUC_UNUSED guint milliseconds, VfgChannelFunc func,
                 gpointer data, GError **error)
{
    const char *line = (*channel->script)[channel->at];
    if (!line)
        return TRUE;
    channel->at++;
    if (g_str_equal(line, "!off")) {
        fake_virt_shut_down(channel->virt, "box");
    } else if (g_str_equal(line, "!cut")) {
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "the channel ended");
        return FALSE;
    } else if (*line) {
        func(line, strlen(line), data);
    }
    return TRUE;
}

static void
on_line(const char *line, gpointer data)
{
    g_string_append_printf(data, "%s\n", line);
}

static void
put_vmdef(Stage *stage, const char *guest_xml)
{
    g_autofree char *text = g_strdup_printf(
        "<vmdef name='box'><memory unit='MiB'>512</memory><disk file='/d' format='raw'/>"
        "<gpu select='82:00.0'/>%s</vmdef>",
        guest_xml);
    temp_tree_put(stage->tree, "etc/vmdefs/box.xml", text);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const folders[] = {"errors.d", "quarantine.d"};
    stage->tree = temp_tree_new();
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_strdup_printf("data/%s", folders[i]);
        g_autofree char *target = g_strdup_printf(VFG_TOP_SRCDIR "/data/%s", folders[i]);
        temp_tree_link(stage->tree, path, target);
    }
    temp_tree_link(stage->tree, "data/vmdefs", VFG_TOP_SRCDIR "/vmdefs");
    stage->config_dir = temp_tree_path(stage->tree, "etc");
    stage->said = g_string_new(NULL);
    stage->app = (VfgApp){.state_dir = stage->tree->top,
                          .data_dir = temp_tree_path(stage->tree, "data"),
                          .config_dir = stage->config_dir,
                          .progress = on_line,
                          .progress_data = stage->said,
                          .virt = fake_virt_new(),
                          .vmdef_dirs = g_ptr_array_new_with_free_func(g_free)};
    g_ptr_array_add(stage->app.vmdef_dirs, g_strconcat(stage->config_dir, "/vmdefs", NULL));
    put_vmdef(stage, "<guest profile='cuda'><kernel-arg policy='always'>pci=realloc</kernel-arg>"
                     "</guest>");
    fake_virt_put(stage->app.virt, "box", "<domain/>", VFG_DOMAIN_RUNNING);
    guest = (struct VfgChannel){.heard = g_string_new(NULL)};
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_virt_free(stage->app.virt);
    g_ptr_array_unref(stage->app.vmdef_dirs);
    g_string_free(stage->said, TRUE);
    g_string_free(guest.heard, TRUE);
    g_free(stage->app.data_dir);
    g_free(stage->config_dir);
    temp_tree_free(stage->tree);
}

static gboolean
follow(Stage *stage, const Script *script, guint timeout, GError **error)
{
    guest.script = script;
    return vfg_app_await_ready(&stage->app, "box", timeout, error);
}

static guint
count(const char *text, const char *word)
{
    guint n = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

#define WISH(type)                                                                            \
    "{\"type\":\"" type "\",\"profile\":\"cuda\",\"kernel_args\":[{\"text\":\"pci=realloc\"," \
    "\"policy\":\"always\"}]}\n"
#define CONFIGURE WISH("configure")
#define PROVISION WISH("provision")

/* Over a reboot: each hello is answered with what is wanted, and a guest's text is harmless. */
static void
test_done(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {PROGRESS("failed", "1", "failed", "\"for somebody else\""),
                                  HELLO("b1"),
                                  PROGRESS("running", "1", "running", "null"),
                                  PROGRESS("running", "1", "running", "null"),
                                  PROGRESS("reboot", "1", "reboot", "null"),
                                  HELLO("b2"),
                                  PROGRESS("running", "2", "waiting", "\"for the lock\""),
                                  PROGRESS("done", "2", "done", "null"),
                                  NULL};
    g_autoptr(GError) error = NULL;
    gboolean good = follow(stage, &script, 60, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_assert_cmpuint(count(guest.heard->str, PROVISION), ==, 1);
    g_assert_cmpuint(count(guest.heard->str, CONFIGURE), ==, 1);
    g_assert_nonnull(
        strstr(stage->said->str, "box: step 1 of 2, NVIDIA driver: running, nvidia\\x1b 45 %"));
    g_assert_cmpuint(count(stage->said->str, "step 1 of 2"), ==, 1); /* once while nothing moves */
    g_assert_nonnull(strstr(stage->said->str, "box reboots and goes on\n"));
    g_assert_nonnull(strstr(stage->said->str, "step 2 of 2, NVIDIA driver: waiting, "));
    g_assert_nonnull(strstr(stage->said->str, ": for the lock 45 %"));
}

static void
test_failed(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {
        HELLO("b1"), PROGRESS("failed", "1", "failed", "\"no \\u001b[31mspace\""), NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(follow(stage, &script, 60, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_FAILED);
    g_assert_cmpstr(error->message, ==,
                    "box could not be set up for the profile cuda: no \\x1b[31mspace");
}

static void
test_timeout(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {HELLO("b1"), NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(follow(stage, &script, 0, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_TIMEOUT);
}

static void
test_goes_off(Stage *stage, gconstpointer data)
{
    const Script script = {HELLO("b1"), PROGRESS("running", "1", "running", "null"), data, NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(follow(stage, &script, 60, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_FAILED);
}

/* Nothing is asked of a guest whose definition wants nothing. */
static void
test_none(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {NULL};
    put_vmdef(stage, "<guest profile='none'/>");
    g_assert_true(follow(stage, &script, 60, NULL));
    g_assert_cmpuint(guest.heard->len, ==, 0);
}

/* vfiogpud tells each guest that says hello what is wanted; who only listens does not. */
static void
test_monitor(Stage *stage, gconstpointer serves)
{
    static const Script script = {HELLO("b1"), HELLO("b2"), PROGRESS("done", "2", "done", "null"),
                                  NULL};
    g_autoptr(VfgHandover) handover = serves ? vfg_handover_new(&stage->app, NULL) : NULL;
    g_autoptr(VfgStore) store = vfg_app_open_store(&stage->app, NULL);
    g_autoptr(VfgMonitor) monitor = vfg_monitor_new(&stage->app, store, NULL, handover);
    guest.script = &script;
    for (guint i = 0; i < 200; i++) /* a slow guest takes a few bytes at a time */
        (void)vfg_monitor_turn(monitor);
    g_assert_cmpuint(count(guest.heard->str, CONFIGURE), ==, serves ? 2 : 0);
    g_assert_cmpuint(count(guest.heard->str, PROVISION), ==, 0);
}

/* A guest that talks nonsense is named once, whatever it says. */
static void
test_nonsense(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {HELLO("b1"), "{\"type\":\x1b\n", "nonsense\n{}\n", NULL};
    g_autoptr(VfgStore) store = vfg_app_open_store(&stage->app, NULL);
    g_autoptr(VfgMonitor) monitor = vfg_monitor_new(&stage->app, store, NULL, NULL);
    guest.script = &script;
    for (guint i = 0; i < 10; i++)
        (void)vfg_monitor_turn(monitor);
    g_assert_cmpuint(count(stage->said->str, "box: its agent says what is no message: "), ==, 1);
    g_assert_null(strchr(stage->said->str, '\x1b'));
}

#define REBOOT "{\"type\":\"reboot\"}\n"

static void
test_reboot(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {"", HELLO("b1"), HELLO("b1"), "", HELLO("b2"), NULL};
    g_autoptr(GError) error = NULL;
    guest.script = &script;
    gboolean good = vfg_app_guest_reboot(&stage->app, "box", 60, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_assert_cmpuint(count(guest.heard->str, REBOOT), ==, 1);
}

static void
test_reboot_refused(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const Script script = {HELLO("b1"), PROGRESS("running", "1", "running", "null"), NULL};
    g_autoptr(GError) error = NULL;
    guest.script = &script;
    g_assert_false(vfg_app_guest_reboot(&stage->app, "box", 60, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
    g_clear_error(&error);
    guest.at = 2;
    g_assert_false(vfg_app_guest_reboot(&stage->app, "box", 0, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_TIMEOUT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, data, func) g_test_add(path, Stage, data, set_up, func, tear_down)
    ADD("/ready/done", NULL, test_done);
    ADD("/ready/failed", NULL, test_failed);
    ADD("/ready/timeout", NULL, test_timeout);
    ADD("/ready/goes-off", "!off", test_goes_off);
    ADD("/ready/cut", "!cut", test_goes_off);
    ADD("/ready/none", NULL, test_none);
    ADD("/ready/monitor", "serves", test_monitor);
    ADD("/ready/listener", NULL, test_monitor);
    ADD("/ready/nonsense", NULL, test_nonsense);
    ADD("/ready/reboot", NULL, test_reboot);
    ADD("/ready/reboot-refused", NULL, test_reboot_refused);
    return g_test_run();
}
