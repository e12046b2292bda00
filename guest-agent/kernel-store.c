/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Changing a boot loader's file for good and for its way back. */

#include "kernel-store.h"

#include "beneath.h"
#include "error.h"
#include "file-replace.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDS "records.json"
#define OWED "owed"
#define FILE_MAX (256 * 1024)
#define RECORDS_MAX (4 * 1024 * 1024)

struct VfgKernelStore {
    VfgFd root;
    json_t *records; /* array of {"path","arg","before","after"}; the last two in base64: the lines
                        that were changed, as they were and as they became; equal: it was there */
};

/* Not O_NOFOLLOW: links inside the tree are followed there. */
static GBytes *
read_below(int root, const char *path, gsize max, GError **error)
{
    struct stat info;
    g_auto(VfgFd) fd = vfg_beneath_open(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) < 0) {
        vfg_error_set_errno(error, errno == ENOTDIR ? ENOENT : errno, "cannot open %s", path);
        return NULL;
    }
    if (!S_ISREG(info.st_mode)) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s is no ordinary file", path);
        return NULL;
    }
    gsize len = 0;
    char *text = vfg_io_read_fd(fd, max, &len, path, error);
    return text ? g_bytes_new_take(text, len) : NULL;
}

static gboolean
load_records(VfgKernelStore *store, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(GBytes) bytes =
        read_below(store->root, VFG_KERNEL_STORE "/" RECORDS, RECORDS_MAX, &local);
    if (g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND)) {
        store->records = json_array();
        return TRUE;
    }
    gsize len = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &len) : NULL;
    store->records = text ? json_loadb(text, len, 0, NULL) : NULL;
    if (json_is_array(store->records))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_PARSE, "move it away; what was added before is then unknown",
                  "%s/%s holds no records of changes%s%s", VFG_KERNEL_STORE, RECORDS,
                  local ? ": " : "", local ? local->message : "");
    return FALSE;
}

VfgKernelStore *
vfg_kernel_store_new(const char *root, GError **error)
{
    g_autoptr(VfgKernelStore) store = g_new0(VfgKernelStore, 1);
    store->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->root < 0) {
        vfg_error_set_errno(error, errno, "cannot open the root %s", root);
        return NULL;
    }
    return load_records(store, error) ? g_steal_pointer(&store) : NULL;
}

void
vfg_kernel_store_free(VfgKernelStore *store)
{
    if (!store)
        return;
    vfg_io_close(&store->root);
    json_decref(store->records);
    g_free(store);
}

GBytes *
vfg_kernel_store_read(VfgKernelStore *store, const char *path, GError **error)
{
    return read_below(store->root, path, FILE_MAX, error);
}

static const char *
text_of(GBytes *bytes, gsize *len)
{
    const char *text = g_bytes_get_data(bytes, len);
    return text ? text : "";
}

/* How many bytes two files have in common at their start, whole lines. */
static gsize
common_start(const char *a, gsize a_len, const char *b, gsize b_len)
{
    gsize line = 0;
    for (gsize i = 0; i < a_len && i < b_len && a[i] == b[i]; i++)
        if (a[i] == '\n')
            line = i + 1;
    return line;
}

/* The same at their ends, behind `start`. A line's end belongs to the line before. */
static gsize
common_end(const char *a, gsize a_len, const char *b, gsize b_len, gsize start)
{
    gsize n = 0, line = 0;
    while (n < a_len - start && n < b_len - start && a[a_len - 1 - n] == b[b_len - 1 - n]) {
        n++;
        if ((a_len - n > 0 && a[a_len - n - 1] == '\n') &&
            (b_len - n > 0 && b[b_len - n - 1] == '\n'))
            line = n;
    }
    return line;
}

static json_t *
find_record(VfgKernelStore *store, const char *path, const char *arg, gsize *index)
{
    gsize i;
    json_t *record, *found = NULL;
    json_array_foreach(store->records, i, record)
    {
        if (g_strcmp0(json_string_value(json_object_get(record, "path")), path) != 0 ||
            g_strcmp0(json_string_value(json_object_get(record, "arg")), arg) != 0)
            continue;
        found = record;
        *index = i;
    }
    return found;
}

/* Whether the record's changed lines stand in `now` exactly once, at a line's start; where. */
static gboolean
find_lines(const char *now, gsize len, const guchar *lines, gsize n, gsize *at)
{
    guint hits = 0;
    for (gsize i = 0; n && i + n <= len; i++) {
        if ((i && now[i - 1] != '\n') || memcmp(now + i, lines, n) != 0 ||
            (i + n < len && lines[n - 1] != '\n'))
            continue;
        *at = i;
        hits++;
    }
    return hits == 1;
}

GBytes *
vfg_kernel_store_undo(VfgKernelStore *store, const char *path, const char *arg, GBytes *now)
{
    gsize index = 0, was_n = 0, is_n = 0, len = 0, at = 0;
    json_t *record = find_record(store, path, arg, &index);
    const char *before = json_string_value(json_object_get(record, "before"));
    const char *after = json_string_value(json_object_get(record, "after"));
    if (!before || !after)
        return NULL;
    if (g_str_equal(before, after))
        return g_bytes_ref(now);
    g_autofree guchar *was = g_base64_decode(before, &was_n);
    g_autofree guchar *is = g_base64_decode(after, &is_n);
    const char *text = text_of(now, &len);
    if (!find_lines(text, len, is, is_n, &at))
        return NULL;
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)text, (guint)at);
    g_byte_array_append(out, was, (guint)was_n);
    g_byte_array_append(out, (const guint8 *)text + at + is_n, (guint)(len - at - is_n));
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

void
vfg_kernel_store_remember(VfgKernelStore *store, const char *path, const char *arg, GBytes *before,
                          GBytes *after)
{
    gsize index = 0, a_len = 0, b_len = 0;
    const char *a = text_of(before, &a_len), *b = text_of(after, &b_len);
    gboolean same = g_bytes_equal(before, after);
    if (find_record(store, path, arg, &index)) {
        if (same)
            return; /* what it was at first is what counts */
        json_array_remove(store->records, index);
    }
    gsize start = common_start(a, a_len, b, b_len);
    gsize end = common_end(a, a_len, b, b_len, start);
    g_autofree char *was =
        g_base64_encode((const guchar *)a + start, same ? 0 : a_len - start - end);
    g_autofree char *is =
        g_base64_encode((const guchar *)b + start, same ? 0 : b_len - start - end);
    json_array_append_new(store->records, json_pack("{s:s, s:s, s:s, s:s}", "path", path, "arg",
                                                    arg, "before", was, "after", is));
}

void
vfg_kernel_store_forget(VfgKernelStore *store, const char *path, const char *arg)
{
    gsize index = 0;
    if (find_record(store, path, arg, &index))
        json_array_remove(store->records, index);
}

gboolean
vfg_kernel_store_save(VfgKernelStore *store, GError **error)
{
    g_auto(VfgFd) folder = vfg_file_make_folders(store->root, VFG_KERNEL_STORE, error);
    if (folder < 0)
        return FALSE;
    char *text = json_dumps(store->records, JSON_INDENT(1));
    g_autoptr(GBytes) bytes = g_bytes_new_with_free_func(text, strlen(text), free, text);
    return vfg_file_replace(folder, RECORDS, bytes, VFG_KERNEL_STORE "/" RECORDS, error);
}

gboolean
vfg_kernel_store_owes(VfgKernelStore *store)
{
    g_auto(VfgFd) fd =
        vfg_beneath_open(store->root, VFG_KERNEL_STORE "/" OWED, O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

gboolean
vfg_kernel_store_owe(VfgKernelStore *store, gboolean owes, GError **error)
{
    g_auto(VfgFd) folder = vfg_file_make_folders(store->root, VFG_KERNEL_STORE, error);
    if (folder < 0)
        return FALSE;
    if (owes) {
        g_autoptr(GBytes) nothing = g_bytes_new(NULL, 0);
        return vfg_file_replace(folder, OWED, nothing, VFG_KERNEL_STORE "/" OWED, error);
    }
    if ((unlinkat(folder, OWED, 0) == 0 || errno == ENOENT) && fsync(folder) == 0)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot remove %s", VFG_KERNEL_STORE "/" OWED);
    return FALSE;
}

static gboolean
back_up(VfgKernelStore *store, const char *path, GError **error)
{
    g_autofree char *name = g_strconcat(path + 1, ".orig", NULL);
    g_auto(VfgFd) folder = vfg_file_make_folders(store->root, VFG_KERNEL_STORE, error);
    if (folder < 0)
        return FALSE;
    g_strdelimit(name, "/", '_');
    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return TRUE;
    g_autoptr(GBytes) bytes = vfg_kernel_store_read(store, path, error);
    return bytes && vfg_file_replace(folder, name, bytes, name, error);
}

gboolean
vfg_kernel_store_replace(VfgKernelStore *store, const char *path, GBytes *bytes, GError **error)
{
    g_autofree char *name = NULL;
    if (!back_up(store, path, error))
        return FALSE;
    g_auto(VfgFd) folder = vfg_file_find(store->root, path, &name, error);
    return folder >= 0 && vfg_file_replace(folder, name, bytes, path, error);
}
