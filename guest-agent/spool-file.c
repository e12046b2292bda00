/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The file of the spool. A lock on a file of its own, since the events' file is replaced. */

#include "spool-file.h"

#include "error.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct VfgSpoolFile {
    char *folder;
    char *path; /* of this file */
    VfgFd fd;
    VfgFd lock;
    gsize size;
    gboolean dirty;
};

static VfgSpoolFile *
file_new(const char *folder, const char *name)
{
    VfgSpoolFile *file = g_new0(VfgSpoolFile, 1);
    file->folder = g_strdup(folder);
    file->path = g_build_filename(folder, name, NULL);
    file->fd = file->lock = -1;
    return file;
}

void
vfg_spool_file_free(VfgSpoolFile *file)
{
    if (!file)
        return;
    vfg_io_close(&file->fd);
    vfg_io_close(&file->lock);
    g_free(file->folder);
    g_free(file->path);
    g_free(file);
}

static gboolean
take_lock(VfgSpoolFile *file, GError **error)
{
    g_autofree char *path = g_build_filename(file->folder, "lock", NULL);
    file->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file->lock < 0) {
        vfg_error_set_errno(error, errno, "cannot open %s", path);
        return FALSE;
    }
    if (flock(file->lock, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, "end the other one",
                  "another vfiogpu-agent uses the spool %s", file->folder);
    return FALSE;
}

static gboolean
open_file(VfgSpoolFile *file, int flags, GError **error)
{
    file->fd = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    if (file->fd < 0)
        vfg_error_set_errno(error, errno, "cannot open %s", file->path);
    return file->fd >= 0;
}

/* Gives each whole record to `func`; the end of the last line that has a newline is the size. */
static void
load(VfgSpoolFile *file, FILE *stream, VfgSpoolFileFunc func, gpointer data)
{
    char *line = NULL;
    size_t room = 0;
    for (gssize n = getline(&line, &room, stream); n > 0 && line[n - 1] == '\n';
         n = getline(&line, &room, stream)) {
        VfgSpoolRecord record;
        line[n - 1] = '\0';
        if (strlen(line) == (gsize)n - 1 && vfg_spool_record_parse(line, &record))
            func(&record, file->size + (gsize)(record.text - line), strlen(record.text), data);
        file->size += (gsize)n;
    }
    free(line);
}

VfgSpoolFile *
vfg_spool_file_open(const char *folder, VfgSpoolFileFunc func, gpointer data, GError **error)
{
    g_autoptr(VfgSpoolFile) file = file_new(folder, "events");
    if (!vfg_io_make_dir(folder, error) || !take_lock(file, error) || !open_file(file, 0, error))
        return NULL;
    FILE *stream = fopen(file->path, "re");
    if (stream) {
        load(file, stream, func, data);
        fclose(stream);
    }
    if (!stream || ftruncate(file->fd, (off_t)file->size) < 0) {
        vfg_error_set_errno(error, errno, "cannot read %s", file->path);
        return NULL;
    }
    return g_steal_pointer(&file);
}

gboolean
vfg_spool_file_append(VfgSpoolFile *file, VfgSpoolKind kind, guint64 number, const char *text,
                      gsize *at, GError **error)
{
    g_autofree char *line = vfg_spool_record_make(kind, number, text);
    gsize len = strlen(line);
    if (lseek(file->fd, (off_t)file->size, SEEK_SET) < 0 ||
        !vfg_io_write_all(file->fd, line, len, file->path, error)) {
        /* A half line would take the next one with it. */
        file->dirty |= ftruncate(file->fd, (off_t)file->size) < 0;
        return FALSE;
    }
    if (at)
        *at = file->size + len - 1 - strlen(text);
    file->size += len;
    file->dirty = TRUE;
    return TRUE;
}

char *
vfg_spool_file_read(const VfgSpoolFile *file, gsize at, gsize len, GError **error)
{
    g_autofree char *bytes = g_malloc(len + 1);
    gssize n = pread(file->fd, bytes, len, (off_t)at);
    if (n != (gssize)len) {
        vfg_error_set_errno(error, n < 0 ? errno : EIO, "cannot read %s", file->path);
        return NULL;
    }
    bytes[len] = '\0';
    return g_steal_pointer(&bytes);
}

gboolean
vfg_spool_file_sync(VfgSpoolFile *file, GError **error)
{
    if (file->dirty && !vfg_io_sync(file->fd, file->path, error))
        return FALSE;
    file->dirty = FALSE;
    return TRUE;
}

gsize
vfg_spool_file_size(const VfgSpoolFile *file)
{
    return file->size;
}

VfgSpoolFile *
vfg_spool_file_new_beside(const VfgSpoolFile *file, GError **error)
{
    g_autoptr(VfgSpoolFile) fresh = file_new(file->folder, "events.new");
    return open_file(fresh, O_TRUNC, error) ? g_steal_pointer(&fresh) : NULL;
}

gboolean
vfg_spool_file_replace(VfgSpoolFile **file, VfgSpoolFile *fresh, GError **error)
{
    VfgSpoolFile *old = *file;
    if (!vfg_spool_file_sync(fresh, error))
        return FALSE;
    if (rename(fresh->path, old->path) < 0) {
        vfg_error_set_errno(error, errno, "cannot replace %s", old->path);
        return FALSE;
    }
    fresh->lock = old->lock;
    old->lock = -1;
    g_free(fresh->path);
    fresh->path = g_strdup(old->path);
    vfg_spool_file_free(old);
    *file = fresh;
    /* Where this fails the old file may be back after a power cut: its events are sent again. */
    fresh->dirty = !vfg_io_sync_dir(fresh->folder, NULL);
    return TRUE;
}
