/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The command is killed (SIGKILL) after every single system call of its own that changes something,
 * its child processes with it or not; then `recover`, and the host must be as it was before.
 * The linker puts a function of this file in the place of each such call (--wrap). */

#include "bind-fixture.h"

#include "stride.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Shared by the command and its children. */
typedef struct {
    int passed;    /* points so far */
    int fatal;     /* the point to die at; 0: none */
    pid_t program; /* 0: nothing is counted */
    gboolean with_children;
} Points;

/* There is no other way to the functions below. */
static Points *points;
static gboolean in_kernel; /* what the fake kernel does is not the command's */

static void
pass_point(void)
{
    if (!points || !points->program || in_kernel)
        return;
    if (__atomic_add_fetch(&points->passed, 1, __ATOMIC_SEQ_CST) != points->fatal)
        return;
    kill(points->program, SIGKILL);
    if (points->with_children || getpid() == points->program)
        kill(getpid(), SIGKILL);
}

#define WRAP(type, name, params, args)    \
    type __real_##name params;            \
    type __wrap_##name params;            \
    type __wrap_##name params             \
    {                                     \
        type result = __real_##name args; \
        pass_point();                     \
        return result;                    \
    }

WRAP(int, ftruncate, (int fd, off_t len), (fd, len))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, g_mkdir_with_parents, (const char *path, int mode), (path, mode))
WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at), (fd, bytes, len, at))

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
gboolean __real_vfg_root_write(VfgRoot *root, const char *path, const char *text, GError **error);
gboolean __wrap_vfg_root_write(VfgRoot *root, const char *path, const char *text, GError **error);

/* Files only: a pipe between the command and its child is no change. */
ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
    struct stat info;
    ssize_t n = __real_write(fd, bytes, len);
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        pass_point();
    return n;
}

int
__wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    int fd = __real_open(path, flags, mode);
    if (flags & O_CREAT)
        pass_point();
    return fd;
}

/* To the kernel a write to an attribute is one act. */
gboolean
__wrap_vfg_root_write(VfgRoot *root, const char *path, const char *text, GError **error)
{
    in_kernel = TRUE;
    gboolean done = __real_vfg_root_write(root, path, text, error);
    in_kernel = FALSE;
    pass_point();
    return done;
}

typedef gboolean (*Command)(BindFixture *f, const char *gpu, GError **error);

static gboolean
command_recover(BindFixture *f, const char *gpu G_GNUC_UNUSED, GError **error)
{
    g_autofree char *settled = bind_fixture_recover(f, error);
    return settled != NULL;
}

/* Runs a command that dies at the `fatal`-th point. Gives the points that it passed. */
static int
run_command(BindFixture *f, Command command, int fatal, gboolean with_children)
{
    int status = 0;
    *points = (Points){.fatal = fatal, .with_children = with_children};
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        points->program = getpid();
        _exit(command(f, FIXTURE_GPU, NULL) ? 0 : 1);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(fatal ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                        : WIFEXITED(status) && WEXITSTATUS(status) == 0);
    points->program = 0; /* what its children still do is not counted */
    return points->passed;
}

/* What stands before the command that is killed. */
typedef struct {
    const char *name;
    Command before;
    Command command;
    int before_fatal; /* the command before is killed itself, at this point from its end */
} Scenario;

static BindFixture *
set_stage(const Scenario *scenario, int n_before)
{
    BindFixture *f = bind_fixture_new();
    if (scenario->before)
        run_command(f, scenario->before, scenario->before_fatal ? n_before : 0, TRUE);
    return f;
}

static int
count_points(const Scenario *scenario, int n_before)
{
    g_autoptr(BindFixture) f = set_stage(scenario, n_before);
    return run_command(f, scenario->command, 0, FALSE);
}

/* A GPU that was handed over whole when the command died, or of which nothing was given back yet,
 * is handed over: recover leaves it so, and unbind gives it back. */
static void
give_back_whole(BindFixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *settled G_GNUC_UNUSED = bind_fixture_recover(f, &error);
    g_assert_no_error(error);
    if (!temp_tree_has(f->state, "journal/" FIXTURE_GPU))
        return;
    g_autofree char *now = fake_kernel_state(f->kernel);
    g_assert_true(g_str_has_prefix(now, FIXTURE_GPU " vfio-pci vfio-pci\n" FIXTURE_AUDIO
                                                    " vfio-pci vfio-pci\n"));
    g_assert_true(bind_fixture_unbind(f, FIXTURE_GPU, &error));
    g_assert_no_error(error);
}

static void
try_point(const Scenario *scenario, int n_before, int fatal, gboolean with_children)
{
    g_autoptr(BindFixture) f = set_stage(scenario, n_before);
    g_test_message("%s killed after change %d%s", scenario->name, fatal,
                   with_children ? ", its children too" : "");
    run_command(f, scenario->command, fatal, with_children);
    give_back_whole(f);
    bind_fixture_assert_recovery(f);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

/* The points of a command that has none of its own to come before. */
static int
points_of(Command command)
{
    const Scenario alone = {"", NULL, command, 0};
    return count_points(&alone, 0);
}

static void
test_crash_points(void)
{
    const Scenario scenarios[] = {
        {"bind", NULL, bind_fixture_bind, 0},
        {"unbind", bind_fixture_bind, bind_fixture_unbind, 0},
        {"recover after bind", bind_fixture_bind, command_recover, 4},
    };
    int n_bind = points_of(bind_fixture_bind), total = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        int n_before = n_bind - scenarios[i].before_fatal;
        int n = count_points(&scenarios[i], n_before);
        g_assert_cmpint(n, >, 20);
        /* Every second time its children die with it. */
        for (int at = 1; at <= n; at += (int)test_stride()) {
            try_point(&scenarios[i], n_before, at, at % 2);
            total++;
        }
    }
    g_test_message("%d crash points, %d recovered", total, total);
    printf("# %d crash points, %d recovered\n", total, total);
}

int
main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    points = mmap(NULL, sizeof *points, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_assert_true(points != MAP_FAILED);
    g_assert_cmpint(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
    g_test_add_func("/crash-points", test_crash_points);
    return g_test_run();
}
