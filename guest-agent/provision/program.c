/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a program of the system. */

#include "program.h"

#include "error.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_OUTPUT 16384
#define MAX_LINE 4096
#define MAX_LOG (4 * 1024 * 1024)
#define GRACE_S 10 /* between SIGTERM and SIGKILL */
#define STATUS_FD 3

typedef struct {
    VfgFd fd;
    GString *line;
    gboolean status;
} Stream;

typedef struct {
    const VfgProgram *program;
    pid_t pid;
    Stream streams[2]; /* output, status */
    VfgFd log;
    GString *output;
} Running;

void
vfg_program_result_clear(VfgProgramResult *result)
{
    g_clear_pointer(&result->output, g_free);
}

static char *
find_program(const char *name, const char *search)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? g_strdup(name) : NULL;
    g_auto(GStrv) folders = g_strsplit(search, ":", -1);
    for (guint i = 0; folders[i]; i++) {
        g_autofree char *path = g_build_filename(folders[i], name, NULL);
        if (access(path, X_OK) == 0)
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* Nothing asks, nothing is translated, and no service restarter joins in. */
static char **
make_environment(const char *search)
{
    g_autoptr(GStrvBuilder) env = g_strv_builder_new();
    g_autofree char *path = g_strconcat("PATH=", search, NULL);
    g_strv_builder_add_many(env, path, "HOME=/root", "LC_ALL=C", "TERM=dumb", "COLUMNS=400",
                            "DEBIAN_FRONTEND=noninteractive", "DEBCONF_NONINTERACTIVE_SEEN=true",
                            "APT_LISTCHANGES_FRONTEND=none", "NEEDRESTART_SUSPEND=1",
                            "ASSUME_ALWAYS_YES=yes", NULL);
    return g_strv_builder_end(env);
}

static char **
make_argv(const VfgProgram *program)
{
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
    g_strv_builder_add(argv, program->argv[0]);
    if (program->status_fd)
        g_strv_builder_add_many(argv, "-o", "APT::Status-Fd=3", NULL);
    for (guint i = 1; program->argv[i]; i++)
        g_strv_builder_add(argv, program->argv[i]);
    return g_strv_builder_end(argv);
}

/* Between fork and exec. */
static void
become(const char *path, char **argv, char **env, int output, int status)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0 || (status >= 0 && dup2(status, STATUS_FD) < 0))
        _exit(126);
    if (status == STATUS_FD)
        fcntl(STATUS_FD, F_SETFD, 0);
    execve(path, argv, env);
    _exit(127);
}

/* The log is there for people; one that can't be written is not worth failing for. */
static int
open_log(const char *path)
{
    struct stat info;
    if (!path)
        return -1;
    if (stat(path, &info) == 0 && info.st_size > MAX_LOG) {
        g_autofree char *old = g_strconcat(path, ".1", NULL);
        (void)!rename(path, old);
    }
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static gboolean
start(Running *running, GError **error)
{
    const VfgProgram *program = running->program;
    g_autofree char *path = find_program(program->argv[0], program->search);
    if (!path) {
        vfg_error_set(error, VFG_ERROR_NOT_FOUND, NULL, "there is no program %s here",
                      program->argv[0]);
        return FALSE;
    }
    g_auto(GStrv) argv = make_argv(program);
    g_auto(GStrv) env = make_environment(program->search);
    int output[2] = {-1, -1}, status[2] = {-1, -1};
    if (pipe2(output, O_CLOEXEC) < 0 || (program->status_fd && pipe2(status, O_CLOEXEC) < 0)) {
        vfg_error_set_errno(error, errno, "cannot make a pipe");
        return FALSE;
    }
    running->pid = fork();
    if (running->pid == 0)
        become(path, argv, env, output[1], status[1]);
    close(output[1]);
    if (status[1] >= 0)
        close(status[1]);
    running->streams[0].fd = output[0];
    running->streams[1].fd = status[0];
    if (running->pid < 0)
        vfg_error_set_errno(error, errno, "cannot start %s", program->argv[0]);
    return running->pid > 0;
}

static void
take_line(Running *running, Stream *stream)
{
    g_autofree char *valid = g_utf8_make_valid(stream->line->str, (gssize)stream->line->len);
    if (running->program->on_line)
        running->program->on_line(valid, stream->status, running->program->data);
    if (!stream->status)
        g_string_append_printf(running->output, "%s\n", valid);
    if (running->output->len > MAX_OUTPUT)
        g_string_erase(running->output, 0, (gssize)(running->output->len - MAX_OUTPUT));
    g_string_truncate(stream->line, 0);
}

/* FALSE at the stream's end. */
static gboolean
read_stream(Running *running, Stream *stream)
{
    char bytes[4096];
    gssize n = read(stream->fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR)
        return TRUE;
    if (n > 0 && !stream->status && running->log >= 0)
        (void)!write(running->log, bytes, (gsize)n);
    for (gssize i = 0; i < n; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r' || stream->line->len >= MAX_LINE) {
            if (stream->line->len)
                take_line(running, stream);
            continue;
        }
        g_string_append_c(stream->line, bytes[i]);
    }
    if (n <= 0 && stream->line->len)
        take_line(running, stream);
    return n > 0;
}

/* Waits for output until a time; FALSE once both streams have ended. A daemon that a maintainer
 * script leaves behind keeps the pipe open, so the child's own end counts as well. */
static gboolean
pump(Running *running, gint64 until)
{
    gint64 left = (until - g_get_monotonic_time() + 999) / 1000;
    struct pollfd watch[2];
    for (guint i = 0; i < 2; i++)
        watch[i] = (struct pollfd){.fd = running->streams[i].fd, .events = POLLIN};
    if (watch[0].fd < 0 && watch[1].fd < 0)
        return FALSE;
    if (poll(watch, 2, (int)CLAMP(left, 0, 200)) <= 0)
        return TRUE;
    for (guint i = 0; i < 2; i++)
        if (watch[i].revents && !read_stream(running, &running->streams[i]))
            vfg_io_close(&running->streams[i].fd);
    return TRUE;
}

/* Takes the output that is there already. */
static void
drain(Running *running)
{
    while (pump(running, 0) && running->streams[0].fd >= 0) {
        struct pollfd more = {.fd = running->streams[0].fd, .events = POLLIN};
        if (poll(&more, 1, 0) <= 0)
            break;
    }
}

/* FALSE where the deadline passed first. */
static gboolean
await(Running *running, gint64 until, int *status)
{
    while (g_get_monotonic_time() < until) {
        gboolean open = pump(running, until);
        if (waitpid(running->pid, status, WNOHANG) == running->pid) {
            drain(running);
            return TRUE;
        }
        if (!open)
            g_usleep(1000);
    }
    return FALSE;
}

static void
end_group(Running *running, int *status)
{
    kill(-running->pid, SIGTERM);
    if (await(running, g_get_monotonic_time() + GRACE_S * G_USEC_PER_SEC, status))
        return;
    kill(-running->pid, SIGKILL);
    while (waitpid(running->pid, status, 0) < 0 && errno == EINTR)
        ;
}

static void
running_clear(Running *running)
{
    for (guint i = 0; i < 2; i++) {
        vfg_io_close(&running->streams[i].fd);
        g_string_free(running->streams[i].line, TRUE);
    }
    vfg_io_close(&running->log);
    if (running->output)
        g_string_free(running->output, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Running, running_clear)

gboolean
vfg_program_run(const VfgProgram *program, VfgProgramResult *ret, GError **error)
{
    g_auto(Running) running = {.program = program, .log = open_log(program->log)};
    for (guint i = 0; i < 2; i++)
        running.streams[i] = (Stream){-1, g_string_new(NULL), i == 1};
    running.output = g_string_new(NULL);
    g_autofree char *shown = vfg_program_show(program->argv);
    if (running.log >= 0)
        (void)!dprintf(running.log, "+ %s\n", shown);
    if (!start(&running, error))
        return FALSE;
    int status = 0;
    gint64 until = g_get_monotonic_time() + (gint64)program->deadline * G_USEC_PER_SEC;
    ret->timed_out = !await(&running, until, &status);
    if (ret->timed_out)
        end_group(&running, &status);
    ret->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ret->output = g_string_free(g_steal_pointer(&running.output), FALSE);
    return TRUE;
}

/* "$KERNEL" stands for a kernel release that isn't known, in a dry run for another system. */
static gboolean
is_plain(const char *word)
{
    for (const char *at = word; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("-_./:=+,@%", *at) && !g_str_has_prefix(at, "$KERNEL"))
            return FALSE;
    return *word != '\0';
}

char *
vfg_program_show(const char *const *argv)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; argv[i]; i++) {
        g_autofree char *quoted = is_plain(argv[i]) ? g_strdup(argv[i]) : g_shell_quote(argv[i]);
        g_string_append_printf(out, "%s%s", i ? " " : "", quoted);
    }
    return g_string_free(out, FALSE);
}
