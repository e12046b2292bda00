/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Frames: lines out of bytes in any portions. */

#include "frame.h"

#include <string.h>

static void
note_line(const char *line, gsize len, gpointer data)
{
    g_assert_cmpuint(line[len], ==, '\0');
    g_ptr_array_add(data, g_strndup(line, len));
}

static char *
join(GPtrArray *lines)
{
    g_ptr_array_add(lines, NULL);
    char *text = g_strjoinv("|", (char **)lines->pdata);
    g_ptr_array_remove_index(lines, lines->len - 1);
    return text;
}

static void
test_portions(void)
{
    static const char text[] = "one\n\n\ntwo\nthree\nhalf";
    for (gsize step = 1; step <= strlen(text); step++) {
        g_autoptr(VfgFrameReader) reader = vfg_frame_reader_new();
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        for (gsize at = 0; at < strlen(text); at += step)
            vfg_frame_reader_feed(reader, text + at, MIN(step, strlen(text) - at), note_line,
                                  lines);
        g_autofree char *got = join(lines);
        g_assert_cmpstr(got, ==, "one|two|three");
        g_assert_cmpuint(vfg_frame_reader_dropped(reader), ==, 0);
    }
}

static void
feed_line_of(VfgFrameReader *reader, gsize len, GPtrArray *lines)
{
    g_autofree char *line = g_strnfill(len, 'x');
    line[len - 1] = '\n';
    vfg_frame_reader_feed(reader, line, len, note_line, lines);
}

static void
test_longest(void)
{
    g_autoptr(VfgFrameReader) reader = vfg_frame_reader_new();
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    feed_line_of(reader, VFG_FRAME_MAX, lines);
    g_assert_cmpuint(lines->len, ==, 1);
    g_assert_cmpuint(strlen(lines->pdata[0]), ==, VFG_FRAME_MAX - 1);
    feed_line_of(reader, VFG_FRAME_MAX + 1, lines);
    g_assert_cmpuint(lines->len, ==, 1);
    g_assert_cmpuint(vfg_frame_reader_dropped(reader), ==, 1);
    vfg_frame_reader_feed(reader, "next\n", 5, note_line, lines);
    g_assert_cmpstr(lines->pdata[1], ==, "next");
}

static void
test_too_long_in_portions(void)
{
    g_autoptr(VfgFrameReader) reader = vfg_frame_reader_new();
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *part = g_strnfill(1000, 'x');
    for (guint i = 0; i < 1000; i++)
        vfg_frame_reader_feed(reader, part, 1000, note_line, lines);
    vfg_frame_reader_feed(reader, "tail\nnext\n", 10, note_line, lines);
    g_autofree char *got = join(lines);
    g_assert_cmpstr(got, ==, "next");
    g_assert_cmpuint(vfg_frame_reader_dropped(reader), ==, 1);
}

static void
test_reset(void)
{
    g_autoptr(VfgFrameReader) reader = vfg_frame_reader_new();
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    vfg_frame_reader_feed(reader, "half", 4, note_line, lines);
    vfg_frame_reader_reset(reader);
    vfg_frame_reader_feed(reader, "whole\n", 6, note_line, lines);
    g_autofree char *long_part = g_strnfill(2 * VFG_FRAME_MAX, 'x');
    vfg_frame_reader_feed(reader, long_part, 2 * VFG_FRAME_MAX, note_line, lines);
    vfg_frame_reader_reset(reader);
    vfg_frame_reader_feed(reader, "again\n", 6, note_line, lines);
    g_autofree char *got = join(lines);
    g_assert_cmpstr(got, ==, "whole|again");
}

static void
note_length(G_GNUC_UNUSED const char *line, gsize len, gpointer data)
{
    *(gsize *)data = len;
}

static void
test_binary(void)
{
    g_autoptr(VfgFrameReader) reader = vfg_frame_reader_new();
    gsize len = 0;
    vfg_frame_reader_feed(reader, "a\0\xff\n", 4, note_length, &len);
    g_assert_cmpuint(len, ==, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frame/portions", test_portions);
    g_test_add_func("/frame/longest", test_longest);
    g_test_add_func("/frame/too-long-in-portions", test_too_long_in_portions);
    g_test_add_func("/frame/reset", test_reset);
    g_test_add_func("/frame/binary", test_binary);
    return g_test_run();
}
