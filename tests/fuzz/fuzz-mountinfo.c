/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: the texts of mountinfo, swaps and the two files of routes, the same bytes as each.
 * With clang: -fsanitize=fuzzer,address,undefined; without it fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "mount.h"
#include "route.h"

/* As the kernel's mangle() in fs/proc_namespace.c. */
static void
append_escaped(GString *out, const char *text)
{
    for (; *text; text++) {
        if (strchr(" \t\n\\#", *text))
            g_string_append_printf(out, "\\%03o", (guchar)*text);
        else
            g_string_append_c(out, *text);
    }
    g_string_append_c(out, ' ');
}

/* What was read, written as the kernel writes it, is read as the same again. */
static void
check_mount(const VfgMount *mount)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%d 1 %u:%u ", mount->id, mount->major, mount->minor);
    append_escaped(line, mount->root);
    append_escaped(line, mount->point);
    g_string_append(line, "rw - ");
    append_escaped(line, mount->type);
    append_escaped(line, mount->source);
    g_autoptr(GPtrArray) again = vfg_mounts_parse(line->str);
    g_assert_cmpuint(again->len, ==, 1);
    const VfgMount *other = g_ptr_array_index(again, 0);
    g_assert_cmpint(mount->id, ==, other->id);
    g_assert_cmpuint(mount->major, ==, other->major);
    g_assert_cmpuint(mount->minor, ==, other->minor);
    g_assert_cmpstr(mount->root, ==, other->root);
    g_assert_cmpstr(mount->point, ==, other->point);
    g_assert_cmpstr(mount->type, ==, other->type);
    g_assert_cmpstr(mount->source, ==, other->source);
}

static void
check_mounts(const char *text)
{
    g_autoptr(GPtrArray) mounts = vfg_mounts_parse(text);
    for (guint i = 0; i < mounts->len; i++) {
        const VfgMount *mount = g_ptr_array_index(mounts, i);
        check_mount(mount);
        if (i < 16) { /* each search looks at all */
            const VfgMount *holding = vfg_mounts_find_holding(mounts, mount->point);
            g_assert_nonnull(holding);
            g_assert_cmpuint(strlen(holding->point), >=, strlen(mount->point));
        }
    }
}

static void
check_routes(GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        guint at = 0;
        g_assert_cmpstr(name, !=, "");
        g_assert_cmpstr(name, !=, "lo");
        g_assert_true(g_ptr_array_find_with_equal_func(names, name, g_str_equal, &at));
        g_assert_cmpuint(at, ==, i);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    check_mounts(text);
    g_autoptr(GPtrArray) swaps = vfg_swaps_parse(text);
    for (guint i = 0; i < swaps->len; i++)
        g_assert_cmpint(*((VfgSwap *)swaps->pdata[i])->path, ==, '/');
    g_autoptr(GPtrArray) v4 = vfg_routes_parse_ipv4(text);
    check_routes(v4);
    g_autoptr(GPtrArray) v6 = vfg_routes_parse_ipv6(text);
    check_routes(v6);
    return 0;
}
