/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel arguments in the files of boot loaders: bytes in, bytes out. The second part reads
 * collected files in place; they are not part of the tree, and without them that part has nothing
 * to test. */

#include "error.h"
#include "kernel-edit.h"

#include <string.h>

#define SAMPLES VFG_TOP_SRCDIR "/../shared/samples/cmdline"

static const char *const grub_variables[] = {"GRUB_CMDLINE_LINUX_DEFAULT", "GRUB_CMDLINE_LINUX",
                                             NULL};

static VfgKernelForm
form_of(VfgKernelFormat format)
{
    VfgKernelForm form = {.format = format, .variables = grub_variables, .shown = "/the/file"};
    return form;
}

static void
assert_bytes(GBytes *bytes, const char *text)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(bytes, &len);
    g_autofree char *got = g_strndup(data ? data : "", len);
    g_assert_cmpstr(got, ==, text);
}

static GBytes *
add(const VfgKernelForm *form, const char *text, const char *arg, gboolean force)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) in = g_bytes_new(text, strlen(text));
    GBytes *out = vfg_kernel_edit_add(form, in, arg, NULL, force, &error);
    g_assert_no_error(error);
    return out;
}

/* Adds, adds again (nothing changes), removes; `back` NULL: that gives the text as it was. */
static void
check(VfgKernelFormat format, const char *text, const char *arg, const char *expected,
      const char *back)
{
    g_autoptr(GError) error = NULL;
    VfgKernelForm form = form_of(format);
    g_autoptr(GBytes) out = add(&form, text, arg, FALSE);
    assert_bytes(out, expected);
    g_autoptr(GBytes) again = add(&form, expected, arg, FALSE);
    assert_bytes(again, expected);
    g_autoptr(GBytes) removed = vfg_kernel_edit_remove(&form, out, arg, &error);
    g_assert_no_error(error);
    assert_bytes(removed, back ? back : text);
}

static void
check_refused(VfgKernelFormat format, const char *text, const char *arg, int code, const char *part)
{
    g_autoptr(GError) error = NULL;
    VfgKernelForm form = form_of(format);
    g_autoptr(GBytes) in = g_bytes_new(text, strlen(text));
    g_assert_null(vfg_kernel_edit_add(&form, in, arg, NULL, FALSE, &error));
    g_assert_error(error, VFG_ERROR, code);
    if (!strstr(error->message, part))
        g_error("'%s' is not in '%s'", part, error->message);
}

#define V "GRUB_CMDLINE_LINUX_DEFAULT"

static void
test_quoting(void)
{
    static const struct {
        const char *text, *expected, *back;
    } cases[] = {
        {V "=\"quiet\"\n", V "=\"quiet pci=realloc\"\n", NULL},
        {V "='quiet'\n", V "='quiet pci=realloc'\n", NULL},
        {V "=quiet\n", V "=\"quiet pci=realloc\"\n", V "=\"quiet\"\n"},
        {V "=\n", V "=\"pci=realloc\"\n", V "=\"\"\n"},
        {V "=\"\"\n", V "=\"pci=realloc\"\n", NULL},
        {V "=''", V "='pci=realloc'", NULL},
        {V "=\"quiet\"", V "=\"quiet pci=realloc\"", NULL},
        {V "=\"quiet\" # why\n", V "=\"quiet pci=realloc\" # why\n", NULL},
        {V "=\"quiet\"\r\nA=1\r\n", V "=\"quiet pci=realloc\"\r\nA=1\r\n", NULL},
        {V "=quiet\r\n", V "=\"quiet pci=realloc\"\r\n", V "=\"quiet\"\r\n"},
        {V "=\"a\"'b'\n", V "=\"a\"'b pci=realloc'\n", NULL},
        {V "=a\\ b\n", V "=a\\ b\" pci=realloc\"\n", V "=a\\ b\"\"\n"},
        {V "=\"a \\\n  b\"\n", V "=\"a \\\n  b pci=realloc\"\n", NULL},
        {V "=\"a \\\r\n b\"\r\n", V "=\"a \\\r\n b pci=realloc\"\r\n", NULL},
        {V "=\"a\n b\"\n", V "=\"a\n b pci=realloc\"\n", NULL},
        {V "=\"dyndbg=\\\"file x +p\\\"\"\n", V "=\"dyndbg=\\\"file x +p\\\" pci=realloc\"\n",
         NULL},
        {V "=\"a $(echo \"b)\" ')') `c \"d\"`\"\n",
         V "=\"a $(echo \"b)\" ')') `c \"d\"` pci=realloc\"\n", NULL},
        {V "=\"${X:-\"a}b\"} c\"\n", V "=\"${X:-\"a}b\"} c pci=realloc\"\n", NULL},
        {V "=$X\n", V "=\"$X pci=realloc\"\n", V "=\"$X\"\n"},
        {"  export " V "=\"a\"; B=2\n", "  export " V "=\"a pci=realloc\"; B=2\n", NULL},
        {"A=1 " V "=\"a\"\n", "A=1 " V "=\"a pci=realloc\"\n", NULL},
        {V "=\"root=/dev/x -- single\"\n", V "=\"root=/dev/x pci=realloc -- single\"\n", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        check(VFG_KERNEL_SHELL, cases[i].text, "pci=realloc", cases[i].expected, cases[i].back);
}

static void
test_which_line(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"#" V "=\"a\"\n" V "=\"b\"\n" V "_X=\"c\"\n",
         "#" V "=\"a\"\n" V "=\"b pci=realloc\"\n" V "_X=\"c\"\n"},
        {V "=\"a\"\n" V "=\"b\"\n#" V "=\"c\"\n",
         V "=\"a\"\n" V "=\"b pci=realloc\"\n#" V "=\"c\"\n"},
        {V "=\"a\"\n" V "+=\" b\"\n", V "=\"a\"\n" V "+=\" b pci=realloc\"\n"},
        {V "=\"pci=noaer\"\n" V "+=\" b\"\n", V "=\"pci=noaer,realloc\"\n" V "+=\" b\"\n"},
        {V "=\"pci=a\"\n" V "=\"${" V "} b\"\n", V "=\"pci=a,realloc\"\n" V "=\"${" V "} b\"\n"},
        {V "=\"pci=a\"\n" V "=\"b\"\n", V "=\"pci=a\"\n" V "=\"b pci=realloc\"\n"},
        {"GRUB_CMDLINE_LINUX=\"a\"\n", "GRUB_CMDLINE_LINUX=\"a pci=realloc\"\n"},
        {"GRUB_CMDLINE_LINUX=\"a\"\n" V "=b c\n",
         "GRUB_CMDLINE_LINUX=\"a pci=realloc\"\n" V "=b c\n"},
        {"A=1\n", "A=1\n" V "=\"pci=realloc\"\n"},
        {"A=1", "A=1\n" V "=\"pci=realloc\""},
        {"A=1\r\n", "A=1\r\n" V "=\"pci=realloc\"\r\n"},
        {"", V "=\"pci=realloc\"\n"},
        {"if [ -f /x ]; then A=1; fi\n" V "=\"b\"\n",
         "if [ -f /x ]; then A=1; fi\n" V "=\"b pci=realloc\"\n"},
        {"f() { A=\"${1}\"; }\ncase $X in a|b) A=2;; esac\n" V "=\"b\"\n",
         "f() { A=\"${1}\"; }\ncase $X in a|b) A=2;; esac\n" V "=\"b pci=realloc\"\n"},
    };
    VfgKernelForm form = form_of(VFG_KERNEL_SHELL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) out = add(&form, cases[i].text, "pci=realloc", FALSE);
        assert_bytes(out, cases[i].expected);
    }
}

static void
test_merge(void)
{
    static const struct {
        const char *text, *arg, *expected;
    } cases[] = {
        {"a pci=noaer b\n", "pci=realloc", "a pci=noaer,realloc b\n"},
        {"pci=noaer pci=nomsi b", "pci=realloc", "pci=noaer pci=nomsi,realloc b"},
        {"a pci=realloc=on,noaer\n", "pci=realloc", "a pci=realloc=on,noaer\n"},
        {"a pci=realloc b pci=x\n", "pci=realloc", "a pci=realloc b pci=x\n"},
        {"a pci=x\n", "pci=realloc,big_root_window", "a pci=x,realloc,big_root_window\n"},
        {"a\n", "pci=realloc,noaer", "a pci=realloc,noaer\n"},
        {"a pcie=noaer\n", "pci=realloc", "a pcie=noaer pci=realloc\n"},
        {"a \"pci=x\"\n", "pci=realloc", "a \"pci=x,realloc\"\n"},
        {"a=\"b pci=x\" c\n", "pci=realloc", "a=\"b pci=x\" c pci=realloc\n"},
        {"a ", "pci=realloc", "a pci=realloc"},
        {"console=tty0\n", "console=ttyS0", "console=tty0 console=ttyS0\n"},
        {"a\n", "dyndbg=\"file x +p\"", "a dyndbg=\"file x +p\"\n"},
    };
    VfgKernelForm form = form_of(VFG_KERNEL_LINE);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) out = add(&form, cases[i].text, cases[i].arg, FALSE);
        assert_bytes(out, cases[i].expected);
    }
}

static void
test_remove(void)
{
    static const struct {
        const char *text, *arg, *expected;
    } cases[] = {
        {"a pci=realloc b\n", "pci=realloc", "a b\n"},
        {"pci=realloc b\n", "pci=realloc", "b\n"},
        {"pci=realloc", "pci=realloc", ""},
        {"a pci=realloc,noaer\n", "pci=realloc", "a pci=noaer\n"},
        {"a pci=x,realloc=on,noaer\n", "pci=realloc", "a pci=x,noaer\n"},
        {"a pci=realloc,realloc\n", "pci=realloc", "a\n"},
        {"a pci=realloc,realloc,b\n", "pci=realloc", "a pci=b\n"},
        {"a pci=realloc=off\n", "pci=realloc", "a pci=realloc=off\n"},
        {"a a b a\n", "a", "b\n"},
        {"ab\n", "a", "ab\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        /* The line itself may become empty, so that it is put behind a word that stays. */
        g_autofree char *text = g_strconcat("options z ", cases[i].text, NULL);
        g_autofree char *expected =
            g_strconcat("options z", *cases[i].expected && *cases[i].expected != '\n' ? " " : "",
                        cases[i].expected, NULL);
        VfgKernelForm form = form_of(VFG_KERNEL_ENTRY);
        g_autoptr(GBytes) in = g_bytes_new(text, strlen(text));
        g_autoptr(GBytes) out = vfg_kernel_edit_remove(&form, in, cases[i].arg, &error);
        g_assert_no_error(error);
        assert_bytes(out, expected);
    }
}

static void
test_formats(void)
{
    check(VFG_KERNEL_ENTRY, "title x\nlinux /v\noptions a\n#options b\n", "pci=realloc",
          "title x\nlinux /v\noptions a pci=realloc\n#options b\n", NULL);
    check(VFG_KERNEL_ENTRY, "linux /v\noptions a\noptions b", "c",
          "linux /v\noptions a\noptions b c", NULL);
    check(VFG_KERNEL_ENTRY, "linux /v\noptions $kernelopts $tuned\n", "c",
          "linux /v\noptions $kernelopts $tuned\n", NULL);
    check(VFG_KERNEL_ENTRY, "efi /EFI/windows\n", "c", "efi /EFI/windows\n", NULL);
    check(VFG_KERNEL_ENTRY, "linux /v\n", "c", "linux /v\noptions c\n", "linux /v\noptions \n");
    check(VFG_KERNEL_EXTLINUX, "label a\n  APPEND x\nlabel b\n\tappend y z\nlabel c\nappend -\n",
          "c", "label a\n  APPEND x c\nlabel b\n\tappend y z c\nlabel c\nappend -\n", NULL);
    check(VFG_KERNEL_FIRST, "console=tty1 rootwait", "c", "console=tty1 rootwait c", NULL);
    check(VFG_KERNEL_FIRST, "a\nb\n", "c", "a c\nb\n", NULL);
    check(VFG_KERNEL_FIRST, "a\r\n", "c", "a c\r\n", NULL);
    check(VFG_KERNEL_LINE, "# why\na\nb\n\n", "c", "# why\na\nb c\n\n", NULL);
}

static void
test_refusals(void)
{
    check_refused(VFG_KERNEL_SHELL, "\n" V "=\"pci=realloc=off\"\n", "pci=realloc",
                  VFG_ERROR_REFUSED, "/the/file, line 2: pci=realloc=off");
    check_refused(VFG_KERNEL_SHELL, "GRUB_CMDLINE_LINUX=pci=realloc=off\n" V "=\"\"\n",
                  "pci=realloc", VFG_ERROR_REFUSED, "realloc=off");
    check_refused(VFG_KERNEL_SHELL, V "=\"a\n", "b", VFG_ERROR_PARSE, "line 1: a double quote");
    check_refused(VFG_KERNEL_SHELL, "\n" V "='a\n", "b", VFG_ERROR_PARSE, "line 2: a single quote");
    check_refused(VFG_KERNEL_SHELL, V "=\"${a\"\n", "b", VFG_ERROR_PARSE, "line 1: an expansion");
    check_refused(VFG_KERNEL_SHELL, V "=\"`a\"\n", "b", VFG_ERROR_PARSE, "line 1: a backquote");
    check_refused(VFG_KERNEL_SHELL, V "=$'a'\n", "b", VFG_ERROR_PARSE, "line 1: a $ outside");
    check_refused(VFG_KERNEL_SHELL, V "=(a b)\n", "b", VFG_ERROR_PARSE, "line 1: an array");
    check_refused(VFG_KERNEL_SHELL, "cat <<E\n" V "=a\nE\n", "b", VFG_ERROR_PARSE,
                  "line 1: a here");
    check_refused(VFG_KERNEL_SHELL, "if a; then\n" V "=a\nfi\n", "b", VFG_ERROR_PARSE,
                  "line 2: the arguments are set only");
    check_refused(VFG_KERNEL_SHELL, "[ a ] && " V "=a\n", "b", VFG_ERROR_PARSE, "only under");
    check_refused(VFG_KERNEL_SHELL, "(" V "=a)\n", "b", VFG_ERROR_PARSE, "subshell");
    check_refused(VFG_KERNEL_SHELL, "if a; then\n", "b", VFG_ERROR_PARSE, "inside a block");
    check_refused(VFG_KERNEL_SHELL, "fi\n", "b", VFG_ERROR_PARSE, "not begun");
    check_refused(VFG_KERNEL_LINE, "\n", "b", VFG_ERROR_PARSE, "no command line");
    check_refused(VFG_KERNEL_FIRST, "\na\n", "b", VFG_ERROR_PARSE, "line 1");
    check_refused(VFG_KERNEL_FIRST, "DO NOT EDIT THIS FILE\n", "b", VFG_ERROR_PARSE, "has moved");
    check_refused(VFG_KERNEL_EXTLINUX, "label a\n", "b", VFG_ERROR_PARSE, "no append line");
    check_refused(VFG_KERNEL_LINE, "a \"b\n", "c", VFG_ERROR_PARSE, "line 1: a double quote");
    check_refused(VFG_KERNEL_LINE, "a\n", "b c", VFG_ERROR_USAGE, "'b c'");
    check_refused(VFG_KERNEL_LINE, "a\n", "b=$(x)", VFG_ERROR_USAGE, "b=$(x)");
    check_refused(VFG_KERNEL_LINE, "a\n", "", VFG_ERROR_USAGE, "''");
    check_refused(VFG_KERNEL_LINE, "a\n", "b\n", VFG_ERROR_USAGE, "'b\\n'");
}

static void
test_force(void)
{
    VfgKernelForm form = form_of(VFG_KERNEL_LINE);
    g_autoptr(GBytes) one = add(&form, "pci=nocrs pci=realloc=off a\n", "pci=realloc", TRUE);
    assert_bytes(one, "pci=nocrs pci=realloc a\n");
    g_autoptr(GBytes) two = add(&form, "pci=a,realloc=off,b\n", "pci=realloc", TRUE);
    assert_bytes(two, "pci=a,realloc,b\n");
}

static void
test_context(void)
{
    g_autoptr(GError) error = NULL;
    VfgKernelForm form = form_of(VFG_KERNEL_LINE);
    g_autoptr(GPtrArray) context = g_ptr_array_new();
    g_autoptr(GBytes) in = g_bytes_new_static("a\n", 2);
    g_ptr_array_add(context, (char *)"pci=x,realloc");
    g_autoptr(GBytes) out = vfg_kernel_edit_add(&form, in, "pci=realloc", context, FALSE, &error);
    g_assert_no_error(error);
    g_assert_true(out == in);
    g_ptr_array_add(context, (char *)"pci=realloc=off");
    g_assert_null(vfg_kernel_edit_add(&form, in, "pci=realloc", context, FALSE, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
}

static VfgKernelForm
form_of_kind(const char *kind)
{
    static const struct {
        const char *kind;
        VfgKernelFormat format;
    } kinds[] = {{"grub", VFG_KERNEL_SHELL},          {"grub.d", VFG_KERNEL_SHELL},
                 {"kernel-cmdline", VFG_KERNEL_LINE}, {"rpi-cmdline", VFG_KERNEL_FIRST},
                 {"loader-entry", VFG_KERNEL_ENTRY},  {"extlinux", VFG_KERNEL_EXTLINUX}};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_equal(kind, kinds[i].kind))
            return form_of(kinds[i].format);
    g_error("unknown kind of sample: %s", kind);
}

static GBytes *
read_sample(const char *folder, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(SAMPLES, folder, name, NULL);
    char *text = NULL;
    gsize len = 0;
    gboolean read = g_file_get_contents(path, &text, &len, &error);
    g_assert_no_error(error);
    g_assert_true(read);
    return g_bytes_new_take(text, len);
}

static void
check_sample(const char *name, const char *kind, const char *action)
{
    g_autoptr(GError) error = NULL;
    VfgKernelForm form = form_of_kind(kind);
    g_autoptr(GBytes) in = read_sample("", name);
    g_autoptr(GBytes) expected = read_sample("expected", name);
    g_autoptr(GBytes) out = vfg_kernel_edit_add(&form, in, "pci=realloc", NULL, FALSE, &error);
    if (g_str_has_prefix(action, "refuse")) {
        g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
        return;
    }
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(out, expected));
    g_autoptr(GBytes) back = vfg_kernel_edit_remove(&form, out, "pci=realloc", &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(back, in));
}

static void
test_samples(void)
{
    g_autofree char *index = NULL;
    if (!g_file_get_contents(SAMPLES "/index.tsv", &index, NULL, NULL)) {
        g_test_skip("no collected files here");
        return;
    }
    g_auto(GStrv) lines = g_strsplit(index, "\n", -1);
    for (guint i = 1; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);
        if (g_strv_length(fields) >= 3)
            check_sample(fields[0], fields[1], fields[2]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel-edit/quoting", test_quoting);
    g_test_add_func("/kernel-edit/which-line", test_which_line);
    g_test_add_func("/kernel-edit/merge", test_merge);
    g_test_add_func("/kernel-edit/remove", test_remove);
    g_test_add_func("/kernel-edit/formats", test_formats);
    g_test_add_func("/kernel-edit/refusals", test_refusals);
    g_test_add_func("/kernel-edit/force", test_force);
    g_test_add_func("/kernel-edit/context", test_context);
    g_test_add_func("/kernel-edit/samples", test_samples);
    return g_test_run();
}
