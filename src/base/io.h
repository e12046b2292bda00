/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checked system calls: each names the path in its error. `dirfd` and `path` are as in openat(2);
 * `shown` is the name used in messages. */

#pragma once

#include <glib.h>

typedef int VfgFd;

/* Closes *fd where it is not negative; for g_auto(VfgFd). Errors of close are ignored: nothing
 * written depends on it, writers call fdatasync first. */
void vfg_io_close(VfgFd *fd);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgFd, vfg_io_close)

/* Reads an open file to its end, at most `max` bytes; a longer one is an error. The result is
 * NUL-terminated beyond *len (`len` may be NULL) and owned by the caller. Where `max` is no more
 * than 4 KiB, one read(2) must give it all: an attribute of sysfs comes whole
 * (Documentation/filesystems/sysfs.rst), and of /proc what fits into a page (seq_read_iter() in
 * Linux' fs/seq_file.c); looking for its end by a second read would double the calls. */
char *vfg_io_read_fd(int fd, gsize max, gsize *len, const char *shown,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads the file at an ordinary path, at most `max` bytes. */
char *vfg_io_read_file(const char *path, gsize max, gsize *len,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes `text` with a single write(2), as a sysfs attribute wants it
 * (Documentation/filesystems/sysfs.rst: a store gets the whole buffer of one write). A short write
 * is an error. */
gboolean vfg_io_write_once(int fd, const char *text, const char *shown,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes all `len` bytes, over several writes where needed. */
gboolean vfg_io_write_all(int fd, const void *data, gsize len, const char *shown,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* fdatasync(2) of a file, or fsync(2) of a directory given by its path. */
gboolean vfg_io_sync(int fd, const char *shown, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vfg_io_sync_dir(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Creates a directory with its parents, mode 0700 for the last one. An existing one is fine. */
gboolean vfg_io_make_dir(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For a child process that may hang in the kernel and so outlive the command: standard input,
 * output and error become /dev/null, and what was inherited from the caller is closed, so that
 * nobody waits for it. What was opened with O_CLOEXEC, the command's own, stays open. */
void vfg_io_leave_caller(void);

/* Sorts an array of names (char *) by their bytes, so that a folder reads the same everywhere. */
void vfg_io_sort_names(GPtrArray *names);
