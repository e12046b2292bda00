/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: a file of a boot loader, the first byte says of which kind. What was added can be
 * read again, adding it once more changes nothing, and removing it leaves the words that were
 * there. */

#include "fuzz.h"
#include "kernel-edit.h"

static const char *const variables[] = {"V", "W", NULL};

static char *
words_of(const VfgKernelForm *form, GBytes *bytes)
{
    g_autoptr(GPtrArray) lines = vfg_kernel_edit_show(form, bytes, NULL);
    GString *out = g_string_new(NULL);
    for (guint i = 0; lines && i < lines->len; i++)
        g_string_append_printf(out, "%s\n", (char *)g_ptr_array_index(lines, i));
    return g_string_free(out, FALSE);
}

static void
check(const VfgKernelForm *form, GBytes *in, const char *arg, const char *mark)
{
    g_autoptr(GBytes) out = vfg_kernel_edit_add(form, in, arg, NULL, FALSE, NULL);
    if (!out)
        return;
    g_autoptr(GBytes) again = vfg_kernel_edit_add(form, out, arg, NULL, FALSE, NULL);
    g_assert_nonnull(again);
    g_assert_true(g_bytes_equal(out, again));
    g_autofree char *before = words_of(form, in);
    if (strstr(before, mark))
        return;
    g_autoptr(GBytes) removed = vfg_kernel_edit_remove(form, out, arg, NULL);
    g_assert_nonnull(removed);
    g_autofree char *after = words_of(form, removed);
    g_assert_cmpstr(g_strstrip(before), ==, g_strstrip(after));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    VfgKernelForm form = {
        .format = (VfgKernelFormat)(data[0] % 5), .variables = variables, .shown = "file"};
    g_autoptr(GBytes) in = g_bytes_new(data + 1, size - 1);
    check(&form, in, "pci=realloc", "pci");
    check(&form, in, "fuzz=1", "fuzz");
    return 0;
}
