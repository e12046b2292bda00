/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The engine of provisioning, against stub programs: the order of the calls, what is retried, what
 * is refused, and that nothing half-done is called done. */

#include "provision-fixture.h"
#include "stride.h"

#include "assert-error.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRIVER "apt-get install cuda-drivers\n"
#define TOOLKIT "apt-get install cuda-toolkit\n"

static const char whole_run[] = "dpkg --force-confdef --force-confold --configure -a\n"
                                "apt-get update\n"
                                "apt-get install linux-headers-6.1.0-28-amd64\n"
                                "apt-get update\n"
                                "update-initramfs -u\n" DRIVER "modprobe nvidia\n" TOOLKIT;

static VfgProvisionPlan *
cuda_plan(ProvisionFixture *fixture)
{
    return provision_fixture_plan(fixture, "cuda", NULL);
}

static void
assert_phase(ProvisionFixture *fixture, VfgProvisionPhase phase)
{
    g_autoptr(VfgProvisionState) state = provision_fixture_state(fixture);
    g_assert_cmpint(state->phase, ==, phase);
}

static void
assert_done(ProvisionFixture *fixture, const VfgProvisionPlan *plan)
{
    g_autoptr(GError) error = NULL;
    VfgOutcome outcome = provision_fixture_run(fixture, plan, 5, &error);
    g_assert_no_error(error);
    g_assert_cmpint(outcome, ==, VFG_OUTCOME_DONE);
    assert_phase(fixture, VFG_PROVISION_DONE);
}

/* Runs it, which must fail; the calls up to then must not have got to `never`. */
static GError *
assert_fails(ProvisionFixture *fixture, guint patience, const char *never)
{
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    GError *error = NULL;
    g_assert_cmpint(provision_fixture_run(fixture, plan, patience, &error), ==, VFG_OUTCOME_FAILED);
    g_assert_nonnull(error);
    assert_phase(fixture, VFG_PROVISION_FAILED);
    g_autofree char *calls = provision_fixture_calls(fixture);
    g_assert_null(strstr(calls, never));
    return error;
}

static void
test_whole_run(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    assert_done(fixture, plan);
    g_autofree char *calls = provision_fixture_calls(fixture);
    g_assert_cmpstr(calls, ==, whole_run);
    g_autofree char *list =
        temp_tree_get(fixture->tree, "/root/etc/apt/sources.list.d/vfiogpu-nvidia.list");
    g_assert_cmpstr(list, ==,
                    "deb [signed-by=/usr/share/keyrings/vfiogpu-nvidia.asc] "
                    "http://mirror/debian12/x86_64/ /\n");
    g_autoptr(VfgProvisionState) state = provision_fixture_state(fixture);
    g_assert_cmpstr(state->driver_state, ==, "works");
    g_assert_cmpstr(state->driver_version, ==, "580.82.07");
    g_assert_cmpstr(state->toolkit_version, ==, "99.0");
}

/* A second run finds everything done and changes nothing. */
static void
test_again(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    assert_done(fixture, plan);
    temp_tree_remove(fixture->tree, "/calls");
    assert_done(fixture, plan);
    g_autofree char *calls = provision_fixture_calls(fixture);
    g_assert_cmpstr(calls, ==, "");
}

static void
test_driver_that_does_not_start(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    provision_fixture_fail(fixture, "nvidia-smi -L", 0, 6, "No devices were found");
    temp_tree_put(fixture->tree, "/say/dmesg",
                  "[1.0] NVRM: loading\n[2.0] NVRM: GPU 0000:04:00.0: RmInitAdapter failed! "
                  "(0x62:0x40:2521)\n[3.0] other\n");
    g_autoptr(GError) error = assert_fails(fixture, 5, "install cuda-toolkit");
    assert_error(error, VFG_ERROR_FAILED, "verify-driver: bound, GPU does not start");
    assert_error(error, VFG_ERROR_FAILED, "RmInitAdapter failed! (0x62:0x40:2521)");
    assert_fix(error, "--without-gpu=REASON");
    g_autoptr(VfgProvisionState) state = provision_fixture_state(fixture);
    g_assert_cmpstr(state->driver_state, ==, "bound, GPU does not start");
}

static void
test_driver_that_does_not_bind(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    temp_tree_put(fixture->tree, "/root/stays", "");
    g_autoptr(GError) error = assert_fails(fixture, 5, "install cuda-toolkit");
    assert_error(error, VFG_ERROR_FAILED, "nvidia is not bound to the GPU 0000:04:00.0 (nobody");
}

#define GPU_RESOURCE "/root/sys/bus/pci/devices/0000:04:00.0/resource"

/* What is deeper than the driver's own words is said first, with what would help there. */
static void
test_driver_that_is_refused(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    provision_fixture_fail(
        fixture, "modprobe nvidia", 0, 1,
        "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service");
    g_autoptr(GError) key = assert_fails(fixture, 5, "install cuda-toolkit");
    assert_error(key, VFG_ERROR_FAILED, "is not bound to the GPU 0000:04:00.0");
    assert_error(key, VFG_ERROR_FAILED, "Key was rejected by service");
    assert_fix(key, "mokutil --import /var/lib/dkms/mok.pub");
    temp_tree_put(fixture->tree, GPU_RESOURCE,
                  "0x0000000000000000 0x00000003ffffffff 0x0000000020140204\n");
    g_autoptr(GError) bar = assert_fails(fixture, 5, "install cuda-toolkit");
    assert_error(bar, VFG_ERROR_FAILED, "nobody has it): 0000:04:00.0 BAR 0 (16.0");
    assert_fix(bar, "kernel-args add pci=realloc");
}

static void
test_without_gpu(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = provision_fixture_plan(fixture, "cuda", "an image");
    provision_fixture_fail(fixture, "nvidia-smi -L", 0, 6, "No devices were found");
    assert_done(fixture, plan);
    g_autofree char *calls = provision_fixture_calls(fixture);
    const char *driver = strstr(calls, DRIVER);
    g_assert_nonnull(driver);
    g_assert_nonnull(strstr(driver, TOOLKIT));
    g_assert_null(strstr(calls, "modprobe"));
}

static void
test_reboot_away_from_nouveau(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    g_autoptr(GError) error = NULL;
    temp_tree_link(fixture->tree, "/root/sys/bus/pci/devices/0000:04:00.0/driver",
                   "../../drivers/nouveau");
    temp_tree_make_dir(fixture->tree, "/root/sys/bus/pci/drivers/nouveau");
    g_assert_cmpint(provision_fixture_run(fixture, plan, 5, &error), ==, VFG_OUTCOME_REBOOT);
    assert_phase(fixture, VFG_PROVISION_REBOOT);
    /* Run again without a reboot: still the same. */
    g_assert_cmpint(provision_fixture_run(fixture, plan, 5, &error), ==, VFG_OUTCOME_REBOOT);
    /* A reboot that did not help is said, not repeated. */
    temp_tree_put(fixture->tree, "/root/proc/sys/kernel/random/boot_id", "boot-2\n");
    g_assert_cmpint(provision_fixture_run(fixture, plan, 5, &error), ==, VFG_OUTCOME_FAILED);
    assert_error(error, VFG_ERROR_FAILED, "reboot: nouveau has the GPU 0000:04:00.0");
    /* One that did. */
    temp_tree_remove(fixture->tree, "/root/sys/bus/pci/devices/0000:04:00.0/driver");
    assert_done(fixture, plan);
}

static void
test_network_comes_back(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    provision_fixture_fail(fixture, "install cuda-drivers", 2, 100,
                           "E: Failed to fetch http://mirror/x  Could not connect to mirror:80");
    assert_done(fixture, plan);
    g_assert_nonnull(strstr(fixture->progress->str,
                            "drivers waiting: the network; trying again in 1 s: E: Failed to "
                            "fetch http://mirror/x  Could not connect"));
}

static void
test_no_network(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    provision_fixture_fail(fixture, "update", 0, 100,
                           "Err:1 http://mirror  Temporary failure resolving 'mirror'");
    g_autoptr(GError) error = assert_fails(fixture, 1, "install");
    assert_error(error, VFG_ERROR_TIMEOUT, "headers: ");
    assert_error(error, VFG_ERROR_TIMEOUT, "Temporary failure resolving 'mirror'");
    assert_fix(error, "network");
}

static void
test_unknown_signature(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    temp_tree_put(fixture->tree, "/installed/linux-headers-6.1.0-28-amd64", "");
    provision_fixture_fail(fixture, "update", 0, 100,
                           "W: GPG error: http://mirror InRelease: The following signatures "
                           "couldn't be verified: NO_PUBKEY 1234");
    g_autoptr(GError) error = assert_fails(fixture, 5, "install");
    assert_error(error, VFG_ERROR_REFUSED, "NO_PUBKEY 1234");
    g_assert_null(strstr(fixture->progress->str, "waiting"));
}

static void
test_full_disk(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    temp_tree_put(fixture->tree, "/say/--assume-no:install:cuda-drivers",
                  "Need to get 1,234 MB of archives.\n"
                  "After this operation, 900,000 GB of additional disk space will be used.\n");
    g_autoptr(GError) error = assert_fails(fixture, 5, "apt-get install cuda-drivers");
    assert_error(error, VFG_ERROR_FAILED, "the disk is full: drivers needs 878.");
    assert_error(error, VFG_ERROR_FAILED, "TiB");
}

static void
test_broken_dpkg(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    provision_fixture_fail(fixture, "install cuda-drivers", 1, 100,
                           "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' "
                           "to correct the problem.");
    assert_done(fixture, plan);
    g_autofree char *calls = provision_fixture_calls(fixture);
    const char *first = strstr(calls, DRIVER);
    const char *mended = strstr(first, "dpkg --force-confdef --force-confold --configure -a\n"
                                       "apt-get -y --no-remove -f install\n" DRIVER);
    g_assert_nonnull(mended);
}

/* A child that holds a lock of dpkg; ends when told by the pipe's end. */
static pid_t
hold_lock(const char *path, int *release)
{
    int ends[2], ready[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint(pipe(ready), ==, 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR | O_CREAT, 0600);
        char byte = 0;
        close(ends[1]);
        if (fcntl(fd, F_SETLK, &lock) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        (void)!read(ends[0], &byte, 1);
        _exit(0);
    }
    char byte = 0;
    g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
    close(ends[0]);
    close(ready[0]);
    close(ready[1]);
    *release = ends[1];
    return pid;
}

static void
test_lock_held(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    temp_tree_make_dir(fixture->tree, "/root/var/lib/dpkg");
    g_autofree char *path = temp_tree_path(fixture->tree, "/root/var/lib/dpkg/lock-frontend");
    int release = -1;
    pid_t holder = hold_lock(path, &release);
    g_autofree char *name = g_strdup_printf("(process %d) has the lock ", (int)holder);
    g_autoptr(GError) error = assert_fails(fixture, 0, "apt-get");
    assert_error(error, VFG_ERROR_TIMEOUT, name);
    close(release);
    g_assert_cmpint(waitpid(holder, NULL, 0), ==, holder);
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    assert_done(fixture, plan);
}

static void
test_conflicts(void)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    temp_tree_put(fixture->tree, "/root/etc/apt/sources.list.d/cuda-debian12.list",
                  "# ours\ndeb [signed-by=/x] https://developer.download.nvidia.com/compute/cuda/"
                  "repos/debian12/x86_64/ /\n");
    g_autoptr(GError) error = assert_fails(fixture, 5, "apt-get");
    assert_error(error, VFG_ERROR_REFUSED, "/etc/apt/sources.list.d/cuda-debian12.list");
    temp_tree_remove(fixture->tree, "/root/etc/apt/sources.list.d/cuda-debian12.list");
    temp_tree_put(fixture->tree, "/root/usr/bin/nvidia-uninstall", "");
    g_clear_error(&error);
    error = assert_fails(fixture, 5, "apt-get");
    assert_error(error, VFG_ERROR_REFUSED, ".run installer");
}

/* Killed at a call: whatever was done, going on ends where an uninterrupted run ends. */
static void
kill_at(const char *words)
{
    g_autoptr(ProvisionFixture) fixture = provision_fixture_new();
    g_autoptr(VfgProvisionPlan) plan = cuda_plan(fixture);
    pid_t pid = fork();
    if (pid == 0) {
        g_autofree char *name = g_strdelimit(g_strdup(words), " ", ':');
        g_autofree char *path = g_strconcat("/kill/", name, NULL);
        g_autofree char *text = g_strdup_printf("%d", (int)getpid());
        g_autoptr(GError) error = NULL;
        temp_tree_put(fixture->tree, path, text);
        _exit(provision_fixture_run(fixture, plan, 5, &error) == VFG_OUTCOME_DONE ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_phase(fixture, VFG_PROVISION_RUNNING);
    g_usleep(100000); /* the stub that killed it may still be at work */
    assert_done(fixture, plan);
    g_autofree char *calls = provision_fixture_calls(fixture);
    const char *driver = g_strrstr(calls, DRIVER);
    g_assert_nonnull(driver);
    g_assert_nonnull(strstr(driver, "modprobe nvidia\n"));
    g_assert_nonnull(strstr(strstr(driver, "modprobe nvidia\n"), TOOLKIT));
    for (const char *at = calls; at < driver; at++)
        g_assert_false(g_str_has_prefix(at, TOOLKIT));
}

static void
test_killed_anywhere(void)
{
    static const char *const places[] = {"--configure -a",
                                         "update",
                                         "install linux-headers-6.1.0-28-amd64",
                                         "update-initramfs -u",
                                         "install cuda-drivers",
                                         "modprobe nvidia",
                                         "nvidia-smi -L",
                                         "install cuda-toolkit"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i += test_stride())
        kill_at(places[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/provision-engine/whole-run", test_whole_run);
    g_test_add_func("/provision-engine/again", test_again);
    g_test_add_func("/provision-engine/driver-does-not-start", test_driver_that_does_not_start);
    g_test_add_func("/provision-engine/driver-does-not-bind", test_driver_that_does_not_bind);
    g_test_add_func("/provision-engine/driver-refused", test_driver_that_is_refused);
    g_test_add_func("/provision-engine/without-gpu", test_without_gpu);
    g_test_add_func("/provision-engine/reboot", test_reboot_away_from_nouveau);
    g_test_add_func("/provision-engine/network-comes-back", test_network_comes_back);
    g_test_add_func("/provision-engine/no-network", test_no_network);
    g_test_add_func("/provision-engine/unknown-signature", test_unknown_signature);
    g_test_add_func("/provision-engine/full-disk", test_full_disk);
    g_test_add_func("/provision-engine/broken-dpkg", test_broken_dpkg);
    g_test_add_func("/provision-engine/lock-held", test_lock_held);
    g_test_add_func("/provision-engine/conflicts", test_conflicts);
    g_test_add_func("/provision-engine/killed-anywhere", test_killed_anywhere);
    return g_test_run();
}
