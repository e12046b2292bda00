/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fingerprints of OpenPGP keys: keys made with GnuPG for this test, whose fingerprints GnuPG said,
 * and files that are none. */

#include "openpgp.h"

#include "assert-error.h"

#define ONE "974D09CE88A9CFE189D1E06A2AE8DB011E7A89D1"
#define TWO "FE849E8EF8BC2BB19365CD7B6499277A6DD8EE42"

static const char one_key[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                              "\n"
                              "mDMEawGymRYJKwYBBAHaRw8BAQdAv0kg2Tt3LtJ4QhrRt1KGGPlMQxnCUHN/M/wz\n"
                              "cax8eK60InZmaW9ncHUgdGVzdCBvbmUgPG9uZUBleGFtcGxlLm9yZz6IkAQTFggA\n"
                              "OBYhBJdNCc6Iqc/hidHgairo2wEeeonRBQJrAbKZAhsDBQsJCAcCBhUKCQgLAgQW\n"
                              "AgMBAh4BAheAAAoJECro2wEeeonRhDoA/Rn5AazRTcbR9jcgUmG2i6bwvODmPNuK\n"
                              "UDwo1QQoFhhcAPkB4OdnawyA4yxzJaelfpo+rmuZVZAdav+3u0lDrqxADw==\n"
                              "=QKRz\n"
                              "-----END PGP PUBLIC KEY BLOCK-----\n";

static const char two_keys[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                               "\n"
                               "mDMEawGymRYJKwYBBAHaRw8BAQdAv0kg2Tt3LtJ4QhrRt1KGGPlMQxnCUHN/M/wz\n"
                               "cax8eK60InZmaW9ncHUgdGVzdCBvbmUgPG9uZUBleGFtcGxlLm9yZz6IkAQTFggA\n"
                               "OBYhBJdNCc6Iqc/hidHgairo2wEeeonRBQJrAbKZAhsDBQsJCAcCBhUKCQgLAgQW\n"
                               "AgMBAh4BAheAAAoJECro2wEeeonRhDoA/Rn5AazRTcbR9jcgUmG2i6bwvODmPNuK\n"
                               "UDwo1QQoFhhcAPkB4OdnawyA4yxzJaelfpo+rmuZVZAdav+3u0lDrqxAD5iNBGsB\n"
                               "spoBBADQ5xpEhS6m5V1t6Gg+Z+K0iWFaEpPLfdm732MRVNSTCZCtzjpjbiErwl7K\n"
                               "Qof2h8dHK5f7SD2VO8nKSxmvyC1zYi0CBscA+RM7B64Zg4eP8T2lSE9qp3LyhTHQ\n"
                               "q2qDF5OMla3B+gFdPG1o9evGRmFpZ/O5TdUIeGt29kgES681UwARAQABtCJ2Zmlv\n"
                               "Z3B1IHRlc3QgdHdvIDx0d29AZXhhbXBsZS5vcmc+iM4EEwEKADgWIQT+hJ6O+Lwr\n"
                               "sZNlzXtkmSd6bdjuQgUCawGymgIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAK\n"
                               "CRBkmSd6bdjuQk61BADPskSkxNC+wUxzTJT5xun/yff7KqguofmldUqzmSyqUho6\n"
                               "UcaaNH5rpKiumQ/GQYJxIyREet9pa2ydqYqSjiqDN4xxgtV6869aQhd+Z1R4mAWl\n"
                               "eHAR3vUNH9kwTGNkQfw2ZdsqLsNBq8tGmc1wbLKQP8+kEpiY4v3bRuc7yUSw2w==\n"
                               "=mTCu\n"
                               "-----END PGP PUBLIC KEY BLOCK-----\n";

static const char *const pinned_one[] = {ONE, NULL};
static const char *const pinned_both[] = {TWO, ONE, NULL};
static const char *const pinned_none[] = {NULL};

static void
test_armored(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) one = vfg_openpgp_fingerprints(one_key, strlen(one_key), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(one[0], ==, ONE);
    g_assert_null(one[1]);
    g_auto(GStrv) two = vfg_openpgp_fingerprints(two_keys, strlen(two_keys), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(two[0], ==, ONE);
    g_assert_cmpstr(two[1], ==, TWO);
    g_assert_null(two[2]);
}

/* The same without armor, and with carriage returns and headers in it. */
static guchar *
binary_of(const char *armored, gsize *len)
{
    const char *begin = strstr(armored, "\n\n") + 2;
    g_autofree char *code = g_strndup(begin, (gsize)(strstr(begin, "\n=") - begin));
    return g_base64_decode(code, len);
}

static void
test_other_forms(void)
{
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    g_autofree guchar *binary = binary_of(two_keys, &len);
    g_auto(GStrv) two = vfg_openpgp_fingerprints((char *)binary, len, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(two), ==, 2);
    g_autoptr(GString) text = g_string_new(one_key);
    g_string_replace(text, "BLOCK-----\n\n", "BLOCK-----\nComment: a\nVersion: b\n\n", 1);
    g_string_replace(text, "\n", "\r\n", 0);
    g_auto(GStrv) one = vfg_openpgp_fingerprints(text->str, text->len, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(one[0], ==, ONE);
    g_string_replace(text, "\r\n\r\n", "\r\n", 1);
    g_auto(GStrv) glued = vfg_openpgp_fingerprints(text->str, text->len, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(glued[0], ==, ONE);
}

static void
test_check(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_openpgp_check(one_key, strlen(one_key), pinned_one, "x", &error));
    g_assert_true(vfg_openpgp_check(two_keys, strlen(two_keys), pinned_both, "x", &error));
    /* A second key beside the right one must not slip in. */
    g_assert_false(vfg_openpgp_check(two_keys, strlen(two_keys), pinned_one, "http://x", &error));
    assert_error(error, VFG_ERROR_REFUSED, "http://x: the repository's key is unknown: " TWO);
    g_clear_error(&error);
    g_assert_false(vfg_openpgp_check(one_key, strlen(one_key), pinned_none, "x", &error));
    assert_error(error, VFG_ERROR_REFUSED, "no fingerprint of this key is known here; it is " ONE);
}

static void
refuse(const char *bytes, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) found = vfg_openpgp_fingerprints(bytes, len, &error);
    g_assert_null(found);
    assert_error(error, VFG_ERROR_PARSE, "not an OpenPGP key");
}

/* Cut anywhere, or with two blocks: nothing of it is taken. */
static void
test_broken(void)
{
    gsize len = 0;
    g_autofree guchar *binary = binary_of(one_key, &len);
    g_autofree char *twice = g_strconcat(one_key, one_key, NULL);
    for (gsize cut = 0; cut < len; cut++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) found = vfg_openpgp_fingerprints((char *)binary, cut, &error);
        if (found) /* at the end of a packet: then the key itself is whole */
            g_assert_cmpstr(found[0], ==, ONE);
    }
    refuse(twice, strlen(twice));
    refuse("", 0);
    refuse("<html>404</html>", 16);
    refuse("\x99\xff\xff\x04", 4);
    refuse("\xc6\xe1\x04", 3);
    refuse("\xc6\x06\x03\x00\x00\x00\x00\x01", 8);
    refuse("\xc2\x01\x04", 3);
    refuse("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", 37);
    refuse("-----BEGIN PGP PUBLIC KEY BLOCK-----\n-----END PGP PUBLIC KEY BLOCK-----\n", 73);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/openpgp/armored", test_armored);
    g_test_add_func("/openpgp/other-forms", test_other_forms);
    g_test_add_func("/openpgp/check", test_check);
    g_test_add_func("/openpgp/broken", test_broken);
    return g_test_run();
}
