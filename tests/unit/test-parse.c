/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Strict numbers and sizes: the whole text counts, and a wrong one leaves the result alone. */

#include "parse.h"

#include "assert-error.h"

static void
assert_uint(const char *text, guint base, guint64 max, guint64 wanted)
{
    guint64 value = 0;
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_parse_uint(text, base, max, &value, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(value, ==, wanted);
}

static void
refuse_uint(const char *text, guint base, guint64 max)
{
    guint64 value = 4711;
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_parse_uint(text, base, max, &value, &error));
    assert_error(error, VFG_ERROR_PARSE, base == 16 ? "hexadecimal" : "decimal");
    g_assert_cmpuint(value, ==, 4711);
}

static void
test_decimal(void)
{
    assert_uint("0", 10, 0, 0);
    assert_uint("007", 10, 7, 7);
    assert_uint("18446744073709551615", 10, G_MAXUINT64, G_MAXUINT64);
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1\n",
                                      "1x",
                                      "0x10",
                                      "1.0",
                                      "ten",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        refuse_uint(bad[i], 10, G_MAXUINT64);
    assert_uint("4096", 10, 4096, 4096);
    refuse_uint("4097", 10, 4096);
}

static void
test_hexadecimal(void)
{
    assert_uint("10de", 16, 0xffff, 0x10de);
    assert_uint("0x10DE", 16, 0xffff, 0x10de);
    assert_uint("0X0", 16, 0xffff, 0);
    assert_uint("0xffffffffffffffff", 16, G_MAXUINT64, G_MAXUINT64);
    static const char *const bad[] = {"",     "0x",   "0x0x1", "0x-1", "0x+1",
                                      "0x 1", "-0x1", "0x1g",  "x1",   "0x10000000000000000"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        refuse_uint(bad[i], 16, G_MAXUINT64);
    refuse_uint("10000", 16, 0xffff);
}

/* The message is fit for a terminal and bounded, whatever was given. */
static void
test_message(void)
{
    guint64 value = 0;
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_parse_uint("1\033[2J", 10, 9, &value, &error));
    g_assert_null(strchr(error->message, '\033'));
    g_assert_nonnull(strstr(error->message, "at most 9"));
    g_clear_error(&error);
    g_autofree char *many = g_strnfill(100000, 'z');
    g_assert_false(vfg_parse_uint(many, 10, 9, &value, &error));
    g_assert_cmpuint(strlen(error->message), <, 200);
}

static void
assert_size(const char *text, guint64 wanted)
{
    guint64 value = 0;
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_parse_size(text, &value, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(value, ==, wanted);
}

static void
test_size(void)
{
    assert_size("0", 0);
    assert_size("4096", 4096);
    assert_size("7B", 7);
    assert_size("3 bytes", 3);
    assert_size("512MiB", 512ULL << 20);
    assert_size("512M", 512ULL << 20);
    assert_size("512mb", 512000000);
    assert_size("64 GiB", 64ULL << 30);
    assert_size("2GB", 2000000000);
    assert_size("1k", 1024);
    assert_size("1KB", 1000);
    assert_size("1KiB", 1024);
    assert_size("1T", 1ULL << 40);
    assert_size("1TB", 1000000000000ULL);
    assert_size("16777215TiB", 16777215ULL << 40);
    assert_size("18446744073709551615", G_MAXUINT64);
}

static void
test_size_refused(void)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "G",
                                      "GiB",
                                      " 1G",
                                      "-1G",
                                      "+1G",
                                      "1GiBx",
                                      "1 G ",
                                      "1.5G",
                                      "0x10G",
                                      "1EiB",
                                      "1\tG",
                                      "16777216T",
                                      "1G 1",
                                      "1 1",
                                      "18446744073709551616",
                                      "99999999999999999999GiB"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        guint64 value = 4711;
        g_autoptr(GError) error = NULL;
        if (vfg_parse_size(bad[i], &value, &error))
            g_error("'%s' was taken for a size", bad[i]);
        assert_error(error, VFG_ERROR_PARSE, "is not a size");
        assert_fix(error, "64GiB");
        g_assert_cmpuint(value, ==, 4711);
    }
}

static void
test_take_hex(void)
{
    static const char *const bad[] = {"",    ":",    "1:",    "12345:", "12",
                                      "12 ", "12g:", "0x12:", " 12:"};
    const char *at = "82:1F.0123456789abcdef";
    guint64 value = 4711;
    g_assert_true(vfg_parse_take_hex(&at, 2, 2, ':', &value));
    g_assert_cmpuint(value, ==, 0x82);
    g_assert_true(vfg_parse_take_hex(&at, 1, 4, '.', &value));
    g_assert_cmpuint(value, ==, 0x1f);
    g_assert_true(vfg_parse_take_hex(&at, 1, 16, '\0', &value));
    g_assert_cmpuint(value, ==, 0x0123456789abcdef);
    g_assert_cmpstr(at, ==, "");
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        at = bad[i];
        g_assert_false(vfg_parse_take_hex(&at, 2, 4, ':', &value));
        g_assert_true(at == bad[i]);
        g_assert_cmpuint(value, ==, 0x0123456789abcdef);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parse/decimal", test_decimal);
    g_test_add_func("/parse/hexadecimal", test_hexadecimal);
    g_test_add_func("/parse/message", test_message);
    g_test_add_func("/parse/take-hex", test_take_hex);
    g_test_add_func("/parse/size", test_size);
    g_test_add_func("/parse/size-refused", test_size_refused);
    return g_test_run();
}
