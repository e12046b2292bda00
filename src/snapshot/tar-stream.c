/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The bytes of a tar. Two libarchive readers: the first uncompresses, the second reads the tar from
 * what the first gives; between them every byte is counted, those of headers that never become an
 * entry included. */

#include "tar-stream.h"

#include "bounds.h"
#include "error.h"

#include <errno.h>
#include <string.h>

#define BLOCK 512
#define CHUNK 65536

struct VfgTarStream {
    struct archive *packed;
    struct archive *reader;
    guint64 packed_size;
    guint64 count; /* bytes of the tar so far */
    gboolean exhausted;
    gsize n_tail;
    char tail[BLOCK]; /* the last bytes of the tar so far */
    char chunk[CHUNK];
};

static void
keep_tail(VfgTarStream *stream, const char *bytes, gsize n)
{
    if (n >= BLOCK) {
        memcpy(stream->tail, bytes + n - BLOCK, BLOCK);
        stream->n_tail = BLOCK;
        return;
    }
    gsize keep = MIN(stream->n_tail, BLOCK - n);
    memmove(stream->tail, stream->tail + stream->n_tail - keep, keep);
    memcpy(stream->tail + keep, bytes, n);
    stream->n_tail = keep + n;
}

static gboolean
is_bomb(const VfgTarStream *stream)
{
    return stream->count > VFG_SNAPSHOT_FREE &&
           stream->count / VFG_SNAPSHOT_RATIO_MAX > stream->packed_size;
}

static la_ssize_t
read_chunk(struct archive *reader, void *data, const void **bytes)
{
    VfgTarStream *stream = data;
    la_ssize_t n = archive_read_data(stream->packed, stream->chunk, CHUNK);
    if (n < 0) {
        archive_set_error(reader, EINVAL, "%s", archive_error_string(stream->packed));
        return -1;
    }
    stream->count += (guint64)n;
    if (stream->count > VFG_SNAPSHOT_STREAM_MAX || is_bomb(stream)) {
        archive_set_error(reader, EFBIG, "it unpacks to more than a snapshot may hold");
        return -1;
    }
    if (n == 0)
        stream->exhausted = TRUE;
    else
        keep_tail(stream, stream->chunk, (gsize)n);
    *bytes = stream->chunk;
    return n;
}

static gboolean
open_packed(VfgTarStream *stream, int fd, const void *bytes, gsize len)
{
    struct archive_entry *entry = NULL;
    stream->packed = archive_read_new();
    archive_read_support_filter_gzip(stream->packed);
    archive_read_support_format_raw(stream->packed);
    archive_read_support_format_empty(stream->packed);
    int status = fd >= 0 ? archive_read_open_fd(stream->packed, fd, CHUNK)
                         : archive_read_open_memory(stream->packed, bytes, len);
    return status == ARCHIVE_OK && archive_read_next_header(stream->packed, &entry) == ARCHIVE_OK;
}

VfgTarStream *
vfg_tar_stream_new(int fd, const void *bytes, gsize len, guint64 packed, GError **error)
{
    g_autoptr(VfgTarStream) stream = g_new0(VfgTarStream, 1);
    stream->packed_size = packed;
    stream->reader = archive_read_new();
    archive_read_support_format_tar(stream->reader);
    const struct archive *failed = NULL;
    if (!open_packed(stream, fd, bytes, len))
        failed = stream->packed;
    else if (archive_read_open(stream->reader, stream, NULL, read_chunk, NULL) != ARCHIVE_OK)
        failed = stream->reader;
    if (!failed)
        return g_steal_pointer(&stream);
    const char *why = archive_error_string((struct archive *)failed);
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "it is no tar: %s", why ? why : "it is empty");
    return NULL;
}

void
vfg_tar_stream_free(VfgTarStream *stream)
{
    if (!stream)
        return;
    archive_read_free(stream->reader);
    archive_read_free(stream->packed);
    g_free(stream);
}

struct archive *
vfg_tar_stream_reader(VfgTarStream *stream)
{
    return stream->reader;
}

gboolean
vfg_tar_stream_ended(const VfgTarStream *stream)
{
    static const char zeros[BLOCK];
    return !stream->exhausted ||
           (stream->n_tail == BLOCK && memcmp(stream->tail, zeros, BLOCK) == 0);
}
