/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Acts made by a child process with a deadline. */

#include "child.h"

#include "error.h"
#include "escape.h"
#include "io.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GO_ON_INTERVAL 200 /* ms */
#define REPORT_MAX 1024
#define WRITTEN "+"                      /* what a child that wrote its file reports */
#define STACK_SHOWN 8                    /* functions */
#define DEATH_WAIT (G_USEC_PER_SEC / 10) /* how long a killed process may take to be gone */

struct VfgChild {
    pid_t pid;
    VfgFd reports; /* what the child says before it ends; at its end the child is gone */
    VfgRoot *root; /* NULL for a program */
    char *what;    /* for messages */
    gboolean reaped;
};

void
vfg_child_free(VfgChild *child)
{
    if (!child)
        return;
    if (!child->reaped)
        (void)waitpid(child->pid, NULL, WNOHANG);
    vfg_io_close(&child->reports);
    g_free(child->what);
    g_free(child);
}

int
vfg_child_pid(const VfgChild *child)
{
    return (int)child->pid;
}

/* The child's side of vfg_child_write: reports WRITTEN or the text of its error. */
static void G_GNUC_NORETURN
write_and_report(VfgRoot *root, const char *path, const char *text, int report)
{
    g_autoptr(GError) error = NULL;
    vfg_io_leave_caller();
    gboolean written = vfg_root_write(root, path, text, &error);
    const char *word = written ? WRITTEN : error->message;
    (void)!write(report, word, MIN(strlen(word), REPORT_MAX));
    _exit(written ? 0 : 1);
}

/* The caller's without what steers the dynamic linker: update-initramfs takes a program's libraries
 * from where the linker finds them, and a boot from LD_LIBRARY_PATH's folders ends without libc. */
static char **
make_environment(void)
{
    char **environment = g_get_environ();
    g_auto(GStrv) whole = g_strdupv(environment);
    for (char **entry = whole; *entry; entry++) {
        g_autofree char *name = g_strndup(*entry, strcspn(*entry, "="));
        if (g_str_has_prefix(name, "LD_"))
            environment = g_environ_unsetenv(environment, name);
    }
    return environment;
}

static void G_GNUC_NORETURN
exec_and_report(const char *const *argv, char *const *environment, int report, int stream)
{
    vfg_io_leave_caller();
    dup2(report, stream);
    execvpe(argv[0], (char *const *)argv, environment);
    const char *why = g_strerror(errno);
    (void)!write(report, why, strlen(why));
    _exit(127);
}

/* Reads the child's report until it ends or the deadline passes. */
static gboolean
collect(const VfgChild *child, gint64 deadline, gsize max, GString *report)
{
    struct pollfd watch = {.fd = child->reports, .events = POLLIN};
    for (;;) {
        gint64 left = (deadline - g_get_monotonic_time() + 999) / 1000;
        int ready = poll(&watch, 1, (int)MAX(left, 0)); /* what is there counts, however late */
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return FALSE;
        char bytes[REPORT_MAX];
        gssize n = read(child->reports, bytes, sizeof bytes);
        if (n <= 0)
            return TRUE;
        if (report->len < max)
            g_string_append_len(report, bytes, n);
    }
}

/* A child that has closed its end may still hang in its exit, so that is not waited for either. */
static gboolean
reap(VfgChild *child, gint64 deadline, int *status)
{
    for (;;) {
        pid_t gone = waitpid(child->pid, status, WNOHANG);
        if (gone == child->pid || (gone < 0 && errno != EINTR))
            return child->reaped = TRUE;
        if (g_get_monotonic_time() >= deadline)
            return FALSE;
        g_usleep(200);
    }
}

/* Of a child that writes a file, what it says itself counts: nothing is taken for done that was not
 * said to be. */
static gboolean
conclude(const VfgChild *child, int status, const char *report, GError **error)
{
    gboolean ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (child->root ? g_str_equal(report, WRITTEN) : ended_well)
        return TRUE;
    g_autofree char *shown = vfg_escape_text(report, (gssize)strcspn(report, "\n"), REPORT_MAX);
    if (*shown)
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s", shown);
    else
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "the process ended with status %d", status);
    return FALSE;
}

/* "process 812 hangs in the kernel (state D, in vfio_unregister_group_dev < …)" */
static char *
describe_stuck(VfgChild *child)
{
    int status = 0, pid = (int)child->pid;
    if (reap(child, g_get_monotonic_time() + DEATH_WAIT, &status))
        return g_strdup_printf("process %d was ended", pid);
    g_autoptr(VfgProcess) process = child->root ? vfg_process_look(child->root, pid) : NULL;
    g_autofree char *stack = child->root ? vfg_process_stack(child->root, pid, STACK_SHOWN) : NULL;
    return g_strdup_printf("process %d hangs in the kernel (state %c%s%s)", pid,
                           process ? process->state : '?', stack ? ", in " : "",
                           stack ? stack : "");
}

gboolean
vfg_child_await(VfgChild *child, gint64 deadline, guint timeout, GError **error)
{
    g_autoptr(GString) report = g_string_new(NULL);
    int status = 0;
    if (collect(child, deadline, REPORT_MAX, report) && reap(child, deadline, &status))
        return conclude(child, status, report->str, error);
    kill(child->pid, SIGKILL); /* no effect on one that hangs in the kernel; init inherits it */
    g_autofree char *stuck = describe_stuck(child);
    vfg_error_set(error, VFG_ERROR_TIMEOUT,
                  "see what the kernel says (dmesg) and which processes hold the device",
                  "%s did not return within %u s; %s", child->what, timeout, stuck);
    return FALSE;
}

/* fork(2), with a pipe from the child. In the child its pid is 0 and *report its end of the pipe.
 */
static VfgChild *
start_child(VfgFd *report, GError **error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        vfg_error_set_errno(error, errno, "cannot make a pipe");
        return NULL;
    }
    g_auto(VfgFd) reports = ends[0], reporting = ends[1];
    pid_t pid = fork();
    if (pid < 0) {
        vfg_error_set_errno(error, errno, "cannot start a process");
        return NULL;
    }
    VfgChild *child = g_new0(VfgChild, 1);
    child->pid = pid;
    child->reports = reports;
    *report = reporting;
    reports = reporting = -1;
    return child;
}

VfgChild *
vfg_child_start_write(VfgRoot *root, const char *path, const char *text, GError **error)
{
    g_auto(VfgFd) report = -1;
    VfgChild *child = start_child(&report, error);
    if (child && child->pid == 0)
        write_and_report(root, path, text, report);
    if (child) {
        child->root = root;
        child->what = g_strdup_printf("writing '%s' to %s", text, path);
    }
    return child;
}

static gboolean
await_all(VfgChild *child, guint timeout, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    return vfg_child_await(child, deadline, timeout, error);
}

gboolean
vfg_child_write(VfgRoot *root, const char *path, const char *text, guint timeout, GError **error)
{
    g_autoptr(VfgChild) child = vfg_child_start_write(root, path, text, error);
    return child && await_all(child, timeout, error);
}

/* Until the child says something or ends; FALSE, and the child is gone, where it is not to go on.
 */
static gboolean
await_word(VfgChild *child, guint timeout, VfgChildGoOn go_on, gpointer data, GError **error)
{
    struct pollfd watch = {.fd = child->reports, .events = POLLIN};
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    while (poll(&watch, 1, GO_ON_INTERVAL) == 0 && g_get_monotonic_time() < deadline) {
        if (go_on(data, error))
            continue;
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return FALSE;
    }
    return TRUE;
}

gboolean
vfg_child_run(const char *const *argv, guint timeout, VfgChildGoOn go_on, gpointer data,
              GError **error)
{
    g_auto(VfgFd) report = -1;
    g_auto(GStrv) environment = make_environment();
    g_autoptr(VfgChild) child = start_child(&report, error);
    if (!child)
        return FALSE;
    if (child->pid == 0)
        exec_and_report(argv, environment, report, STDERR_FILENO);
    vfg_io_close(&report);
    child->what = g_strdup(argv[0]);
    if (go_on && !await_word(child, timeout, go_on, data, error))
        return FALSE;
    return await_all(child, timeout, error);
}

char *
vfg_child_read(const char *const *argv, guint timeout, gsize max, GError **error)
{
    g_auto(VfgFd) output = -1;
    int status = 0;
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) environment = make_environment();
    g_autoptr(VfgChild) child = start_child(&output, error);
    if (!child)
        return NULL;
    if (child->pid == 0)
        exec_and_report(argv, environment, output, STDOUT_FILENO);
    vfg_io_close(&output);
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    if (collect(child, deadline, max, text) && reap(child, deadline, &status) &&
        conclude(child, status, "", error))
        return g_string_free(g_steal_pointer(&text), FALSE);
    if (!child->reaped) {
        kill(child->pid, SIGKILL);
        vfg_error_set(error, VFG_ERROR_TIMEOUT, NULL, "%s did not end within %u s", argv[0],
                      timeout);
    }
    return NULL;
}
