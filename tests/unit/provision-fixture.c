/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A system to provision, in a temporary directory. */

#include "provision-fixture.h"

#include <string.h>
#include <sys/stat.h>

#define GPU "/root/sys/bus/pci/devices/0000:04:00.0"

static const char debian[] = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"
                             "PRETTY_NAME=\"Debian 12\"\n";

static void
put_gpu(TempTree *tree)
{
    static const char *const files[][2] = {
        {"class", "0x030200\n"}, {"vendor", "0x10de\n"},           {"device", "0x1e37\n"},
        {"revision", "0xa1\n"},  {"subsystem_vendor", "0x10de\n"}, {"subsystem_device", "0x1370\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat(GPU "/", files[i][0], NULL);
        temp_tree_put(tree, path, files[i][1]);
    }
}

static void
put_stubs(TempTree *tree)
{
    static const char *const names[] = {
        "apt-get",    "dpkg",      "dpkg-query", "modprobe",  "nvidia-smi", "update-initramfs",
        "dmesg",      "dnf",       "rpm",        "curl",      "tdnf",       "zypper",
        "pkg",        "dracut",    "nvidia-ctk", "systemctl", "ldconfig",   "apptainer",
        "kernel-arg", "nv-sglrun", "sysrc",      "kldload",   "service",    "mkinitrd"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strconcat("/bin/", names[i], NULL);
        temp_tree_link(tree, path, VFG_TOP_SRCDIR "/tests/unit/stub-program");
    }
    temp_tree_put(tree, "/root/usr/local/cuda/bin/nvcc", "#!/bin/sh\necho release 99.0\n");
    g_autofree char *nvcc = temp_tree_path(tree, "/root/usr/local/cuda/bin/nvcc");
    g_assert_cmpint(chmod(nvcc, 0755), ==, 0);
}

ProvisionFixture *
provision_fixture_new(void)
{
    g_autoptr(GError) error = NULL;
    ProvisionFixture *fixture = g_new0(ProvisionFixture, 1);
    fixture->tree = temp_tree_new();
    fixture->prefix = temp_tree_path(fixture->tree, "/root");
    g_autofree char *bin = temp_tree_path(fixture->tree, "/bin");
    fixture->search = g_strconcat(bin, ":/usr/bin:/bin", NULL);
    fixture->state_dir = temp_tree_path(fixture->tree, "/state");
    fixture->progress = g_string_new(NULL);
    put_gpu(fixture->tree);
    put_stubs(fixture->tree);
    temp_tree_put(fixture->tree, "/root/proc/sys/kernel/random/boot_id", "boot-1\n");
    temp_tree_put(fixture->tree, "/root/proc/cmdline", "quiet\n");
    temp_tree_put(fixture->tree, "/root/sys/module/nvidia/version", "580.82.07\n");
    temp_tree_put(fixture->tree, "/root/etc/site.asc", "not looked at\n");
    temp_tree_make_dir(fixture->tree, "/root/usr");
    temp_tree_make_dir(fixture->tree, "/root/var");
    provision_fixture_set_os(fixture, debian);
    fixture->root = vfg_root_new(fixture->prefix, &error);
    g_assert_no_error(error);
    return fixture;
}

void
provision_fixture_free(ProvisionFixture *fixture)
{
    vfg_root_free(fixture->root);
    temp_tree_free(fixture->tree);
    g_free(fixture->prefix);
    g_free(fixture->search);
    g_free(fixture->state_dir);
    g_string_free(fixture->progress, TRUE);
    g_free(fixture);
}

void
provision_fixture_set_os(ProvisionFixture *fixture, const char *os_release)
{
    temp_tree_put(fixture->tree, "/root/etc/os-release", os_release);
}

VfgProvisionPlan *
provision_fixture_plan(ProvisionFixture *fixture, const char *profile, const char *without_gpu)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgProvisionRequest) request = g_new0(VfgProvisionRequest, 1);
    request->profile = g_strdup(profile);
    request->mirror = g_strdup("http://mirror");
    request->key = g_strdup("/etc/site.asc");
    request->without_gpu = g_strdup(without_gpu);
    VfgProvisionTarget target = {.arch = "x86_64", .kernel = "6.1.0-28-amd64"};
    VfgProvisionPlan *plan = vfg_provision_prepare(request, &target, fixture->root, &error);
    g_assert_no_error(error);
    return plan;
}

static void
on_progress(const VfgProvisionProgress *progress, gpointer data)
{
    g_string_append_printf(data, "%s %s%s%s\n", progress->id,
                           vfg_progress_state_name(progress->state), progress->text ? ": " : "",
                           progress->text ? progress->text : "");
}

VfgOutcome
provision_fixture_run(ProvisionFixture *fixture, const VfgProvisionPlan *plan, guint patience,
                      GError **error)
{
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(fixture->state_dir);
    VfgEngineConfig config = {.prefix = fixture->prefix,
                              .search = fixture->search,
                              .state_dir = fixture->state_dir,
                              .self = "kernel-arg",
                              .root = fixture->root,
                              .patience = patience,
                              .pause_ms = 10,
                              .progress = on_progress,
                              .data = fixture->progress};
    return vfg_engine_run(&config, plan, state, error);
}

static gboolean
only_looks(const char *call)
{
    return g_str_has_prefix(call, "dpkg-query ") || g_str_has_prefix(call, "rpm -q ") ||
           g_str_has_prefix(call, "pkg info ") || strstr(call, " --assume-no ") ||
           strstr(call, " --assumeno ") || strstr(call, " --dry-run ") ||
           strstr(call, "pkg install -n ") || g_str_has_prefix(call, "dmesg") ||
           g_str_has_prefix(call, "nvidia-smi");
}

char *
provision_fixture_calls(ProvisionFixture *fixture)
{
    GString *kept = g_string_new(NULL);
    if (!temp_tree_has(fixture->tree, "/calls"))
        return g_string_free(kept, FALSE);
    g_autofree char *text = temp_tree_get(fixture->tree, "/calls");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        if (*lines[i] && !only_looks(lines[i]))
            g_string_append_printf(kept, "%s\n", lines[i]);
    g_string_replace(kept, "apt-get -o APT::Status-Fd=3", "apt-get", 0);
    g_string_replace(kept, "-y -o Dpkg::Options::=--force-confold ", "", 0);
    g_string_replace(kept, "-o APT::Update::Error-Mode=any ", "", 0);
    return g_string_free(kept, FALSE);
}

VfgProvisionState *
provision_fixture_state(ProvisionFixture *fixture)
{
    return vfg_provision_state_load(fixture->state_dir);
}

void
provision_fixture_fail(ProvisionFixture *fixture, const char *words, guint times, int status,
                       const char *says)
{
    g_autofree char *name = g_strdelimit(g_strdup(words), " ", ':');
    g_autofree char *path = g_strconcat("/fail/", name, NULL);
    g_autofree char *text = g_strdup_printf("%u\n%d\n%s\n", times, status, says);
    temp_tree_put(fixture->tree, path, text);
}
