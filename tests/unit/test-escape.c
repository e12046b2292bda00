/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Escaping: nothing that steers a terminal or reorders a line gets through, all else does. */

#include "escape.h"

#include <string.h>

static void
assert_escaped(const char *text, gssize len, gsize max, const char *wanted)
{
    g_autofree char *shown = vfg_escape_text(text, len, max);
    g_assert_cmpstr(shown, ==, wanted);
}

static void
test_plain(void)
{
    assert_escaped("", -1, 10, "");
    assert_escaped("RmInitAdapter failed! (0x22:0x56:884)", -1, 100,
                   "RmInitAdapter failed! (0x22:0x56:884)");
    assert_escaped("Grüße, 世界 – €", -1, 100, "Grüße, 世界 – €");
    assert_escaped("abc", 2, 100, "ab");
}

static void
test_control(void)
{
    assert_escaped("a\033[31mb", -1, 100, "a\\x1b[31mb");
    assert_escaped("a\r\n\tb\x7f", -1, 100, "a\\x0d\\x0a\\x09b\\x7f");
    assert_escaped("a\0b", 3, 100, "a\\x00b");
    assert_escaped("\xc2\x9b"
                   "2J",
                   -1, 100, "\\u009b2J"); /* CSI as one C1 character */
}

static void
test_reordering(void)
{
    assert_escaped("\xe2\x80\xae"
                   "gnp.exe",
                   -1, 100, "\\u202egnp.exe"); /* right-to-left override */
    assert_escaped("\xe2\x81\xa6x\xe2\x81\xa9", -1, 100, "\\u2066x\\u2069"); /* isolates */
    assert_escaped("a\xe2\x80\x8b"
                   "b",
                   -1, 100, "a\\u200bb"); /* zero width space */
    assert_escaped("a\xe2\x80\xa8"
                   "b",
                   -1, 100, "a\\u2028b");                       /* line separator */
    assert_escaped("\xef\xbb\xbfx", -1, 100, "\\ufeffx");       /* byte order mark */
    assert_escaped("\xf3\xa0\x80\xa1", -1, 100, "\\U000e0021"); /* a tag */
    assert_escaped("\xee\x80\x80", -1, 100, "\\ue000");         /* private use */
}

static void
test_invalid(void)
{
    assert_escaped("a\xff"
                   "b",
                   -1, 100, "a\\xffb");
    assert_escaped("\xc0\xaf", -1, 100, "\\xc0\\xaf");          /* overlong '/' */
    assert_escaped("\xed\xa0\x80", -1, 100, "\\xed\\xa0\\x80"); /* a surrogate */
    assert_escaped("\xe2\x82", -1, 100, "\\xe2\\x82");          /* cut off */
    assert_escaped("\xe2\x82\xac", 2, 100, "\\xe2\\x82");       /* what follows isn't looked at */
}

static void
test_truncation(void)
{
    assert_escaped("abcdef", -1, 6, "abcdef");
    assert_escaped("abcdef", -1, 5, "abcde…");
    assert_escaped("abcdef", -1, 0, "…");
    assert_escaped("a\033\033b", -1, 2, "a\\x1b…");
    g_autofree char *cut = vfg_escape_text("x€€€", -1, 3);
    g_assert_true(g_utf8_validate(cut, -1, NULL));
    g_assert_true(g_str_has_suffix(cut, "…"));
}

/* Whatever comes in, what goes out is valid, printable and one line. */
static void
test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (guint round = 0; round < 2000; round++) {
        char bytes[40];
        for (guint i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)g_rand_int_range(rand, 0, 256);
        g_autofree char *shown = vfg_escape_text(bytes, sizeof bytes, sizeof bytes);
        g_assert_true(g_utf8_validate(shown, -1, NULL));
        for (const char *at = shown; *at; at = g_utf8_next_char(at))
            g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/escape/plain", test_plain);
    g_test_add_func("/escape/control", test_control);
    g_test_add_func("/escape/reordering", test_reordering);
    g_test_add_func("/escape/invalid", test_invalid);
    g_test_add_func("/escape/truncation", test_truncation);
    g_test_add_func("/escape/random", test_random);
    return g_test_run();
}
