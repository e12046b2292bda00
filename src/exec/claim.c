/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Claims: locks on files in the state directory. */

#include "claim.h"

#include "error.h"
#include "escape.h"
#include "io.h"
#include "parse.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POLL_INTERVAL (G_USEC_PER_SEC / 50)

struct VfgClaim {
    VfgFd fd;
};

/* An open file description lock dies with its descriptor and is not lost when another one of the
 * same file is closed (fcntl(2), "Open file description locks"). */
static gboolean
set_lock(int fd, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* "process 812 (vfiogpu) 4711\n": the last word is when it began, so that a number that another
 * process has now misleads nobody. For messages only: the lock itself is what counts, and that no
 * dead process has, and none of an earlier boot. */
static void
write_holder(VfgRoot *root, int fd)
{
    int pid = (int)getpid();
    g_autoptr(VfgProcess) self = vfg_process_look(root, pid);
    g_autofree char *text =
        g_strdup_printf("process %d (%s) %" G_GUINT64_FORMAT "\n", pid,
                        g_get_prgname() ? g_get_prgname() : "", self ? self->start : 0);
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, text, strlen(text), 0);
}

/* Whether the process that wrote the text is there no more. */
static gboolean
is_gone(VfgRoot *root, const char *text)
{
    int pid = 0;
    guint64 start = 0;
    const char *last = strrchr(text, ' ');
    if (!last || sscanf(text, "process %d ", &pid) != 1 ||
        !vfg_parse_uint(last + 1, 10, G_MAXUINT64, &start, NULL) || !start)
        return FALSE;
    g_autoptr(VfgProcess) process = vfg_process_look(root, pid);
    return !process || process->start != start || process->state == 'Z';
}

static void
set_held_error(VfgRoot *root, int fd, const char *name, guint timeout, GError **error)
{
    g_autofree char *text = vfg_io_read_fd(fd, 4096, NULL, name, NULL);
    if (text)
        g_strstrip(text);
    const char *end = text ? strrchr(text, ')') : NULL;
    g_autofree char *shown = text ? vfg_escape_text(text, end ? end - text + 1 : -1, 200) : NULL;
    if (text && is_gone(root, text))
        vfg_error_set(
            error, VFG_ERROR_TIMEOUT, "see what the kernel says (dmesg); then 'vfiogpu recover'",
            "%s was being worked on by %s, which is gone, but what it began in the kernel "
            "has not returned (waited %u s)",
            name, shown, timeout);
    else
        vfg_error_set(error, VFG_ERROR_TIMEOUT, "wait until that process ends, or end it",
                      "%s is being worked on by %s (waited %u s)", name,
                      shown && *shown ? shown : "another vfiogpu", timeout);
}

VfgClaim *
vfg_claim_take(VfgRoot *root, const char *state_dir, const char *name, guint timeout,
               GError **error)
{
    g_autofree char *folder = g_build_filename(state_dir, "claims", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!vfg_io_make_dir(folder, error))
        return NULL;
    g_auto(VfgFd) fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot open %s", path);
        return NULL;
    }
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    while (!set_lock(fd, F_WRLCK)) {
        if (g_get_monotonic_time() >= deadline) {
            set_held_error(root, fd, name, timeout, error);
            return NULL;
        }
        g_usleep(POLL_INTERVAL);
    }
    write_holder(root, fd);
    VfgClaim *claim = g_new0(VfgClaim, 1);
    claim->fd = fd;
    fd = -1;
    return claim;
}

void
vfg_claim_free(VfgClaim *claim)
{
    if (!claim)
        return;
    if (ftruncate(claim->fd, 0) < 0)
        errno = 0;                      /* the text is only for messages */
    (void)set_lock(claim->fd, F_UNLCK); /* a child that hangs has the same description open */
    vfg_io_close(&claim->fd);
    g_free(claim);
}
