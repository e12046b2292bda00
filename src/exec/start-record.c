/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The record of a VM's start. */

#include "start-record.h"

#include "error.h"
#include "io.h"
#include "journal-line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
folder_of(const char *state_dir)
{
    return g_build_filename(state_dir, "starts", NULL);
}

static void
made_disk_free(gpointer data)
{
    VfgMadeDisk *disk = data;
    g_free(disk->path);
    g_free(disk->fingerprint);
    g_free(disk);
}

void
vfg_start_state_free(VfgStartState *state)
{
    if (!state)
        return;
    g_free(state->vm);
    g_free(state->boot_id);
    g_free(state->definition);
    g_ptr_array_unref(state->disks);
    g_free(state);
}

/* What changes when a file is replaced or written to; NULL where there is none. */
static char *
fingerprint(const char *path)
{
    struct stat info;
    if (lstat(path, &info) < 0)
        return NULL;
    return g_strdup_printf("%ju:%ju:%jd:%jd.%09ld", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino,
                           (intmax_t)info.st_size, (intmax_t)info.st_mtim.tv_sec,
                           info.st_mtim.tv_nsec);
}

static gboolean append(const char *state_dir, const char *vm, int flags, GError **error,
                       const char *kind, ...) G_GNUC_NULL_TERMINATED;

static gboolean
append(const char *state_dir, const char *vm, int flags, GError **error, const char *kind, ...)
{
    g_autofree char *folder = folder_of(state_dir);
    g_autofree char *path = g_build_filename(folder, vm, NULL);
    va_list args;
    va_start(args, kind);
    g_autofree char *line = vfg_journal_line_make(kind, args);
    va_end(args);
    g_auto(VfgFd) fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        vfg_error_set(error, VFG_ERROR_RECOVER, "run 'vfiogpu recover' first",
                      "an earlier start of %s was cut off: %s", vm, path);
        return FALSE;
    }
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot open %s", path);
        return FALSE;
    }
    return vfg_io_write_all(fd, line, strlen(line), path, error) && vfg_io_sync(fd, path, error);
}

gboolean
vfg_start_record_begin(const char *state_dir, const char *vm, const char *boot_id,
                       const char *definition, GError **error)
{
    g_autofree char *folder = folder_of(state_dir);
    return vfg_io_make_dir(folder, error) &&
           append(state_dir, vm, O_CREAT | O_EXCL, error, "begin", "boot", boot_id, "definition",
                  definition, NULL) &&
           vfg_io_sync_dir(folder, error);
}

gboolean
vfg_start_record_making(const char *state_dir, const char *vm, const char *disk, GError **error)
{
    return append(state_dir, vm, 0, error, "making", "disk", disk, NULL);
}

gboolean
vfg_start_record_made(const char *state_dir, const char *vm, const char *disk, GError **error)
{
    g_autofree char *print = fingerprint(disk);
    return append(state_dir, vm, 0, error, "made", "disk", disk, "fingerprint", print, NULL);
}

gboolean
vfg_start_record_booting(const char *state_dir, const char *vm, gboolean nvram_is_new,
                         GError **error)
{
    return append(state_dir, vm, 0, error, "booting", "nvram", nvram_is_new ? "new" : "old", NULL);
}

gboolean
vfg_start_record_remove(const char *state_dir, const char *vm, GError **error)
{
    g_autofree char *folder = folder_of(state_dir);
    g_autofree char *path = g_build_filename(folder, vm, NULL);
    if (unlink(path) == 0)
        return vfg_io_sync_dir(folder, error);
    if (errno == ENOENT)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot remove %s", path);
    return FALSE;
}

static VfgMadeDisk *
find_disk(const VfgStartState *state, const char *path)
{
    for (guint i = 0; i < state->disks->len; i++) {
        VfgMadeDisk *disk = g_ptr_array_index(state->disks, i);
        if (g_str_equal(disk->path, path))
            return disk;
    }
    VfgMadeDisk *disk = g_new0(VfgMadeDisk, 1);
    disk->path = g_strdup(path);
    g_ptr_array_add(state->disks, disk);
    return disk;
}

static void
take_record(VfgStartState *state, const char *kind, GHashTable *pairs)
{
    const char *path = g_hash_table_lookup(pairs, "disk");
    if (g_str_equal(kind, "begin")) {
        state->begun = TRUE;
        state->boot_id = g_strdup(g_hash_table_lookup(pairs, "boot"));
        state->definition = g_strdup(g_hash_table_lookup(pairs, "definition"));
    } else if (g_str_equal(kind, "booting")) {
        state->booting = TRUE;
        state->nvram_is_new = g_strcmp0(g_hash_table_lookup(pairs, "nvram"), "new") == 0;
    } else if (path && g_str_equal(kind, "making")) {
        (void)find_disk(state, path);
    } else if (path && g_str_equal(kind, "made")) {
        VfgMadeDisk *disk = find_disk(state, path);
        disk->whole = TRUE;
        disk->fingerprint = g_strdup(g_hash_table_lookup(pairs, "fingerprint"));
    }
}

gboolean
vfg_start_record_read(const char *state_dir, const char *vm, VfgStartState **ret, GError **error)
{
    g_autofree char *folder = folder_of(state_dir);
    g_autofree char *path = g_build_filename(folder, vm, NULL);
    g_autoptr(GError) local = NULL;
    g_autofree char *text = vfg_io_read_file(path, VFG_JOURNAL_MAX, NULL, &local);
    if (g_error_matches(local, VFG_ERROR, VFG_ERROR_NOT_FOUND)) {
        *ret = NULL;
        return TRUE;
    }
    if (!text) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    VfgStartState *state = g_new0(VfgStartState, 1);
    state->vm = g_strdup(vm);
    state->disks = g_ptr_array_new_with_free_func(made_disk_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] && lines[i + 1]; i++) {
        g_autofree char *kind = NULL;
        g_autoptr(GHashTable) pairs = NULL;
        if (!vfg_journal_line_parse(lines[i], &kind, &pairs))
            break;
        take_record(state, kind, pairs);
    }
    *ret = state;
    return TRUE;
}

GPtrArray *
vfg_start_record_list(const char *state_dir, GError **error)
{
    g_autofree char *folder = folder_of(state_dir);
    g_autoptr(GError) local = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &local);
    if (!dir && !g_error_matches(local, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    vfg_io_sort_names(names);
    return names;
}

static gboolean
remove_file(const char *path, GError **error)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    vfg_error_set_errno(error, errno, "cannot remove %s", path);
    return FALSE;
}

gboolean
vfg_made_disk_remove(const VfgMadeDisk *disk, gboolean *kept, GError **error)
{
    g_autofree char *part = g_strconcat(disk->path, ".part", NULL);
    g_autofree char *print = fingerprint(disk->path);
    if (!disk->whole) {
        *kept = print != NULL;
        return remove_file(part, error);
    }
    *kept = print && g_strcmp0(print, disk->fingerprint) != 0;
    return *kept || remove_file(disk->path, error);
}
