/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Frames of the agent's channel: one JSON object a line, at most 64 KiB with its newline. Bytes
 * come in any portions and from a peer that is not trusted: a line that is too long is dropped up
 * to its newline and counted, memory stays bounded. Used on both ends. */

#pragma once

#include <glib.h>

#define VFG_FRAME_MAX 65536

typedef struct VfgFrameReader VfgFrameReader;

/* Called for each whole line, without its newline; empty lines are passed over. `line` is
 * NUL-terminated beyond `len` and valid only during the call; it may hold any bytes. */
typedef void (*VfgFrameFunc)(const char *line, gsize len, gpointer data);

VfgFrameReader *vfg_frame_reader_new(void);
void vfg_frame_reader_free(VfgFrameReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgFrameReader, vfg_frame_reader_free)

/* Takes `len` bytes and calls `func` for each line that they complete. */
void vfg_frame_reader_feed(VfgFrameReader *reader, const char *bytes, gsize len, VfgFrameFunc func,
                           gpointer data);

/* Forgets a half line: the channel was closed and opened again. */
void vfg_frame_reader_reset(VfgFrameReader *reader);

/* How many lines were dropped for their length. */
guint64 vfg_frame_reader_dropped(const VfgFrameReader *reader);
