/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads a snapshot into memory. */

#include "snapshot-read.h"

#include "bounds.h"
#include "error.h"
#include "escape.h"
#include "io.h"
#include "manifest.h"
#include "tar-stream.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK 65536

typedef struct {
    VfgTree *tree;
    GHashTable *implied; /* folders that no entry named yet */
    struct archive *archive;
    guint entries; /* of the tar */
    guint nodes;   /* entries, and the folders that they imply */
    gsize total;
    gboolean top_named; /* the entry "./" was there */
} Reading;

static gboolean
refuse(GError **error, const char *why)
{
    vfg_error_set(error, VFG_ERROR_PARSE, "have the snapshot made again with 'vfiogpu capture'",
                  "%s", why);
    return FALSE;
}

static gboolean
refuse_archive(const Reading *reading, GError **error)
{
    const char *why = archive_error_string(reading->archive);
    return refuse(error, why ? why : "the archive is damaged");
}

static gboolean
count_node(Reading *reading, GError **error)
{
    return ++reading->nodes <= VFG_SNAPSHOT_ENTRIES_MAX ||
           refuse(error, "more entries than a snapshot may have");
}

/* The parts of a name, without the "./" that some tar programs put before it. */
static char **
split_name(const char *name, GError **error)
{
    if (!name || !*name || !g_utf8_validate(name, -1, NULL) ||
        strlen(name) > VFG_SNAPSHOT_PATH_MAX) {
        refuse(error, "a name that is empty, too long or not UTF-8");
        return NULL;
    }
    if (*name == '/') {
        refuse(error, "an absolute name");
        return NULL;
    }
    if (g_str_has_prefix(name, "./"))
        name += 2;
    g_autofree char *trimmed = g_strdup(name);
    gsize len = strlen(trimmed);
    if (len && trimmed[len - 1] == '/')
        trimmed[len - 1] = '\0';
    if (g_str_equal(trimmed, "."))
        *trimmed = '\0';
    g_auto(GStrv) parts = g_strsplit(trimmed, "/", -1);
    if (g_strv_length(parts) > VFG_SNAPSHOT_DEPTH_MAX) {
        refuse(error, "a name that is too deep");
        return NULL;
    }
    for (char **part = parts; *part; part++) {
        if (!vfg_snapshot_name_is_clean(*part)) {
            refuse(error, "a name with '..', '.', an empty part or a control character");
            return NULL;
        }
    }
    return g_steal_pointer(&parts);
}

/* The folder that the last of `parts` is in. Never through a link, not even one that leads back
 * inside: what is made of names alone can be checked by names alone. */
static VfgTree *
find_folder(Reading *reading, char **parts, GError **error)
{
    VfgTree *at = reading->tree;
    for (; parts[0] && parts[1]; parts++) {
        VfgTree *next = vfg_tree_child(at, parts[0]);
        if (!next) {
            if (!count_node(reading, error))
                return NULL;
            next = vfg_tree_add(at, parts[0], VFG_TREE_FOLDER);
            g_hash_table_add(reading->implied, next);
        }
        if (next->kind != VFG_TREE_FOLDER) {
            refuse(error, "a name that leads through a file or a link");
            return NULL;
        }
        at = next;
    }
    return at;
}

static gboolean
read_contents(Reading *reading, VfgTree *file, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree char *chunk = g_malloc(CHUNK);
    la_ssize_t n = 0;
    while ((n = archive_read_data(reading->archive, chunk, CHUNK)) > 0) {
        reading->total += (gsize)n;
        if (bytes->len + (gsize)n > VFG_SNAPSHOT_FILE_MAX ||
            reading->total > VFG_SNAPSHOT_TOTAL_MAX)
            return refuse(error, "more bytes than a snapshot may have");
        g_byte_array_append(bytes, (const guint8 *)chunk, (guint)n);
    }
    if (n < 0)
        return refuse_archive(reading, error);
    vfg_tree_set_bytes(file, bytes->data, bytes->len);
    return TRUE;
}

static gboolean
kind_of(struct archive_entry *entry, VfgTreeKind *kind, GError **error)
{
    if (archive_entry_hardlink(entry))
        return refuse(error, "a hard link");
    if (archive_entry_sparse_count(entry) > 0)
        return refuse(error, "a sparse file");
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        *kind = VFG_TREE_FILE;
        return TRUE;
    case AE_IFDIR:
        *kind = VFG_TREE_FOLDER;
        return TRUE;
    case AE_IFLNK:
        *kind = VFG_TREE_LINK;
        return TRUE;
    default:
        return refuse(error, "a device, FIFO or socket");
    }
}

static gboolean
set_link(VfgTree *node, struct archive_entry *entry, GError **error)
{
    const char *target = archive_entry_symlink(entry);
    if (!target || !vfg_snapshot_target_is_clean(target))
        return refuse(error, "a link with a bad target");
    vfg_tree_set_bytes(node, target, strlen(target));
    return TRUE;
}

/* The node for an entry: a new one, or a folder that was only implied so far. */
static VfgTree *
take_node(Reading *reading, char **parts, VfgTreeKind kind, GError **error)
{
    if (!parts[0]) {
        if (kind != VFG_TREE_FOLDER || reading->top_named) {
            refuse(error, "a second entry for the top");
            return NULL;
        }
        reading->top_named = TRUE;
        return reading->tree;
    }
    VfgTree *folder = find_folder(reading, parts, error);
    if (!folder)
        return NULL;
    const char *name = parts[g_strv_length(parts) - 1];
    VfgTree *node = vfg_tree_child(folder, name);
    if (!node)
        return count_node(reading, error) ? vfg_tree_add(folder, name, kind) : NULL;
    if (kind == VFG_TREE_FOLDER && g_hash_table_remove(reading->implied, node))
        return node;
    refuse(error, "a second entry of that name");
    return NULL;
}

/* What its owner may not read was not known to who made the snapshot (docs/SNAPSHOT.md). */
static gboolean
read_entry(Reading *reading, struct archive_entry *entry, GError **error)
{
    VfgTreeKind kind = VFG_TREE_FILE;
    g_auto(GStrv) parts = split_name(archive_entry_pathname(entry), error);
    if (!parts || !kind_of(entry, &kind, error))
        return FALSE;
    VfgTree *node = take_node(reading, parts, kind, error);
    if (!node)
        return FALSE;
    reading->entries++;
    if (kind == VFG_TREE_LINK)
        return set_link(node, entry, error);
    node->denied = !(archive_entry_perm(entry) & 0400);
    return kind == VFG_TREE_FOLDER || read_contents(reading, node, error);
}

static void
prefix_entry(struct archive_entry *entry, GError **error)
{
    const char *name = archive_entry_pathname(entry);
    g_autofree char *shown = vfg_escape_text(name ? name : "?", -1, 200);
    g_prefix_error(error, "%s: ", shown);
}

static gboolean
read_entries(Reading *reading, const VfgTarStream *stream, GError **error)
{
    struct archive_entry *entry = NULL;
    int status = ARCHIVE_OK;
    g_autofree char *last = g_strdup("the first entry");
    while ((status = archive_read_next_header(reading->archive, &entry)) == ARCHIVE_OK ||
           status == ARCHIVE_WARN) {
        if (!read_entry(reading, entry, error)) {
            prefix_entry(entry, error);
            return FALSE;
        }
        const char *name = archive_entry_pathname(entry);
        g_free(last);
        last = vfg_escape_text(name, -1, 200);
    }
    gboolean good = status == ARCHIVE_EOF
                        ? vfg_tar_stream_ended(stream) || refuse(error, "the archive ends early")
                        : refuse_archive(reading, error);
    if (!good)
        g_prefix_error(error, "after %s: ", last);
    return good;
}

/* A tar that was made by hand has no manifest; one that was captured says how much it holds. */
static gboolean
check_manifest(const Reading *reading, GError **error)
{
    const VfgTree *manifest = vfg_tree_child(reading->tree, VFG_SNAPSHOT_MANIFEST);
    if (!manifest)
        return reading->entries > 0 || refuse(error, "the archive is empty");
    guint entries = 0;
    if (manifest->kind != VFG_TREE_FILE)
        return refuse(error, VFG_SNAPSHOT_MANIFEST " is no file");
    if (!vfg_manifest_read_entries(manifest->bytes, manifest->len, &entries, error)) {
        g_prefix_error(error, VFG_SNAPSHOT_MANIFEST ": ");
        return FALSE;
    }
    return entries == reading->entries ||
           refuse(error, "the archive does not hold as many entries as its manifest says");
}

static VfgTree *
read_stream(VfgTarStream *stream, GError **error)
{
    g_autoptr(VfgTree) tree = vfg_tree_new();
    g_autoptr(GHashTable) implied = g_hash_table_new(NULL, NULL);
    Reading reading = {.tree = tree, .implied = implied, .archive = vfg_tar_stream_reader(stream)};
    if (!read_entries(&reading, stream, error) || !check_manifest(&reading, error))
        return NULL;
    return g_steal_pointer(&tree);
}

static VfgTree *
read_from(int fd, const void *bytes, gsize len, guint64 packed, const char *shown, GError **error)
{
    g_autoptr(VfgTarStream) stream = vfg_tar_stream_new(fd, bytes, len, packed, error);
    VfgTree *tree = stream ? read_stream(stream, error) : NULL;
    if (!tree)
        g_prefix_error(error, "%s: ", shown);
    return tree;
}

VfgTree *
vfg_snapshot_read(const void *bytes, gsize len, const char *shown, GError **error)
{
    return read_from(-1, bytes, len, len, shown, error);
}

VfgRoot *
vfg_snapshot_open(const char *path, GError **error)
{
    struct stat info;
    g_auto(VfgFd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) < 0) {
        vfg_error_set_errno(error, errno, "cannot open the snapshot %s", path);
        return NULL;
    }
    if (S_ISDIR(info.st_mode))
        return vfg_root_new(path, error);
    if (!S_ISREG(info.st_mode)) {
        vfg_error_set(error, VFG_ERROR_USAGE, "name a directory or a file that capture made",
                      "%s is neither a directory nor a file", path);
        return NULL;
    }
    VfgTree *tree = read_from(fd, NULL, 0, (guint64)info.st_size, path, error);
    return tree ? vfg_root_new_tree(tree, path) : NULL;
}
