/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: the text of /proc/iomem. With clang: -fsanitize=fuzzer,address,undefined; without
 * it fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "iomem.h"

/* What was read, written as the kernel writes it, is read as the same again. */
static void
check_again(GPtrArray *ranges)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < ranges->len; i++) {
        const VfgIomemRange *range = g_ptr_array_index(ranges, i);
        g_assert_cmphex(range->start, <=, range->end);
        g_string_append_printf(
            text, "%*s%08" G_GINT64_MODIFIER "x-%08" G_GINT64_MODIFIER "x : %s\n",
            (int)MIN(range->depth, 100) * 2, "", range->start, range->end, range->name);
    }
    g_autoptr(GPtrArray) again = vfg_iomem_parse(text->str, NULL);
    g_assert_nonnull(again);
    g_assert_cmpuint(again->len, ==, ranges->len);
    for (guint i = 0; i < ranges->len; i++) {
        const VfgIomemRange *one = g_ptr_array_index(ranges, i);
        const VfgIomemRange *other = g_ptr_array_index(again, i);
        g_assert_cmphex(one->start, ==, other->start);
        g_assert_cmphex(one->end, ==, other->end);
        g_assert_cmpstr(one->name, ==, other->name);
    }
}

/* Each window is a range. */
static void
check_windows(GPtrArray *ranges)
{
    g_autoptr(GArray) windows = vfg_iomem_find_windows(ranges);
    guint w = 0;
    for (guint i = 0; i < ranges->len && w < windows->len; i++) {
        const VfgIomemRange *range = g_ptr_array_index(ranges, i);
        const VfgMmioWindow *window = &g_array_index(windows, VfgMmioWindow, w);
        if (window->start == range->start && window->end == range->end &&
            g_str_has_prefix(range->name, "PCI Bus "))
            w++;
    }
    g_assert_cmpuint(w, ==, windows->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) ranges = vfg_iomem_parse(text, &error);
    if (!ranges) {
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    g_assert_no_error(error);
    check_again(ranges);
    check_windows(ranges);
    for (guint i = 0; i < ranges->len; i++)
        vfg_iomem_range_is_framebuffer(g_ptr_array_index(ranges, i));
    return 0;
}
