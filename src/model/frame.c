/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Frames of the agent's channel. */

#include "frame.h"

#include <string.h>

struct VfgFrameReader {
    GString *half;     /* the line begun, never longer than VFG_FRAME_MAX */
    gboolean skipping; /* the line begun is too long: drop up to its newline */
    guint64 dropped;
};

VfgFrameReader *
vfg_frame_reader_new(void)
{
    VfgFrameReader *reader = g_new0(VfgFrameReader, 1);
    reader->half = g_string_new(NULL);
    return reader;
}

void
vfg_frame_reader_free(VfgFrameReader *reader)
{
    if (!reader)
        return;
    g_string_free(reader->half, TRUE);
    g_free(reader);
}

/* Adds a part of a line; past the bound the line is given up. */
static void
add_part(VfgFrameReader *reader, const char *bytes, gsize len)
{
    if (reader->skipping)
        return;
    if (reader->half->len + len >= VFG_FRAME_MAX) {
        reader->skipping = TRUE;
        reader->dropped++;
        g_string_truncate(reader->half, 0);
        return;
    }
    g_string_append_len(reader->half, bytes, (gssize)len);
}

void
vfg_frame_reader_feed(VfgFrameReader *reader, const char *bytes, gsize len, VfgFrameFunc func,
                      gpointer data)
{
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        gsize part = end ? (gsize)(end - bytes) : len;
        add_part(reader, bytes, part);
        if (!end)
            return;
        if (!reader->skipping && reader->half->len)
            func(reader->half->str, reader->half->len, data);
        vfg_frame_reader_reset(reader);
        bytes = end + 1;
        len -= part + 1;
    }
}

void
vfg_frame_reader_reset(VfgFrameReader *reader)
{
    g_string_truncate(reader->half, 0);
    reader->skipping = FALSE;
}

guint64
vfg_frame_reader_dropped(const VfgFrameReader *reader)
{
    return reader->dropped;
}
