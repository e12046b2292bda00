/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files below a root, replaced with one rename. */

#include "file-replace.h"

#include "beneath.h"
#include "error.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel (path_resolution(7)) */

/* The path that the link at `path` (its folder open as `folder`) leads to, from the root; NULL
 * where it is none. */
static char *
follow(int folder, const char *path, const char *name)
{
    char target[4096];
    gssize n = readlinkat(folder, name, target, sizeof target - 1);
    if (n <= 0)
        return NULL;
    target[n] = '\0';
    g_autofree char *parent = g_path_get_dirname(path);
    return target[0] == '/' ? g_strdup(target) : g_build_filename(parent, target, NULL);
}

int
vfg_file_find(int root, const char *path, char **name, GError **error)
{
    g_autofree char *at = g_strdup(path);
    for (guint links = 0; links < LINKS_MAX; links++) {
        g_autofree char *parent = g_path_get_dirname(at);
        g_autofree char *base = g_path_get_basename(at);
        g_auto(VfgFd) folder = vfg_beneath_open(root, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) {
            vfg_error_set_errno(error, errno, "cannot open the folder of %s", path);
            return -1;
        }
        char *next = follow(folder, at, base);
        if (!next) {
            *name = g_steal_pointer(&base);
            int found = folder;
            folder = -1;
            return found;
        }
        g_free(at);
        at = next;
    }
    vfg_error_set_errno(error, ELOOP, "cannot open %s", path);
    return -1;
}

int
vfg_file_make_folders(int root, const char *path, GError **error)
{
    g_auto(GStrv) words = g_strsplit(path, "/", -1);
    g_autoptr(GString) at = g_string_new("/");
    for (guint i = 0; words[i]; i++) {
        g_auto(VfgFd) parent = vfg_beneath_open(root, at->str, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0 || (*words[i] && mkdirat(parent, words[i], 0755) < 0 && errno != EEXIST)) {
            vfg_error_set_errno(error, errno, "cannot make the folder %s", path);
            return -1;
        }
        g_string_append_printf(at, "%s%s", at->len > 1 ? "/" : "", words[i]);
    }
    int folder = vfg_beneath_open(root, at->str, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        vfg_error_set_errno(error, errno, "cannot open the folder %s", path);
    return folder;
}

/* Extended attributes that the file system or the caller's rights do not allow are left out. */
static void
copy_attributes(int from, int to)
{
    char names[4096], value[4096];
    gssize n = flistxattr(from, names, sizeof names);
    for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
        gssize len = fgetxattr(from, name, value, sizeof value);
        if (len >= 0)
            (void)!fsetxattr(to, name, value, (gsize)len, 0);
    }
}

/* The owner before the mode, since a change of the owner drops mode bits. A file system without
 * owners (FAT) refuses what it already has. */
static gboolean
copy_rights(int from, int to, const char *shown, GError **error)
{
    struct stat was, is;
    if (fstat(from, &was) < 0 || fstat(to, &is) < 0)
        vfg_error_set_errno(error, errno, "cannot look at %s", shown);
    else if ((was.st_uid != is.st_uid || was.st_gid != is.st_gid) &&
             fchown(to, was.st_uid, was.st_gid) < 0)
        vfg_error_set_errno(error, errno, "cannot keep the owner of %s", shown);
    else if (was.st_mode != is.st_mode && fchmod(to, was.st_mode & 07777) < 0)
        vfg_error_set_errno(error, errno, "cannot keep the mode of %s", shown);
    else
        return TRUE;
    return FALSE;
}

static gboolean
fill(int fd, int old, GBytes *bytes, const char *shown, GError **error)
{
    gsize len = 0;
    const void *data = g_bytes_get_data(bytes, &len);
    if (!vfg_io_write_all(fd, data, len, shown, error))
        return FALSE;
    if (old >= 0) {
        if (!copy_rights(old, fd, shown, error))
            return FALSE;
        copy_attributes(old, fd);
    }
    return vfg_io_sync(fd, shown, error);
}

gboolean
vfg_file_replace(int folder, const char *name, GBytes *bytes, const char *shown, GError **error)
{
    g_autofree char *beside = g_strdup_printf(".%s.vfiogpu-new", name);
    g_auto(VfgFd) old = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    unlinkat(folder, beside, 0); /* of a run that was cut off */
    g_auto(VfgFd) fd =
        openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot write beside %s", shown);
        return FALSE;
    }
    gboolean good = fill(fd, old, bytes, shown, error);
    if (good && renameat(folder, beside, folder, name) < 0) {
        vfg_error_set_errno(error, errno, "cannot replace %s", shown);
        good = FALSE;
    }
    if (!good) {
        unlinkat(folder, beside, 0);
        return FALSE;
    }
    if (fsync(folder) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot sync the folder of %s to disk", shown);
    return FALSE;
}
