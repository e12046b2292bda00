/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's command line, taken apart as next_arg() does it. */

#include "cmdline.h"

/* "name", "name=value", in brackets. */
static void
assert_parsed(const char *text, const char *wanted)
{
    g_autoptr(GPtrArray) arguments = vfg_cmdline_parse(text);
    g_autoptr(GString) shown = g_string_new(NULL);
    for (guint i = 0; i < arguments->len; i++) {
        const VfgKernelArgument *argument = g_ptr_array_index(arguments, i);
        g_string_append_printf(shown, "[%s%s%s]", argument->name, argument->value ? "=" : "",
                               argument->value ? argument->value : "");
    }
    g_assert_cmpstr(shown->str, ==, wanted);
}

static void
test_words(void)
{
    assert_parsed("", "");
    assert_parsed(" \t\n", "");
    assert_parsed("quiet", "[quiet]");
    assert_parsed("  quiet\troot=/dev/sda1 \n", "[quiet][root=/dev/sda1]");
    assert_parsed("a= b==c =d =e=f", "[a=][b==c][=d][=e=f]");
}

static void
test_quotes(void)
{
    assert_parsed("a=\"b c\" d", "[a=b c][d]");
    assert_parsed("\"a=b c\" d", "[a=b c][d]");
    assert_parsed("\"a b\" d", "[a b][d]");
    assert_parsed("dyndbg=\"file drivers/pci/* +p\" iommu=off",
                  "[dyndbg=file drivers/pci/* +p][iommu=off]");
    assert_parsed("a=b\"c d\"e f", "[a=b\"c d\"e][f]");
    assert_parsed("a=\"never closed b", "[a=never closed b]");
    assert_parsed("a=\"", "[a=]");
    assert_parsed("\"", "[]");
}

/* What follows a lone "--" is init's. */
static void
test_end(void)
{
    assert_parsed("a -- iommu=off", "[a]");
    assert_parsed("a --=1 b", "[a][--=1][b]");
}

static void
test_has(void)
{
    g_assert_true(vfg_cmdline_has("quiet intel_iommu=off", "intel_iommu=off"));
    g_assert_true(vfg_cmdline_has("quiet \"intel_iommu=off\"", "intel_iommu=off"));
    g_assert_true(vfg_cmdline_has("intel-iommu=off", "intel_iommu=off"));
    g_assert_true(vfg_cmdline_has("intel_iommu=sm_off,off", "intel_iommu=off"));
    g_assert_true(vfg_cmdline_has("a=1 a=2", "a=2"));
    g_assert_true(vfg_cmdline_has("a=1,2", "a=1,2"));
    g_assert_true(vfg_cmdline_has("nomodeset", "nomodeset"));
    g_assert_false(vfg_cmdline_has("nomodeset=1", "nomodeset"));
    g_assert_false(vfg_cmdline_has("nomodeset", "nomodeset="));
    g_assert_false(vfg_cmdline_has("intel_iommu=sm_off", "intel_iommu=off"));
    g_assert_false(vfg_cmdline_has("intel_iommu=offline", "intel_iommu=off"));
    g_assert_false(vfg_cmdline_has("xintel_iommu=off", "intel_iommu=off"));
    g_assert_false(vfg_cmdline_has("dyndbg=\"x iommu=off\"", "iommu=off"));
    g_assert_false(vfg_cmdline_has("init=/bin/sh -- iommu=off", "iommu=off"));
    g_assert_false(vfg_cmdline_has("iommu", "iommu=off"));
    g_assert_false(vfg_cmdline_has(NULL, "iommu=off"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cmdline/words", test_words);
    g_test_add_func("/cmdline/quotes", test_quotes);
    g_test_add_func("/cmdline/end", test_end);
    g_test_add_func("/cmdline/has", test_has);
    return g_test_run();
}
