/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checked system calls. */

#include "io.h"

#include "error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT_ONCE 4096

void
vfg_io_close(VfgFd *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static gssize
read_some(int fd, char *to, gsize len)
{
    gssize n = 0;
    do
        n = read(fd, to, len);
    while (n < 0 && errno == EINTR);
    return n;
}

static void
set_too_large(GError **error, const char *shown, gsize max)
{
    vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                  "%s is larger than the %" G_GSIZE_FORMAT " bytes allowed", shown, max);
}

/* One read, and no more memory than it gave. */
static char *
read_at_once(int fd, gsize max, gsize *len, const char *shown, GError **error)
{
    char buffer[AT_ONCE + 1];
    gssize n = read_some(fd, buffer, max + 1);
    if (n < 0) {
        vfg_error_set_errno(error, errno, "cannot read %s", shown);
        return NULL;
    }
    if ((gsize)n > max) {
        set_too_large(error, shown, max);
        return NULL;
    }
    char *copy = g_malloc((gsize)n + 1);
    memcpy(copy, buffer, (gsize)n);
    copy[n] = '\0';
    if (len)
        *len = (gsize)n;
    return copy;
}

/* Files of /sys and /proc have no size to trust, so the buffer grows. */
char *
vfg_io_read_fd(int fd, gsize max, gsize *len, const char *shown, GError **error)
{
    if (max <= AT_ONCE)
        return read_at_once(fd, max, len, shown, error);
    gsize room = AT_ONCE + 1, used = 0;
    g_autofree char *buffer = g_malloc(room + 1);
    for (;;) {
        gssize n = read_some(fd, buffer + used, room - used);
        if (n < 0) {
            vfg_error_set_errno(error, errno, "cannot read %s", shown);
            return NULL;
        }
        if (n == 0)
            break;
        used += (gsize)n;
        if (used > max) {
            set_too_large(error, shown, max);
            return NULL;
        }
        if (used == room) {
            room = MIN(room * 2, max + 1);
            buffer = g_realloc(buffer, room + 1);
        }
    }
    buffer[used] = '\0';
    if (len)
        *len = used;
    return g_steal_pointer(&buffer);
}

char *
vfg_io_read_file(const char *path, gsize max, gsize *len, GError **error)
{
    g_auto(VfgFd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot open %s", path);
        return NULL;
    }
    return vfg_io_read_fd(fd, max, len, path, error);
}

gboolean
vfg_io_write_once(int fd, const char *text, const char *shown, GError **error)
{
    gsize len = strlen(text);
    gssize n = write(fd, text, len);
    if (n < 0) {
        vfg_error_set_errno(error, errno, "cannot write '%s' to %s", text, shown);
        return FALSE;
    }
    if ((gsize)n != len) {
        vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s took only a part of '%s'", shown, text);
        return FALSE;
    }
    return TRUE;
}

gboolean
vfg_io_write_all(int fd, const void *data, gsize len, const char *shown, GError **error)
{
    const char *at = data;
    while (len) {
        gssize n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            vfg_error_set_errno(error, errno, "cannot write %s", shown);
            return FALSE;
        }
        at += n;
        len -= (gsize)n;
    }
    return TRUE;
}

gboolean
vfg_io_sync(int fd, const char *shown, GError **error)
{
    if (fdatasync(fd) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot sync %s to disk", shown);
    return FALSE;
}

gboolean
vfg_io_sync_dir(const char *path, GError **error)
{
    g_auto(VfgFd) fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && fsync(fd) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot sync the directory %s to disk", path);
    return FALSE;
}

gboolean
vfg_io_make_dir(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot create the directory %s", path);
    return FALSE;
}

/* What survived the exec of this program has no FD_CLOEXEC; all that it opened itself has. */
void
vfg_io_leave_caller(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (nothing >= 0)
            dup2(nothing, fd);
    DIR *open_files = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (open_files && (entry = readdir(open_files))) {
        int fd = atoi(entry->d_name), flags = fd > STDERR_FILENO ? fcntl(fd, F_GETFD) : -1;
        if (flags >= 0 && !(flags & FD_CLOEXEC))
            close(fd);
    }
    if (open_files)
        closedir(open_files);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
vfg_io_sort_names(GPtrArray *names)
{
    g_ptr_array_sort(names, compare_names);
}
