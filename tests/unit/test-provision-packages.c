/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The package managers: what they are told on each kind of system, what their words mean, and keys
 * that are not the right ones. */

#include "provision-fixture.h"

#include "assert-error.h"

static void
run_whole(const char *os_release, const char *profile, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    provision_fixture_set_os(fixture, os_release);
    g_autoptr(VfgProvisionPlan) plan = provision_fixture_plan(fixture, profile, NULL);
    VfgOutcome outcome = provision_fixture_run(fixture, plan, 5, &error);
    g_assert_no_error(error);
    g_assert_cmpint(outcome, ==, VFG_OUTCOME_DONE);
    g_autofree char *calls = provision_fixture_calls(fixture);
    g_assert_cmpstr(calls, ==, expected);
}

#define IMPORT "rpm --import /etc/pki/rpm-gpg/RPM-GPG-KEY-vfiogpu-nvidia\n"

static void
test_dnf_modules(void)
{
    run_whole("ID=rocky\nVERSION_ID=9.5\n", "cuda",
              "dnf -y makecache\n"
              "dnf -y install kernel-devel-6.1.0-28-amd64 kernel-headers\n" IMPORT
              "dnf -y makecache\ndracut --force\n"
              "dnf -y module install nvidia-driver:latest-dkms\nmodprobe nvidia\n"
              "dnf -y install cuda-toolkit\n");
}

static void
test_dnf5(void)
{
    run_whole("ID=fedora\nVERSION_ID=42\n", "cuda",
              "dnf -y makecache\n"
              "dnf -y install kernel-devel-6.1.0-28-amd64 kernel-headers\n" IMPORT
              "dnf -y makecache\ndracut --force\ndnf -y install cuda-drivers\n"
              "modprobe nvidia\ndnf -y install cuda-toolkit\n");
}

static void
test_zypper(void)
{
    run_whole("ID=opensuse-leap\nVERSION_ID=15.6\n", "cuda",
              "zypper --non-interactive refresh\n"
              "zypper --non-interactive install --auto-agree-with-licenses "
              "kernel-amd64-devel=6.1.0-28\n" IMPORT "zypper --non-interactive refresh\n"
              "dracut --force\n"
              "zypper --non-interactive install --auto-agree-with-licenses cuda-drivers\n"
              "modprobe nvidia\n"
              "zypper --non-interactive install --auto-agree-with-licenses cuda-toolkit\n");
}

static void
test_tdnf(void)
{
    run_whole("ID=azurelinux\nVERSION_ID=3.0\n", "cuda",
              "tdnf -y makecache\n"
              "tdnf -y install kernel-devel-6.1.0-28-amd64 kernel-headers\n" IMPORT
              "tdnf -y makecache\ndracut --force\ntdnf -y install nvidia-open\n"
              "modprobe nvidia\ntdnf -y install cuda-toolkit\n");
}

static void
test_pkg(void)
{
    run_whole("ID=freebsd\nVERSION_ID=14.3\n", "linuxulator",
              "pkg install -y nvidia-driver\nsysrc kld_list+=nvidia-modeset\n"
              "kldload -n nvidia-modeset\nsysrc linux_enable=YES\nservice linux start\n"
              "pkg install -y linux_base-rl9 linux-rl9-libglvnd linux-nvidia-libs libc6-shim\n"
              "nv-sglrun nvidia-smi\n");
}

/* Everything that stands before the runtime is that of the profile cuda. */
static void
test_container_with_docker(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    temp_tree_put(fixture->tree, "/root/usr/bin/dockerd", "");
    /* The repository's key comes over the network here: the stub of apt-helper leaves none. */
    temp_tree_link(fixture->tree, "/root/usr/lib/apt/apt-helper",
                   VFG_TOP_SRCDIR "/tests/unit/stub-program");
    g_autoptr(VfgProvisionPlan) plan = provision_fixture_plan(fixture, "container", NULL);
    g_assert_cmpint(provision_fixture_run(fixture, plan, 0, &error), ==, VFG_OUTCOME_FAILED);
    assert_error(error, VFG_ERROR_NOT_FOUND, "container-repository: ");
    g_autofree char *calls = provision_fixture_calls(fixture);
    g_assert_null(strstr(calls, "nvidia-container-toolkit"));
}

static void
test_apptainer(void)
{
    run_whole("ID=rocky\nVERSION_ID=9.5\n", "apptainer",
              "dnf -y makecache\n"
              "dnf -y install kernel-devel-6.1.0-28-amd64 kernel-headers\n" IMPORT
              "dnf -y makecache\ndracut --force\n"
              "dnf -y module install nvidia-driver:latest-dkms\nmodprobe nvidia\n"
              "modprobe nvidia_uvm\nsystemctl enable --now nvidia-persistenced\n"
              "dnf -y install apptainer\napptainer --version\nldconfig -p\n");
}

static void
test_words(void)
{
    static const struct {
        const char *output;
        VfgFailure failure;
        const char *line;
    } cases[] = {
        {"x\nE: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)\ny\n",
         VFG_FAILURE_LOCK,
         "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)"},
        {"Error: GPG check FAILED\n", VFG_FAILURE_SIGNATURE, "Error: GPG check FAILED"},
        {"Curl error (6): Couldn't resolve host name for https://x [Could not resolve host: x]\n",
         VFG_FAILURE_NETWORK,
         "Curl error (6): Couldn't resolve host name for https://x [Could not resolve host: x]"},
        {"dpkg: error: cannot copy: No space left on device\nE: Sub-process returned 1\n",
         VFG_FAILURE_DISK, "dpkg: error: cannot copy: No space left on device"},
        {"System management is locked by the application with pid 9 (zypper).\n", VFG_FAILURE_LOCK,
         "System management is locked by the application with pid 9 (zypper)."},
        {"Err:1 http://x Release\n  404  Not Found\nE: Failed to fetch http://x  404  Not Found\n",
         VFG_FAILURE_OTHER, "  404  Not Found"},
        {"a\nE: Unable to locate package x\nb\n", VFG_FAILURE_OTHER,
         "E: Unable to locate package x"},
        {"one\ntwo\n", VFG_FAILURE_OTHER, "two"},
        {"", VFG_FAILURE_OTHER, ""},
        /* A bad signature counts more than the download that failed because of it. */
        {"Err:1 http://x NO_PUBKEY 12\nE: Failed to fetch http://x\n", VFG_FAILURE_SIGNATURE,
         "Err:1 http://x NO_PUBKEY 12"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = NULL;
        g_assert_cmpint(vfg_packager_failure(cases[i].output, &line), ==, cases[i].failure);
        g_assert_cmpstr(line, ==, cases[i].line);
    }
}

static void
check_space(const char *manager, const char *output, guint64 download, guint64 installed)
{
    VfgSpace space = vfg_packager_read_space(vfg_packager_find(manager), output);
    g_assert_cmpuint(space.download, ==, download);
    g_assert_cmpuint(space.installed, ==, installed);
}

static void
test_space(void)
{
    check_space("apt",
                "Need to get 1,234 kB of archives.\n"
                "After this operation, 2 MB of additional disk space will be used.\n",
                1234 << 10, 2 << 20);
    check_space("apt", "Need to get 0 B/1,024 B of archives.\n", 1024, 0);
    check_space("dnf", "Total download size: 1.5 G\nInstalled size: 3 k\n", 3ull << 29, 3 << 10);
    check_space("zypper",
                "Overall download size: 1.0 MiB. Already cached: 0 B.\n"
                "After the operation, additional 4.0 KiB will be used.\n",
                1 << 20, 4 << 10);
    check_space("pkg", "The process will require 2 GiB more space.\n", 0, 2ull << 30);
    check_space("apt", "nothing of the kind", 0, 0);
    check_space("apt", "Need to get many MB", 0, 0);
}

/* A pid file of a process that is no more holds nobody up. */
static void
test_pid_files(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    const VfgPackager *zypper = vfg_packager_find("zypper");
    temp_tree_put(tree, "/run/zypp.pid", "2147483646\n");
    g_auto(VfgHolder) nobody = vfg_packager_holder(zypper, tree->top);
    g_assert_cmpint(nobody.pid, ==, 0);
    temp_tree_put(tree, "/run/zypp.pid", "1\n");
    g_auto(VfgHolder) init = vfg_packager_holder(zypper, tree->top);
    g_assert_cmpint(init.pid, ==, 1);
    g_assert_true(g_str_has_suffix(init.file, "/run/zypp.pid"));
    g_assert_nonnull(init.name);
}

/* State that can't be understood is set aside, and everything is looked at anew. */
static void
test_broken_state(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = provision_fixture_plan(fixture, "cuda", NULL);
    temp_tree_put(fixture->tree, "/state/state.json", "{\"phase\": \"done\", \"steps\": 3}");
    g_assert_cmpint(provision_fixture_run(fixture, plan, 5, &error), ==, VFG_OUTCOME_DONE);
    g_assert_true(temp_tree_has(fixture->tree, "/state/state.json.broken"));
    g_autofree char *calls = provision_fixture_calls(fixture);
    g_assert_nonnull(strstr(calls, "apt-get install cuda-drivers"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/provision-packages/dnf-modules", test_dnf_modules);
    g_test_add_func("/provision-packages/dnf5", test_dnf5);
    g_test_add_func("/provision-packages/zypper", test_zypper);
    g_test_add_func("/provision-packages/tdnf", test_tdnf);
    g_test_add_func("/provision-packages/pkg", test_pkg);
    g_test_add_func("/provision-packages/container", test_container_with_docker);
    g_test_add_func("/provision-packages/apptainer", test_apptainer);
    g_test_add_func("/provision-packages/words", test_words);
    g_test_add_func("/provision-packages/space", test_space);
    g_test_add_func("/provision-packages/pid-files", test_pid_files);
    g_test_add_func("/provision-packages/broken-state", test_broken_state);
    return g_test_run();
}
