/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent's own command line: vfiogpu-agent provision and status, as they are called. */

#include "temp-tree.h"

#include <jansson.h>
#include <string.h>

typedef struct {
    int status;
    char *out;
    char *err;
} Result;

static void
result_clear(Result *result)
{
    g_free(result->out);
    g_free(result->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Result, result_clear)

/* Runs the agent of this build with the words of `line`; where this machine can't, VFG_RUN can. */
static Result
run(const char *line)
{
    const char *runner = g_getenv("VFG_RUN");
    g_autoptr(GError) error = NULL;
    g_autofree char *command =
        g_strconcat(runner ? runner : "", runner ? " " : "", "./vfiogpu-agent ", line, NULL);
    g_auto(GStrv) argv = g_strsplit(command, " ", -1);
    Result result = {0};
    int status = 0;
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.out, &result.err, &status,
                 &error);
    g_assert_no_error(error);
    result.status = g_spawn_check_wait_status(status, &error) ? 0 : error->code;
    return result;
}

static void
assert_json(const Result *result, const char *key, const char *value)
{
    json_t *object = json_loads(result->out, 0, NULL);
    g_assert_true(json_is_object(object));
    g_assert_cmpstr(json_string_value(json_object_get(object, key)), ==, value);
    json_decref(object);
}

static void
test_dry_run(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, "/usr/lib/os-release", "ID=rocky\nVERSION_ID=9.5\nPRETTY_NAME=R\n");
    temp_tree_link(tree, "/etc/os-release", "../usr/lib/os-release");
    g_autofree char *file =
        g_strdup_printf("provision --dry-run --json --os-release %s/etc/os-release", tree->top);
    g_autofree char *root = g_strdup_printf(
        "provision --dry-run --root %s --arch aarch64 --gpu 10de:1bb3 --kernel 5.14", tree->top);
    g_auto(Result) json = run(file);
    g_assert_cmpint(json.status, ==, 0);
    assert_json(&json, "slug", "rhel9");
    assert_json(&json, "repository",
                "https://developer.download.nvidia.com/compute/cuda/repos/rhel9/x86_64/");
    g_auto(Result) text = run(root);
    g_assert_cmpint(text.status, ==, 0);
    g_assert_nonnull(strstr(text.out, "/repos/rhel9/sbsa/\n"));
    g_assert_nonnull(strstr(text.out, "    dnf -y module install nvidia-driver:580-dkms\n"));
    g_assert_nonnull(strstr(text.out, "    dnf -y install cuda-toolkit-12-9\n"));
}

#define PI_CMDLINE "console=tty1 root=PARTUUID=1-02 rootfstype=ext4 rootwait"

/* A Raspberry Pi 5 with a Tesla P4 behind a switch on its PCIe lane. */
static TempTree *
make_pi(void)
{
    TempTree *tree = temp_tree_new();
    temp_tree_put(tree, "/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=D\n");
    temp_tree_put(tree, "/etc/rpi-issue", "Raspberry Pi reference 2025-05-13\n");
    temp_tree_put(tree, "/boot/firmware/cmdline.txt", PI_CMDLINE "\n");
    temp_tree_put(tree, "/sys/bus/pci/devices/0001:03:00.0/vendor", "0x10de\n");
    temp_tree_put(tree, "/sys/bus/pci/devices/0001:03:00.0/device", "0x1bb3\n");
    temp_tree_put(tree, "/sys/bus/pci/devices/0001:03:00.0/class", "0x030200\n");
    return tree;
}

static void
test_raspberry_pi(void)
{
    g_autoptr(TempTree) tree = make_pi();
    g_autofree char *line = g_strdup_printf("provision --profile container --dry-run --root %s "
                                            "--arch aarch64 --kernel 6.12.34+rpt-rpi-v8",
                                            tree->top);
    g_auto(Result) plan = run(line);
    g_assert_cmpint(plan.status, ==, 0);
    g_assert_nonnull(strstr(plan.out, "recipe:     raspberry-pi-os-12\n"));
    g_assert_nonnull(strstr(plan.out, "/repos/debian12/sbsa/\n"));
    g_assert_nonnull(strstr(plan.out, "install linux-headers-6.12.34+rpt-rpi-v8\n"));
    g_assert_nonnull(strstr(plan.out, "install cuda-drivers-580\n"));
    g_assert_nonnull(strstr(plan.out, "pages of 16 KiB"));
    g_assert_nonnull(strstr(plan.out, "libnvidia-container/stable/deb/arm64 /\n"));
    g_assert_null(strstr(plan.out, "cuda-toolkit"));
}

static void
assert_pi_cmdline(const TempTree *tree, const char *wanted)
{
    g_autofree char *text = temp_tree_get(tree, "/boot/firmware/cmdline.txt");
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_raspberry_pi_cmdline(void)
{
    g_autoptr(TempTree) tree = make_pi();
    g_autofree char *add = g_strdup_printf("kernel-args add pci=realloc --root %s", tree->top);
    g_autofree char *drop = g_strdup_printf("kernel-args remove pci=realloc --root %s", tree->top);
    g_auto(Result) added = run(add);
    g_assert_cmpint(added.status, ==, 0);
    assert_pi_cmdline(tree, PI_CMDLINE " pci=realloc\n");
    g_auto(Result) removed = run(drop);
    g_assert_cmpint(removed.status, ==, 0);
    assert_pi_cmdline(tree, PI_CMDLINE "\n");
}

static void
test_refused(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, "/os", "ID=ubuntu\nVERSION_ID=25.04\nPRETTY_NAME=U\n");
    g_autofree char *line =
        g_strdup_printf("provision --dry-run --json --os-release %s/os", tree->top);
    g_auto(Result) refused = run(line);
    g_assert_cmpint(refused.status, ==, 4);
    assert_json(&refused, "slug", NULL);
    g_assert_nonnull(strstr(refused.err, "LTS releases"));
    g_assert_nonnull(strstr(refused.err, "  fix: use an LTS release"));
}

/* What describes another machine must not be carried out on this one. */
static void
test_usage(void)
{
    static const char *const lines[] = {"provision --root /nowhere",
                                        "provision --os-release /etc/os-release",
                                        "provision --gpu 10de:1e37",
                                        "provision --kernel 1",
                                        "provision --profile",
                                        "provision --nonsense",
                                        "provision --dry-run --gpu 10de",
                                        "provision --dry-run --profile games",
                                        "provision --dry-run --mirror mirror",
                                        "status everything"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(Result) result = run(lines[i]);
        if (result.status != 2 && result.status != 4)
            g_error("'%s' gave %d: %s", lines[i], result.status, result.err);
    }
}

static void
test_configuration(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, "/etc/os-release", "ID=debian\nVERSION_ID=12\nPRETTY_NAME=D\n");
    temp_tree_put(tree, "/etc/vfiogpu/agent.conf",
                  "[provision]\nprofile=container\nmirror=https://m/{arch}/x/{slug}\n"
                  "key=/k.asc\nkernel-args=pci=realloc;quiet\n");
    g_autofree char *line =
        g_strdup_printf("provision --dry-run --root %s --arch x86_64", tree->top);
    g_auto(Result) good = run(line);
    g_assert_cmpint(good.status, ==, 0);
    g_assert_nonnull(strstr(good.out, "profile:    container\n"));
    g_assert_nonnull(strstr(good.out, "repository: https://m/x86_64/x/debian12/\n"));
    g_assert_nonnull(strstr(good.out, "    key /usr/share/keyrings/vfiogpu-nvidia.asc from "
                                      "/k.asc\n"));
    g_assert_nonnull(strstr(good.out, "    vfiogpu-agent kernel-args add pci=realloc quiet\n"));
    temp_tree_put(tree, "/etc/vfiogpu/agent.conf", "[provision]\nmirrors=x\n");
    g_auto(Result) bad = run(line);
    g_assert_cmpint(bad.status, ==, 1);
    g_assert_nonnull(
        strstr(bad.err, "/etc/vfiogpu/agent.conf: [provision]: unknown key 'mirrors'"));
}

static void
test_status(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *line = g_strdup_printf("status --json --state-dir %s", tree->top);
    g_auto(Result) none = run(line);
    g_assert_cmpint(none.status, ==, 0);
    assert_json(&none, "phase", "none");
    temp_tree_put(
        tree, "/state.json",
        "{\"phase\": \"failed\", \"profile\": \"cuda\", \"steps\": [{\"id\": \"drivers\", "
        "\"state\": \"failed\", \"attempts\": 2, \"error\": \"a\\u001b[31mb\"}]}");
    g_autofree char *plain = g_strdup_printf("status --state-dir %s", tree->top);
    g_auto(Result) failed = run(plain);
    g_assert_nonnull(strstr(failed.out, "provisioning: failed\n"));
    g_assert_nonnull(strstr(failed.out, "drivers  failed  2         a\\x1b[31mb"));
    g_autofree char *resume = g_strdup_printf("provision --resume --state-dir %s", tree->top);
    g_auto(Result) nothing = run(resume); /* it was begun without a command: nothing to do */
    g_assert_cmpint(nothing.status, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cmd-provision/dry-run", test_dry_run);
    g_test_add_func("/cmd-provision/raspberry-pi", test_raspberry_pi);
    g_test_add_func("/cmd-provision/raspberry-pi-cmdline", test_raspberry_pi_cmdline);
    g_test_add_func("/cmd-provision/refused", test_refused);
    g_test_add_func("/cmd-provision/usage", test_usage);
    g_test_add_func("/cmd-provision/configuration", test_configuration);
    g_test_add_func("/cmd-provision/status", test_status);
    return g_test_run();
}
