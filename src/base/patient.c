/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files of /sys whose answer a driver can keep back for ever. */

#include "patient.h"

#include "io.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX 4096
#define NO_TEXT G_MAXUINT16
#define WAITS_MAX 30 /* of the timeout each, for a child that gets no processor */

void
vfg_patient_read_free(VfgPatientRead *read)
{
    g_free(read->path);
    g_free(read->text);
    g_free(read);
}

GPtrArray *
vfg_patient_reads_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)vfg_patient_read_free);
}

void
vfg_patient_reads_add(GPtrArray *reads, const char *path)
{
    VfgPatientRead *read = g_new0(VfgPatientRead, 1);
    read->path = g_strdup(path);
    g_ptr_array_add(reads, read);
}

/* A child that hangs must hold nothing that somebody waits for: no lock, no pipe. */
static void
leave_all(const VfgRoot *root, int answers)
{
    int low = MIN(vfg_root_fd(root), answers), high = MAX(vfg_root_fd(root), answers);
    vfg_io_leave_caller();
    if (low > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (guint)low - 1, 0);
    if (high > low + 1)
        close_range((guint)low + 1, (guint)high - 1, 0);
    close_range((guint)high + 1, ~0U, 0);
}

/* The child's side: for each file the length of its text, then the text. */
static void G_GNUC_NORETURN
answer(VfgRoot *root, const GPtrArray *reads, guint from, int to)
{
    leave_all(root, to);
    for (guint i = from; i < reads->len; i++) {
        const VfgPatientRead *read = g_ptr_array_index(reads, i);
        char bytes[sizeof(guint16) + TEXT_MAX];
        g_autofree char *text = vfg_root_read_text(root, read->path, NULL);
        guint16 len = text ? (guint16)strlen(text) : NO_TEXT;
        memcpy(bytes, &len, sizeof len);
        if (text)
            memcpy(bytes + sizeof len, text, len);
        gsize total = sizeof len + (text ? len : 0);
        if (write(to, bytes, total) != (gssize)total)
            break;
    }
    _exit(0);
}

typedef struct {
    pid_t pid;
    int answers;   /* the pipe's end that it writes to is its own */
    guint timeout; /* ms */
} Reader;

/* Whether it waits for a processor, not for a driver: a busy host is no hanging one. */
static gboolean
is_runnable(pid_t pid)
{
    g_autoptr(VfgRoot) real = vfg_root_new("/", NULL);
    g_autoptr(VfgProcess) process = real ? vfg_process_look(real, pid) : NULL;
    return process && process->state == 'R';
}

static gboolean
await_answer(const Reader *reader)
{
    struct pollfd watch = {.fd = reader->answers, .events = POLLIN};
    for (guint waited = 0; waited < WAITS_MAX; waited++) {
        int ready = poll(&watch, 1, (int)reader->timeout);
        if (ready > 0)
            return TRUE;
        if (ready == 0 && !is_runnable(reader->pid))
            return FALSE;
    }
    return FALSE;
}

/* Reads exactly `len` bytes. */
static gboolean
take(const Reader *reader, void *to, gsize len)
{
    for (char *at = to, *end = at + len; at < end;) {
        gssize n = await_answer(reader) ? read(reader->answers, at, (gsize)(end - at)) : 0;
        if (n <= 0)
            return FALSE;
        at += n;
    }
    return TRUE;
}

static gboolean
take_answer(const Reader *reader, VfgPatientRead *read)
{
    guint16 len = 0;
    char text[TEXT_MAX];
    if (!take(reader, &len, sizeof len))
        return FALSE;
    if (len == NO_TEXT)
        return TRUE;
    if (len > sizeof text || !take(reader, text, len))
        return FALSE;
    read->text = g_strndup(text, len);
    return TRUE;
}

static void
read_directly(VfgRoot *root, const GPtrArray *reads)
{
    for (guint i = 0; i < reads->len; i++) {
        VfgPatientRead *read = g_ptr_array_index(reads, i);
        if (!read->late)
            read->text = vfg_root_read_text(root, read->path, NULL);
    }
}

/* Reads from `from` on, and gives the place of the first one that was not answered. That one's
 * child is left behind: only its driver can end its wait. */
static guint
read_by_child(VfgRoot *root, const GPtrArray *reads, guint from, guint timeout)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return from;
    g_auto(VfgFd) answers = ends[0], answering = ends[1];
    pid_t pid = fork();
    if (pid == 0)
        answer(root, reads, from, answering);
    vfg_io_close(&answering);
    const Reader reader = {.pid = pid, .answers = answers, .timeout = timeout};
    guint at = from;
    while (pid > 0 && at < reads->len && take_answer(&reader, g_ptr_array_index(reads, at)))
        at++;
    if (pid > 0 && at < reads->len)
        kill(pid, SIGKILL);
    while (pid > 0 && waitpid(pid, NULL, at < reads->len ? WNOHANG : 0) < 0 && errno == EINTR)
        ;
    return at;
}

void
vfg_patient_reads_run(VfgRoot *root, GPtrArray *reads, guint timeout)
{
    if (!vfg_root_is_writable(root)) {
        read_directly(root, reads);
        return;
    }
    for (guint at = 0; at < reads->len;) {
        at = read_by_child(root, reads, at, timeout);
        if (at < reads->len)
            ((VfgPatientRead *)g_ptr_array_index(reads, at++))->late = TRUE;
    }
    if (vfg_root_is_recording(root)) { /* what a child reads is not seen here */
        for (guint i = 0; i < reads->len; i++)
            g_clear_pointer(&((VfgPatientRead *)g_ptr_array_index(reads, i))->text, g_free);
        read_directly(root, reads);
    }
}

gboolean
vfg_patient_read_text(VfgRoot *root, const char *path, guint timeout, char **text)
{
    g_autoptr(GPtrArray) reads = vfg_patient_reads_new();
    vfg_patient_reads_add(reads, path);
    vfg_patient_reads_run(root, reads, timeout);
    VfgPatientRead *read = g_ptr_array_index(reads, 0);
    if (read->late)
        return FALSE;
    *text = g_steal_pointer(&read->text);
    return TRUE;
}
