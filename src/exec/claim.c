/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Claims: locks on files in the state directory. */

#include "claim.h"

#include "error.h"
#include "escape.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define POLL_INTERVAL (G_USEC_PER_SEC / 10)

struct VfgClaim {
    VfgFd fd;
};

/* An open file description lock dies with its descriptor and is not lost when another one of the
 * same file is closed (fcntl(2), "Open file description locks"). */
static gboolean
try_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static void
set_held_error(int fd, const char *name, guint timeout, GError **error)
{
    g_autofree char *holder = vfg_io_read_fd(fd, 4096, NULL, name, NULL);
    g_autofree char *shown = holder ? vfg_escape_text(g_strstrip(holder), -1, 200) : NULL;
    vfg_error_set(error, VFG_ERROR_TIMEOUT, "wait until that process ends, or end it",
                  "%s is being worked on by %s (waited %u s)", name,
                  shown && *shown ? shown : "another vfiogpu", timeout);
}

/* For messages only: the lock itself is what counts. */
static void
write_holder(int fd)
{
    g_autofree char *text =
        g_strdup_printf("process %d (%s)\n", (int)getpid(), g_get_prgname() ? g_get_prgname() : "");
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, text, strlen(text), 0);
}

VfgClaim *
vfg_claim_take(const char *state_dir, const char *name, guint timeout, GError **error)
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
    while (!try_lock(fd)) {
        if (g_get_monotonic_time() >= deadline) {
            set_held_error(fd, name, timeout, error);
            return NULL;
        }
        g_usleep(POLL_INTERVAL);
    }
    write_holder(fd);
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
        errno = 0; /* the text is only for messages */
    vfg_io_close(&claim->fd);
    g_free(claim);
}
