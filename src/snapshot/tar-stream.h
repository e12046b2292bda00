/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The bytes of a tar, uncompressed on the way, under a bound that holds whatever the tar is made
 * of.
 */

#pragma once

#include <archive.h>
#include <glib.h>

typedef struct VfgTarStream VfgTarStream;

/* Reads from `fd`, or from `len` bytes where fd is -1; both must outlive the stream. `packed` is
 * the size of the file. */
VfgTarStream *vfg_tar_stream_new(int fd, const void *bytes, gsize len, guint64 packed,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_tar_stream_free(VfgTarStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgTarStream, vfg_tar_stream_free)

/* The tar reader over it, owned by the stream. */
struct archive *vfg_tar_stream_reader(VfgTarStream *stream);

/* Whether the tar ended as a tar ends, with a block of zeros, once the reader has said that it is
 * at the end. The reader itself takes the end of the file for the end of the tar. */
gboolean vfg_tar_stream_ended(const VfgTarStream *stream);
