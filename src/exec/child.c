/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Acts made by a child process with a deadline. */

#include "child.h"

#include "error.h"
#include "escape.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_MAX 1024

typedef struct {
    pid_t pid;
    VfgFd reports; /* what the child says before it ends; at its end the child is gone */
} Child;

/* The child's side of vfg_child_write: reports "" for success or the text of its error. */
static void
write_and_report(VfgRoot *root, const char *path, const char *text, int report)
{
    g_autoptr(GError) error = NULL;
    if (!vfg_root_write(root, path, text, &error))
        (void)!write(report, error->message, MIN(strlen(error->message), REPORT_MAX));
    _exit(error ? 1 : 0);
}

static void
exec_and_report(const char *const *argv, int report)
{
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(report, STDERR_FILENO);
    execvp(argv[0], (char *const *)argv);
    const char *why = g_strerror(errno);
    (void)!write(report, why, strlen(why));
    _exit(127);
}

/* Reads the child's report until it ends or the deadline passes. */
static gboolean
collect(const Child *child, gint64 deadline, GString *report)
{
    struct pollfd watch = {.fd = child->reports, .events = POLLIN};
    for (;;) {
        gint64 left = (deadline - g_get_monotonic_time() + 999) / 1000;
        int ready = left > 0 ? poll(&watch, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return FALSE;
        char bytes[REPORT_MAX];
        gssize n = read(child->reports, bytes, sizeof bytes);
        if (n <= 0)
            return TRUE;
        if (report->len < REPORT_MAX)
            g_string_append_len(report, bytes, n);
    }
}

static gboolean
conclude(const Child *child, const char *report, GError **error)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRUE;
    g_autofree char *shown = vfg_escape_text(report, (gssize)strcspn(report, "\n"), REPORT_MAX);
    if (*shown)
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s", shown);
    else
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "the process ended with status %d", status);
    return FALSE;
}

static gboolean
await(const Child *child, const char *what, guint timeout, GError **error)
{
    g_autoptr(GString) report = g_string_new(NULL);
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    if (collect(child, deadline, report))
        return conclude(child, report->str, error);
    kill(child->pid,
         SIGKILL); /* no effect on one that hangs in the kernel; then init inherits it */
    vfg_error_set(error, VFG_ERROR_TIMEOUT,
                  "see what the kernel says (dmesg) and which processes hold the device",
                  "%s did not return within %u s; process %d hangs in the kernel", what, timeout,
                  (int)child->pid);
    return FALSE;
}

/* fork(2), with a pipe from the child. In the child pid is 0 and *report its end of the pipe. */
static gboolean
start_child(Child *child, VfgFd *report, GError **error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        vfg_error_set_errno(error, errno, "cannot make a pipe");
        return FALSE;
    }
    g_auto(VfgFd) reports = ends[0], reporting = ends[1];
    child->pid = fork();
    if (child->pid < 0) {
        vfg_error_set_errno(error, errno, "cannot start a process");
        return FALSE;
    }
    child->reports = reports;
    *report = reporting;
    reports = reporting = -1;
    return TRUE;
}

gboolean
vfg_child_write(VfgRoot *root, const char *path, const char *text, guint timeout, GError **error)
{
    Child child = {.reports = -1};
    g_auto(VfgFd) report = -1;
    if (!start_child(&child, &report, error))
        return FALSE;
    if (child.pid == 0)
        write_and_report(root, path, text, report);
    vfg_io_close(&report);
    g_autofree char *what = g_strdup_printf("writing '%s' to %s", text, path);
    gboolean done = await(&child, what, timeout, error);
    vfg_io_close(&child.reports);
    return done;
}

gboolean
vfg_child_run(const char *const *argv, guint timeout, GError **error)
{
    Child child = {.reports = -1};
    g_auto(VfgFd) report = -1;
    if (!start_child(&child, &report, error))
        return FALSE;
    if (child.pid == 0)
        exec_and_report(argv, report);
    vfg_io_close(&report);
    gboolean done = await(&child, argv[0], timeout, error);
    vfg_io_close(&child.reports);
    return done;
}
