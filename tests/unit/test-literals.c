/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Searching many literals, compared with searching each. */

#include "literals.h"

#include <string.h>

/* They share beginnings, ends and middles, and their letters are few, so that chance hits are many.
 */
static const char *const texts[] = {"abababab", "babababa",  "abababac",         "cabababab",
                                    "aaaaaaaa", "aaaaaaaab", "bcbcbcbcbcbcbcbc", "short"};

static gsize
next_slowly(const char *text, gsize len, gsize from)
{
    for (gsize at = from; at < len; at++)
        for (gsize i = 0; i + 1 < G_N_ELEMENTS(texts); i++)
            if (strlen(texts[i]) <= len - at && memcmp(text + at, texts[i], strlen(texts[i])) == 0)
                return at;
    return len;
}

static VfgLiterals *
make(void)
{
    g_autoptr(GPtrArray) array = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_ptr_array_add(array, (gpointer)texts[i]);
    return vfg_literals_new(array);
}

static void
test_next(void)
{
    g_autoptr(VfgLiterals) literals = make();
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    guint hits = 0;
    for (guint round = 0; round < 3000; round++) {
        gsize len = (gsize)g_rand_int_range(random, 0, 100);
        g_autofree char *text = g_malloc(len + 1);
        int letters = g_rand_int_range(random, 1, 4);
        for (gsize i = 0; i < len; i++)
            text[i] = (char)('a' + g_rand_int_range(random, 0, letters));
        gsize from = (gsize)g_rand_int_range(random, 0, (gint32)len + 1);
        gsize found = vfg_literals_next(literals, text, len, from);
        g_assert_cmpuint(found, ==, next_slowly(text, len, from));
        hits += found < len;
    }
    g_assert_cmpuint(hits, >, 100);
}

static void
count(guint index, gpointer data)
{
    ((guint *)data)[index]++;
}

static void
test_each(void)
{
    g_autoptr(VfgLiterals) literals = make();
    static const char text[] = "xaaaaaaaaby cabababab short bcbcbcbcbcbcbcb";
    guint counts[G_N_ELEMENTS(texts)] = {0};
    vfg_literals_each(literals, text, strlen(text), count, counts);
    const guint expected[] = {1, 0, 0, 1, 1, 1, 0, 0};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_assert_cmpuint(counts[i], ==, expected[i]);
}

static void
test_none(void)
{
    g_autoptr(GPtrArray) array = g_ptr_array_new();
    g_autoptr(VfgLiterals) literals = vfg_literals_new(array);
    g_assert_cmpuint(vfg_literals_next(literals, "abcdefghijkl", 12, 0), ==, 12);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/literals/next", test_next);
    g_test_add_func("/literals/each", test_each);
    g_test_add_func("/literals/none", test_none);
    return g_test_run();
}
