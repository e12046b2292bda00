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
#include <sys/stat.h>
#include <unistd.h>

struct VfgRoot {
    VfgFd fd;           /* -1 where it is a tree */
    VfgTree *tree;      /* the folder that this root is; owned unless entered */
    const VfgRoot *top; /* the one that this was entered from; itself where it was not */
    char *path;         /* of the top root: as in messages */
    char *below;        /* from the top root, "" for that itself */
    gboolean live;      /* "/" itself: links may lead anywhere, the kernel made them */
    gboolean writable;
    VfgRootWriteFunc write_func; /* NULL: write(2) */
    gpointer write_data;
    VfgRootSeenFunc seen; /* NULL: nothing is recorded */
    gpointer seen_data;
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
    root->top = root;
    root->live = g_str_equal(path, "/");
    root->path = root->live ? g_strdup("") : g_strdup(path);
    root->below = g_strdup("");
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

VfgRoot *
vfg_root_new_tree(VfgTree *tree, const char *shown)
{
    VfgRoot *root = g_new0(VfgRoot, 1);
    root->top = root;
    root->fd = -1;
    root->tree = tree;
    root->path = g_strdup(shown);
    root->below = g_strdup("");
    return root;
}

void
vfg_root_free(VfgRoot *root)
{
    if (!root)
        return;
    vfg_io_close(&root->fd);
    if (root->tree && root->top == root)
        vfg_tree_free(root->tree);
    g_free(root->path);
    g_free(root->below);
    g_free(root);
}

int
vfg_root_fd(const VfgRoot *root)
{
    return root->fd;
}

gboolean
vfg_root_is_recording(const VfgRoot *root)
{
    return root->seen != NULL;
}

gboolean
vfg_root_is_writable(const VfgRoot *root)
{
    return root->writable;
}

/* From the top root. The caller frees it. */
static char *
full_path(const VfgRoot *root, const char *path)
{
    return g_strconcat(root->below, *path == '/' ? "" : "/", path, NULL);
}

/* Opens a name in this very directory. Nothing but a link leads out of it, and links are left to
 * who can tell where they lead: then it fails. */
static int
open_name(const VfgRoot *root, const char *name, int flags)
{
    gboolean plain = !strchr(name, '/') && !g_str_equal(name, "..");
    return plain && (flags & O_NOFOLLOW || !(flags & O_PATH))
               ? openat(root->fd, name, flags | O_NOFOLLOW)
               : -1;
}

/* In a snapshot a link, or "..", may lead out of the directory that was entered but not out of the
 * top root, so such paths are looked up from there. A FIFO of a stranger's is not waited for. */
static int
open_in_snapshot(const VfgRoot *root, const char *path, int flags)
{
    /* openat2 refuses flags that mean nothing beside O_PATH. */
    if (!(flags & O_PATH))
        flags |= O_NOCTTY | (root->writable ? 0 : O_NONBLOCK);
    flags |= O_CLOEXEC;
    errno = ELOOP;
    int fd = open_name(root, path, flags);
    if (fd >= 0 || (errno != ELOOP && errno != ENOTDIR))
        return fd;
    g_autofree char *full = full_path(root, path);
    return vfg_beneath_open(root->top->fd, full, flags);
}

static int
open_below(const VfgRoot *root, const char *path, int flags)
{
    while (*path == '/')
        path++;
    if (!*path)
        path = ".";
    return root->live ? openat(root->fd, path, flags | O_CLOEXEC | O_NOCTTY)
                      : open_in_snapshot(root, path, flags);
}

static char *
shown_path(const VfgRoot *root, const char *path)
{
    return g_strconcat(root->top->path, root->below, *path == '/' ? "" : "/", path, NULL);
}

/* Opens, or sets the error with the path in it. */
static VfgFd
open_checked(const VfgRoot *root, const char *path, int flags, GError **error)
{
    VfgFd fd = open_below(root, path, flags);
    if (fd < 0 && error) {
        int saved = errno;
        g_autofree char *shown = shown_path(root, path);
        vfg_error_set_errno(error, saved, "cannot open %s", shown);
    }
    return fd;
}

/* The node in a root that is a tree, or NULL with the error set as for a file. */
static VfgTree *
find_node(const VfgRoot *root, const char *path, VfgTreeKind kind, GError **error)
{
    int errnum = 0;
    VfgTree *node = vfg_tree_find(root->tree, path, TRUE, &errnum);
    if (node && node->kind != kind)
        errnum = kind == VFG_TREE_FOLDER ? ENOTDIR : EISDIR;
    else if (node)
        return node;
    if (!error)
        return NULL;
    g_autofree char *shown = shown_path(root, path);
    vfg_error_set_errno(error, errnum, "cannot open %s", shown);
    return NULL;
}

static void
tell(const VfgRoot *root, VfgRootSight *sight, const char *path)
{
    if (!root->seen)
        return;
    g_autofree char *full = full_path(root, path);
    sight->path = full;
    root->seen(sight, root->seen_data);
}

static void
tell_look(const VfgRoot *root, VfgRootDeed deed, const char *path)
{
    VfgRootSight sight = {.deed = deed};
    tell(root, &sight, path);
}

static VfgRoot *
enter(const VfgRoot *root, const char *path, GError **error)
{
    VfgTree *node = root->tree ? find_node(root, path, VFG_TREE_FOLDER, error) : NULL;
    g_auto(VfgFd) fd = root->tree ? -1 : open_checked(root, path, O_RDONLY | O_DIRECTORY, error);
    if (!node && fd < 0)
        return NULL;
    VfgRoot *sub = g_memdup2(root, sizeof *root); /* with its top, its rights, its listeners */
    sub->path = sub->below = NULL;
    sub->tree = node;
    sub->fd = fd;
    fd = -1;
    return sub;
}

VfgRoot *
vfg_root_enter(VfgRoot *root, const char *path, GError **error)
{
    VfgRoot *sub = enter(root, path, error);
    tell_look(root, VFG_ROOT_LOOKED, path);
    if (!sub)
        return NULL;
    sub->below = full_path(root, path);
    return sub;
}

VfgRoot *
vfg_root_new_recording(VfgRoot *root, VfgRootSeenFunc func, gpointer data, GError **error)
{
    VfgRoot *again = enter(root, "/", error);
    if (!again)
        return NULL;
    again->below = g_strdup(root->below);
    again->seen = func;
    again->seen_data = data;
    return again;
}

/* A file or folder whose contents are not known (docs/SNAPSHOT.md): FALSE with the error set. */
static gboolean
require_known(const VfgRoot *root, const char *path, gboolean known, GError **error)
{
    g_autofree char *shown = known ? NULL : shown_path(root, path);
    if (!known)
        vfg_error_set_errno(error, EACCES, "cannot open %s", shown);
    return known;
}

/* Unpacked it is one that its owner may not read. Root may, so the mode is looked at. */
static gboolean
is_known(const VfgRoot *root, int fd)
{
    struct stat info;
    return root->live || fstat(fd, &info) < 0 || info.st_mode & S_IRUSR;
}

static char *
read_node(const VfgRoot *root, const char *path, gsize max, gsize *len, GError **error)
{
    const VfgTree *node = find_node(root, path, VFG_TREE_FILE, error);
    if (!node)
        return NULL;
    if (!require_known(root, path, !node->denied, error))
        return NULL;
    if (node->len > max) {
        g_autofree char *shown = shown_path(root, path);
        vfg_error_set(error, VFG_ERROR_PARSE, NULL,
                      "%s is larger than the %" G_GSIZE_FORMAT " bytes allowed", shown, max);
        return NULL;
    }
    char *copy = g_malloc(node->len + 1);
    if (node->len)
        memcpy(copy, node->bytes, node->len);
    copy[node->len] = '\0';
    *len = node->len;
    return copy;
}

static char *
read_file(const VfgRoot *root, const char *path, gsize max, gsize *len, GError **error)
{
    g_auto(VfgFd) fd = open_checked(root, path, O_RDONLY, error);
    if (fd < 0)
        return NULL;
    g_autofree char *shown = shown_path(root, path);
    g_autofree char *bytes = vfg_io_read_fd(fd, max, len, shown, error);
    gboolean known = !bytes || *len || is_known(root, fd);
    return require_known(root, path, known, error) ? g_steal_pointer(&bytes) : NULL;
}

char *
vfg_root_read(VfgRoot *root, const char *path, gsize max, gsize *len, GError **error)
{
    VfgRootSight sight = {.deed = VFG_ROOT_READ};
    GError *local = NULL;
    /* Most files that are missing are no news to the caller: then no error is made. */
    GError **wanted = error || root->seen ? &local : NULL;
    char *bytes = root->tree ? read_node(root, path, max, &sight.len, wanted)
                             : read_file(root, path, max, &sight.len, wanted);
    sight.bytes = bytes;
    sight.error = local;
    tell(root, &sight, path);
    if (!bytes && local)
        g_propagate_error(error, local);
    else if (bytes && len)
        *len = sight.len;
    return bytes;
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

/* What the link at `path` holds, or NULL. */
static char *
link_target(const VfgRoot *root, const char *path)
{
    char text[4096];
    gssize n = -1;
    if (root->tree) {
        int errnum = 0;
        const VfgTree *node = vfg_tree_find(root->tree, path, FALSE, &errnum);
        return node && node->kind == VFG_TREE_LINK ? g_strdup(node->bytes) : NULL;
    }
    /* A name in this very directory leads nowhere else. */
    if (root->live || (!strchr(path, '/') && !g_str_equal(path, ".."))) {
        n = readlinkat(root->fd, path + strspn(path, "/"), text, sizeof text);
    } else {
        g_auto(VfgFd) fd = open_below(root, path, O_PATH | O_NOFOLLOW);
        n = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof text);
    }
    return n > 0 ? g_strndup(text, (gsize)n) : NULL;
}

static VfgRootKind
kind_of_node(const VfgRoot *root, const char *path)
{
    static const VfgRootKind kinds[] = {VFG_ROOT_FOLDER, VFG_ROOT_FILE, VFG_ROOT_LINK};
    int errnum = 0;
    const VfgTree *node = vfg_tree_find(root->tree, path, FALSE, &errnum);
    return node ? kinds[node->kind] : VFG_ROOT_NOTHING;
}

static VfgRootKind
kind_of_file(const VfgRoot *root, const char *path)
{
    struct stat info;
    g_auto(VfgFd) fd = open_below(root, path, O_PATH | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &info) < 0)
        return VFG_ROOT_NOTHING;
    switch (info.st_mode & S_IFMT) {
    case S_IFDIR:
        return VFG_ROOT_FOLDER;
    case S_IFREG:
        return VFG_ROOT_FILE;
    case S_IFLNK:
        return VFG_ROOT_LINK;
    default:
        return VFG_ROOT_OTHER;
    }
}

VfgRootKind
vfg_root_look(VfgRoot *root, const char *path, char **target)
{
    tell_look(root, VFG_ROOT_LOOKED_AT, path);
    VfgRootKind kind = root->tree ? kind_of_node(root, path) : kind_of_file(root, path);
    if (target)
        *target = kind == VFG_ROOT_LINK ? link_target(root, path) : NULL;
    return kind;
}

char *
vfg_root_link_name(VfgRoot *root, const char *path)
{
    tell_look(root, VFG_ROOT_LOOKED_AT, path);
    g_autofree char *target = link_target(root, path);
    return target && *target ? g_path_get_basename(target) : NULL;
}

static GPtrArray *
list_node(const VfgRoot *root, const char *path, GError **error)
{
    const VfgTree *folder = find_node(root, path, VFG_TREE_FOLDER, error);
    if (!folder)
        return NULL;
    if (!require_known(root, path, !folder->denied, error))
        return NULL;
    g_autoptr(GPtrArray) nodes = vfg_tree_children(folder);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < nodes->len; i++)
        g_ptr_array_add(names, g_strdup(((const VfgTree *)nodes->pdata[i])->name));
    return names;
}

static GPtrArray *
list_folder(const VfgRoot *root, const char *path, GError **error)
{
    VfgFd fd = open_checked(root, path, O_RDONLY | O_DIRECTORY, error);
    if (fd < 0)
        return NULL;
    if (!require_known(root, path, is_known(root, fd), error)) {
        vfg_io_close(&fd);
        return NULL;
    }
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
    vfg_io_sort_names(names);
    return names;
}

GPtrArray *
vfg_root_list(VfgRoot *root, const char *path, GError **error)
{
    VfgRootSight sight = {.deed = VFG_ROOT_LISTED};
    GError *local = NULL;
    GPtrArray *names = root->tree ? list_node(root, path, &local) : list_folder(root, path, &local);
    sight.names = names;
    sight.error = local;
    tell(root, &sight, path);
    if (!names)
        g_propagate_error(error, local);
    return names;
}

gboolean
vfg_root_exists(VfgRoot *root, const char *path)
{
    int errnum = 0;
    tell_look(root, VFG_ROOT_LOOKED, path);
    if (root->tree)
        return vfg_tree_find(root->tree, path, TRUE, &errnum) != NULL;
    g_auto(VfgFd) fd = open_below(root, path, O_PATH);
    return fd >= 0;
}

gboolean
vfg_root_is_busy(VfgRoot *root, const char *path)
{
    if (root->tree)
        return FALSE;
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
    if (root->write_func) {
        g_autofree char *full = full_path(root, path);
        return root->write_func(full, text, root->write_data, error);
    }
    g_auto(VfgFd) fd = open_checked(root, path, O_WRONLY, error);
    return fd >= 0 && vfg_io_write_once(fd, text, shown, error);
}
