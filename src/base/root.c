/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root: the only door to /sys, /proc and /dev. */

#include "root.h"

#include "beneath.h"
#include "error.h"
#include "io.h"
#include "parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct VfgRoot {
    VfgFd fd;
    char *path;
    gboolean live; /* "/" itself: links may lead anywhere, the kernel made them */
    gboolean writable;
    VfgRootWriteFunc write_func; /* NULL: write(2) */
    gpointer write_data;
};

static VfgRoot *
root_open(const char *path, gboolean writable, GError **error)
{
    g_auto(VfgFd) fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot open the root directory %s", path);
        return NULL;
    }
    VfgRoot *root = g_new0(VfgRoot, 1);
    root->live = g_str_equal(path, "/");
    root->path = root->live ? g_strdup("") : g_strdup(path);
    root->writable = writable || root->live;
    root->fd = fd;
    fd = -1;
    return root;
}

VfgRoot *
vfg_root_new(const char *path, GError **error)
{
    return root_open(path, FALSE, error);
}

VfgRoot *
vfg_root_new_fake(const char *path, VfgRootWriteFunc func, gpointer data, GError **error)
{
    VfgRoot *root = root_open(path, TRUE, error);
    if (root) {
        root->write_func = func;
        root->write_data = data;
    }
    return root;
}

void
vfg_root_free(VfgRoot *root)
{
    if (!root)
        return;
    vfg_io_close(&root->fd);
    g_free(root->path);
    g_free(root);
}

gboolean
vfg_root_is_writable(const VfgRoot *root)
{
    return root->writable;
}

static int
open_below(const VfgRoot *root, const char *path, int flags)
{
    while (*path == '/')
        path++;
    if (!*path)
        path = ".";
    if (root->live)
        return openat(root->fd, path, flags | O_CLOEXEC | O_NOCTTY);
    /* openat2 refuses flags that mean nothing beside O_PATH. */
    return vfg_beneath_open(root->fd, path, flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY));
}

static char *
shown_path(const VfgRoot *root, const char *path)
{
    return g_strconcat(root->path, *path == '/' ? "" : "/", path, NULL);
}

/* Opens, or sets the error with the path in it. */
static VfgFd
open_checked(const VfgRoot *root, const char *path, int flags, GError **error)
{
    VfgFd fd = open_below(root, path, flags);
    if (fd < 0) {
        int saved = errno;
        g_autofree char *shown = shown_path(root, path);
        vfg_error_set_errno(error, saved, "cannot open %s", shown);
    }
    return fd;
}

VfgRoot *
vfg_root_enter(VfgRoot *root, const char *path, GError **error)
{
    g_auto(VfgFd) fd = open_checked(root, path, O_RDONLY | O_DIRECTORY, error);
    if (fd < 0)
        return NULL;
    VfgRoot *sub = g_new0(VfgRoot, 1);
    sub->live = root->live;
    sub->path = shown_path(root, path);
    sub->writable = root->writable;
    sub->fd = fd;
    fd = -1;
    return sub;
}

char *
vfg_root_read(VfgRoot *root, const char *path, gsize max, gsize *len, GError **error)
{
    g_auto(VfgFd) fd = open_checked(root, path, O_RDONLY, error);
    if (fd < 0)
        return NULL;
    g_autofree char *shown = shown_path(root, path);
    return vfg_io_read_fd(fd, max, len, shown, error);
}

char *
vfg_root_read_text(VfgRoot *root, const char *path, GError **error)
{
    char *text = vfg_root_read(root, path, 4096, NULL, error);
    return text ? g_strstrip(text) : NULL;
}

gboolean
vfg_root_read_uint(VfgRoot *root, const char *path, guint base, guint64 max, guint64 *ret,
                   GError **error)
{
    g_autofree char *text = vfg_root_read_text(root, path, error);
    if (!text)
        return FALSE;
    if (vfg_parse_uint(text, base, max, ret, error))
        return TRUE;
    g_autofree char *shown = shown_path(root, path);
    g_prefix_error(error, "%s: ", shown);
    return FALSE;
}

char *
vfg_root_link_name(VfgRoot *root, const char *path)
{
    g_auto(VfgFd) fd = open_below(root, path, O_PATH | O_NOFOLLOW);
    char target[4096];
    gssize n = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof target - 1);
    if (n <= 0)
        return NULL;
    target[n] = '\0';
    return g_path_get_basename(target);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
vfg_root_list(VfgRoot *root, const char *path, GError **error)
{
    VfgFd fd = open_checked(root, path, O_RDONLY | O_DIRECTORY, error);
    if (fd < 0)
        return NULL;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        vfg_error_set_errno(error, errno, "cannot list %s", path);
        vfg_io_close(&fd);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    closedir(dir);
    g_ptr_array_sort(names, compare_names);
    return names;
}

gboolean
vfg_root_exists(VfgRoot *root, const char *path)
{
    g_auto(VfgFd) fd = open_below(root, path, O_PATH);
    return fd >= 0;
}

gboolean
vfg_root_is_busy(VfgRoot *root, const char *path)
{
    g_auto(VfgFd) fd = open_below(root, path, O_RDWR);
    return fd < 0 && errno == EBUSY;
}

gboolean
vfg_root_write(VfgRoot *root, const char *path, const char *text, GError **error)
{
    g_autofree char *shown = shown_path(root, path);
    if (!root->writable) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "run the command without --sysroot",
                      "%s belongs to a snapshot, which is never changed", shown);
        return FALSE;
    }
    if (root->write_func)
        return root->write_func(path, text, root->write_data, error);
    g_auto(VfgFd) fd = open_checked(root, path, O_WRONLY, error);
    return fd >= 0 && vfg_io_write_once(fd, text, shown, error);
}
