/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes a recording as a snapshot. */

#include "snapshot-write.h"

#include "bounds.h"
#include "error.h"
#include "io.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    struct archive *archive;
    const char *path; /* of the tar, for messages */
    gint64 now;
} Writing;

static gboolean
refuse_existing(const char *path, GError **error)
{
    vfg_error_set(error, VFG_ERROR_REFUSED, "name another file, or use --force",
                  "%s is there already", path);
    return FALSE;
}

gboolean
vfg_snapshot_can_write(const char *path, gboolean force, GError **error)
{
    if (force || !g_file_test(path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
        return TRUE;
    return refuse_existing(path, error);
}

static gboolean
set_archive_error(const Writing *writing, GError **error)
{
    const char *why = archive_error_string(writing->archive);
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "cannot write %s: %s", writing->path,
                  why ? why : "out of memory");
    return FALSE;
}

/* The permissions carry what is known: a file that its owner may not read has unknown contents, a
 * folder unknown names. */
static void
describe(struct archive_entry *entry, const VfgTree *node)
{
    switch (node->kind) {
    case VFG_TREE_FOLDER:
        archive_entry_set_filetype(entry, AE_IFDIR);
        archive_entry_set_perm(entry, node->denied ? 0311 : 0755);
        break;
    case VFG_TREE_LINK:
        archive_entry_set_filetype(entry, AE_IFLNK);
        archive_entry_set_perm(entry, 0777);
        archive_entry_copy_symlink(entry, node->bytes);
        break;
    case VFG_TREE_FILE:
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, node->denied ? 0 : 0644);
        archive_entry_set_size(entry, (la_int64_t)node->len);
        break;
    }
}

static gboolean
write_node(const Writing *writing, const VfgTree *node, const char *name, GError **error)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, name);
    archive_entry_set_mtime(entry, (time_t)writing->now, 0);
    describe(entry, node);
    int status = archive_write_header(writing->archive, entry);
    archive_entry_free(entry);
    if (status < ARCHIVE_WARN)
        return set_archive_error(writing, error);
    if (node->kind == VFG_TREE_FILE && node->len &&
        archive_write_data(writing->archive, node->bytes, node->len) != (la_ssize_t)node->len)
        return set_archive_error(writing, error);
    return TRUE;
}

/* Of the snapshot that was captured again. */
static gboolean
is_old_manifest(const VfgTree *node)
{
    return !node->parent->parent && g_str_equal(node->name, VFG_SNAPSHOT_MANIFEST);
}

static gboolean
write_below(const Writing *writing, const VfgTree *folder, const char *prefix, GError **error)
{
    g_autoptr(GPtrArray) children = vfg_tree_children(folder);
    for (guint i = 0; i < children->len; i++) {
        const VfgTree *child = g_ptr_array_index(children, i);
        if (is_old_manifest(child))
            continue;
        g_autofree char *name = g_strconcat(prefix, child->name, NULL);
        if (!write_node(writing, child, name, error))
            return FALSE;
        g_autofree char *below = g_strconcat(name, "/", NULL);
        if (!write_below(writing, child, below, error))
            return FALSE;
    }
    return TRUE;
}

static guint
count_nodes(const VfgTree *tree)
{
    g_autoptr(GPtrArray) children = vfg_tree_children(tree);
    guint count = 0;
    for (guint i = 0; i < children->len; i++)
        if (!is_old_manifest(children->pdata[i]))
            count += 1 + count_nodes(children->pdata[i]);
    return count;
}

static gboolean
write_all(const Writing *writing, const VfgTree *tree, const char *manifest, GError **error)
{
    VfgTree first = {.kind = VFG_TREE_FILE, .bytes = (char *)manifest, .len = strlen(manifest)};
    return write_node(writing, &first, VFG_SNAPSHOT_MANIFEST, error) &&
           write_below(writing, tree, "", error) &&
           (archive_write_close(writing->archive) == ARCHIVE_OK ||
            set_archive_error(writing, error));
}

static gboolean
is_gzip(const char *path)
{
    return g_str_has_suffix(path, ".gz") || g_str_has_suffix(path, ".tgz");
}

static gboolean
open_archive(const Writing *writing, int fd, GError **error)
{
    struct archive *archive = writing->archive;
    gboolean gzip = is_gzip(writing->path);
    if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
        (gzip && archive_write_add_filter_gzip(archive) != ARCHIVE_OK) ||
        (gzip && archive_write_set_options(archive, "gzip:!timestamp") < ARCHIVE_WARN) ||
        archive_write_open_fd(archive, fd) != ARCHIVE_OK)
        return set_archive_error(writing, error);
    return TRUE;
}

static gboolean
write_to(int fd, const VfgTree *tree, const char *manifest, const char *path, gint64 now,
         GError **error)
{
    Writing writing = {archive_write_new(), path, now};
    gboolean good = open_archive(&writing, fd, error) && write_all(&writing, tree, manifest, error);
    archive_write_free(writing.archive);
    return good && vfg_io_sync(fd, path, error);
}

/* Gives the finished file its name; without force never over another one. */
static gboolean
publish(const char *temporary, const char *path, gboolean force, GError **error)
{
    int status = renameat2(AT_FDCWD, temporary, AT_FDCWD, path, force ? 0 : RENAME_NOREPLACE);
    /* File systems without RENAME_NOREPLACE say EINVAL. */
    if (status < 0 && errno == EINVAL && !force && link(temporary, path) == 0)
        status = unlink(temporary);
    if (status == 0)
        return TRUE;
    if (errno == EEXIST)
        return refuse_existing(path, error);
    vfg_error_set_errno(error, errno, "cannot write %s", path);
    return FALSE;
}

gboolean
vfg_snapshot_write(const VfgTree *tree, VfgManifest *manifest, const char *path, gboolean force,
                   gint64 now, GError **error)
{
    manifest->entries = count_nodes(tree) + 1;
    if (manifest->entries > VFG_SNAPSHOT_ENTRIES_MAX) {
        vfg_error_set(error, VFG_ERROR_FAILED, NULL,
                      "this host has more files to record (%u) than a snapshot may hold (%u)",
                      manifest->entries, VFG_SNAPSHOT_ENTRIES_MAX);
        return FALSE;
    }
    g_autofree char *text = vfg_manifest_format(manifest);
    g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
    g_auto(VfgFd) fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot write %s", path);
        return FALSE;
    }
    if (write_to(fd, tree, text, path, now, error) && publish(temporary, path, force, error))
        return TRUE;
    unlink(temporary);
    return FALSE;
}
