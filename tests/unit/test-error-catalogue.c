/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files of the error catalogue: what is refused, and how it is said; what replaces what. */

#include "error-catalogue.h"

#include <string.h>

#define GOOD                                                                               \
    "[a]\nclass=x\nseverity=warn\nliteral=something\nexpression=something (?<code>\\d+)\n" \
    "cause=c\n  goes on\nfix=f\nsource=s\nexample=something 1\n"

static void
refuses(const char *text, const char *why)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_error_catalogue_add(catalogue, "f.ini", text, strlen(text), &error));
    g_assert_cmpstr(error->message, ==, why);
    g_assert_cmpuint(vfg_error_catalogue_len(catalogue), ==, 0);
}

static void
test_refused(void)
{
    refuses("[a]\nx\n", "f.ini:2: neither a group, key=value nor a comment");
    refuses("a=b\n", "f.ini:1: a [group] must come first");
    refuses(" b\n", "f.ini:1: nothing that an indented line could go on with");
    refuses("\n[a\n", "f.ini:2: a group is written [name]");
    refuses("[a]\n\xff\n", "f.ini:2: this is not UTF-8");
    refuses(GOOD "[a]\n", "f.ini:11: a group of that name is above");
    refuses(GOOD "[b]\nclas=x\n", "f.ini:12: [b]: unknown key 'clas'");
    refuses(GOOD "[b]\nseverity=bad\n",
            "f.ini:12: [b]: severity is 'bad', not one of: none, info, warn, error, fatal");
    refuses(GOOD "[b]\ndevice=x\n",
            "f.ini:12: [b]: device is 'x', not one of: gpu, any, open, guess, only");
    refuses("[b]\nliteral=seven77\n", "f.ini:2: [b]: a literal has at least 8 characters");
    refuses("[b]\nliteral=\"seven77\"\n", "f.ini:2: [b]: a literal has at least 8 characters");
    refuses("[b]\nbad-if=x\n", "f.ini:2: [b]: unknown key 'bad-if'");
    refuses("[b]\ncodes=1 2 1\n", "f.ini:2: [b]: code 1 is there twice");
    refuses("[b]\nclass=x\nclass=y\n", "f.ini:3: [b]: a second class");
    refuses("[b]\nexpression=x\nexpression=y\n", "f.ini:3: [b]: a second expression");
    refuses("[b]\nof=a\n", "f.ini:1: [b]: with 'of' come codes, but no literal or expression");
    refuses("[b]\ncodes=1\n", "f.ini:1: [b]: codes without 'of'");
    refuses("[b]\nclass=x\n", "f.ini:1: [b]: no expression");
    refuses("[b]\nexpression=x\n", "f.ini:1: [b]: no literal");
    refuses("[b]\nexpression=x\nliteral=something\n", "f.ini:1: [b]: no class");
    refuses("[b]\nexpression=x\nliteral=something\nclass=x\n", "f.ini:1: [b]: no severity");
    refuses("[b]\nexpression=x\nliteral=something\nclass=x\nseverity=none\n",
            "f.ini:1: [b]: no cause");
    refuses("[b]\nexpression=x\nliteral=something\nclass=x\nseverity=none\ncause=c\n",
            "f.ini:1: [b]: no source");
    refuses("[b]\nkind=gpu\nexpression=x\nliteral=something\n",
            "f.ini:1: [b]: the expression has no group 'address'");
    refuses("[b]\nkind=bridge\nexpression={bdf}\nliteral=something\n",
            "f.ini:1: [b]: the expression has no group 'from'");
}

static void
test_bad_expression(void)
{
    static const char text[] = "[b]\nexpression=a(b\n";
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(vfg_error_catalogue_add(catalogue, "f.ini", text, strlen(text), &error));
    g_assert_true(g_str_has_prefix(error->message, "f.ini:2: [b]: expression: "));
}

static void
add(VfgErrorCatalogue *catalogue, const char *text)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = vfg_error_catalogue_add(catalogue, "f.ini", text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static void
test_replaced(void)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    add(catalogue, GOOD "[b]\nof=a\ncodes=1 2\nclass=y\nseverity=error\ncause=c\nsource=s\n");
    const VfgErrorEntry *a = vfg_error_catalogue_get(catalogue, 0);
    g_assert_cmpstr(a->cause, ==, "c goes on");
    g_assert_cmpstr(vfg_error_catalogue_refine(catalogue, a, "2")->id, ==, "b");
    g_assert_true(vfg_error_catalogue_refine(catalogue, a, "3") == a);
    add(catalogue, "[b]\nof=a\ncodes=3\nclass=z\nseverity=info\ncause=own\nsource=s\n");
    g_assert_cmpuint(vfg_error_catalogue_len(catalogue), ==, 2);
    g_assert_cmpstr(vfg_error_catalogue_refine(catalogue, a, "3")->cause, ==, "own");
    g_assert_true(vfg_error_catalogue_refine(catalogue, a, "2") == a);
    g_assert_true(vfg_error_catalogue_check(catalogue, NULL));
}

static void
test_dangling(void)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    g_autoptr(GError) error = NULL;
    add(catalogue, "\n[b]\nof=a\ncodes=3\nclass=z\nseverity=info\ncause=own\nsource=s\n");
    g_assert_false(vfg_error_catalogue_check(catalogue, &error));
    g_assert_cmpstr(error->message, ==, "f.ini:2: [b]: there is no entry 'a'");
    g_clear_error(&error);
    add(catalogue, GOOD "[c]\nof=a\ncodes=4\nclass=z\nseverity=info\ncause=own\nsource=s\n"
                        "symptom-of=x nothing\n");
    g_assert_false(vfg_error_catalogue_check(catalogue, &error));
    g_assert_cmpstr(error->message, ==, "f.ini:11: [c]: there is no class or entry 'nothing'");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error-catalogue/refused", test_refused);
    g_test_add_func("/error-catalogue/bad-expression", test_bad_expression);
    g_test_add_func("/error-catalogue/replaced", test_replaced);
    g_test_add_func("/error-catalogue/dangling", test_dangling);
    return g_test_run();
}
