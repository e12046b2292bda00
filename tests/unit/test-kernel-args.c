/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel arguments of a system in a folder: which files are changed, how they are replaced and put
 * back, what must run, and whether it helped. */

#include "error.h"
#include "kernel-args.h"
#include "facts.h"
#include "kernel-policy.h"
#include "temp-tree.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define GRUB "etc/default/grub"
#define V "GRUB_CMDLINE_LINUX_DEFAULT"

static VfgKernelArgsPlan *
change(const TempTree *tree, gboolean remove, gboolean force, const char *args)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = g_strsplit(args, " ", -1);
    VfgKernelArgsPlan *plan = vfg_kernel_args_plan(tree->top, words, remove, force, &error);
    g_assert_no_error(error);
    gboolean applied = vfg_kernel_args_apply(plan, &error);
    g_assert_no_error(error);
    g_assert_true(applied);
    return plan;
}

static void
run(const TempTree *tree, gboolean remove, const char *args)
{
    g_autoptr(VfgKernelArgsPlan) plan G_GNUC_UNUSED = change(tree, remove, FALSE, args);
}

static void
assert_file(const TempTree *tree, const char *path, const char *expected)
{
    g_autofree char *text = temp_tree_get(tree, path);
    g_assert_cmpstr(text, ==, expected);
}

static void
assert_commands(const VfgKernelArgsPlan *plan, const char *expected)
{
    g_ptr_array_add(plan->commands, NULL);
    g_autofree char *all = g_strjoinv("; ", (char **)plan->commands->pdata);
    g_assert_cmpstr(all, ==, expected);
}

/* What is not the exact inverse of the rules alone: quotes that came, a blank at the end. */
static void
test_exact_inverse(void)
{
    static const char *const texts[] = {
        V "=quiet\n", V "=\n",       V "=\"quiet \"\n",       "X=1\n",
        "X=1",        V "=\"\"\r\n", V "=\"pci=realloc a\"\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(TempTree) tree = temp_tree_new();
        temp_tree_put(tree, GRUB, texts[i]);
        run(tree, FALSE, "pci=realloc foo");
        run(tree, FALSE, "pci=realloc foo");
        g_autofree char *text = temp_tree_get(tree, GRUB);
        g_assert_nonnull(strstr(text, "foo"));
        g_assert_nonnull(strstr(text, "realloc"));
        run(tree, TRUE, "pci=realloc foo");
        assert_file(tree, GRUB, texts[i]);
    }
}

static void
test_changed_meanwhile(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, GRUB, V "=quiet\nX=1\n");
    run(tree, FALSE, "pci=realloc");
    temp_tree_put(tree, GRUB, V "=\"quiet pci=realloc\"\nX=2\nY=3\n");
    run(tree, TRUE, "pci=realloc");
    assert_file(tree, GRUB, V "=quiet\nX=2\nY=3\n");
    run(tree, FALSE, "pci=realloc");
    temp_tree_put(tree, GRUB, V "=\"loud pci=realloc,noaer\"\n");
    run(tree, TRUE, "pci=realloc");
    assert_file(tree, GRUB, V "=\"loud pci=noaer\"\n");
}

static void
test_was_there(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, GRUB, V "=\"pci=realloc\"\n");
    run(tree, FALSE, "pci=realloc");
    g_autoptr(VfgKernelArgsPlan) plan = change(tree, TRUE, FALSE, "pci=realloc");
    g_assert_false(plan->changes);
    g_assert_cmpuint(plan->notes->len, ==, 1);
    /* Never added here, it can be removed. */
    run(tree, TRUE, "pci=realloc");
    assert_file(tree, GRUB, V "=\"\"\n");
}

static void
test_backup_and_mode(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    struct stat info;
    temp_tree_put(tree, GRUB, V "=\"a\"\n");
    g_autofree char *path = temp_tree_path(tree, GRUB);
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    run(tree, FALSE, "b");
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpuint(info.st_mode & 07777, ==, 0640);
    assert_file(tree, "var/lib/vfiogpu-agent/kernel-args/etc_default_grub.orig", V "=\"a\"\n");
    g_assert_false(temp_tree_has(tree, "etc/default/.grub.vfiogpu-new"));
    run(tree, FALSE, "c");
    assert_file(tree, "var/lib/vfiogpu-agent/kernel-args/etc_default_grub.orig", V "=\"a\"\n");
}

/* A link inside the tree stays one, one that would lead out ends in the tree. */
static void
test_links(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(TempTree) outside = temp_tree_new();
    temp_tree_put(outside, "grub", V "=\"a\"\n");
    g_autofree char *target = temp_tree_path(outside, "grub");
    temp_tree_put(tree, "etc/real", V "=\"a\"\n");
    temp_tree_link(tree, GRUB, "/etc/real");
    run(tree, FALSE, "b");
    assert_file(tree, "etc/real", V "=\"a b\"\n");
    g_autofree char *path = temp_tree_path(tree, GRUB);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    temp_tree_link(tree, GRUB, target);
    g_autoptr(GError) error = NULL;
    char *words[] = {(char *)"c", NULL};
    g_assert_null(vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_NOT_FOUND);
    assert_file(outside, "grub", V "=\"a\"\n");
}

/* Cloud images set the variable outright in a snippet, which then counts. */
static void
test_snippets(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, GRUB, V "=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n");
    temp_tree_put(tree, "etc/default/grub.d/50-cloud.cfg", V "=\"console=ttyS0\"\n");
    temp_tree_put(tree, "etc/default/grub.d/60.cfg", "GRUB_TIMEOUT=1\n");
    run(tree, FALSE, "pci=realloc");
    assert_file(tree, GRUB, V "=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n");
    assert_file(tree, "etc/default/grub.d/50-cloud.cfg", V "=\"console=ttyS0 pci=realloc\"\n");
    assert_file(tree, "etc/default/grub.d/60.cfg", "GRUB_TIMEOUT=1\n");
    temp_tree_put(tree, GRUB, V "=\"quiet pci=realloc=off\"\n");
    temp_tree_put(tree, "etc/default/grub.d/50-cloud.cfg", V "=\"${" V "} a\"\n");
    g_autoptr(GError) error = NULL;
    char *words[] = {(char *)"pci=realloc", NULL};
    g_assert_null(vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_REFUSED);
}

/* If one file can't be changed, none is. */
static void
test_all_or_none(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    char *words[] = {(char *)"a", NULL};
    temp_tree_put(tree, GRUB, V "=\"a\n");
    temp_tree_put(tree, "etc/kernel/cmdline", "root=/dev/x\n");
    g_assert_null(vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
    assert_file(tree, "etc/kernel/cmdline", "root=/dev/x\n");
    g_assert_false(temp_tree_has(tree, "var"));
}

typedef struct {
    const char *file; /* to put */
    const char *text;
    const char *also; /* another one, to tell the system by */
    const char *also_text;
    const char *commands;
} LoaderCase;

static const LoaderCase loader_cases[] = {
    {GRUB, V "=\"\"\n", "usr/sbin/update-grub", "", "update-grub"},
    {GRUB, V "=\"\"\n", "etc/os-release", "ID=rocky\nID_LIKE=\"rhel fedora\"\n",
     "grub2-mkconfig -o /boot/grub2/grub.cfg"},
    {GRUB, V "=\"\"\n", "boot/efi/EFI/redhat/grub.cfg", "menuentry x\n", "update-grub"},
    {GRUB, V "=\"\"\n", "etc/os-release", "ID=arch\n", "grub-mkconfig -o /boot/grub/grub.cfg"},
    {GRUB, V "=\"\"\n", "etc/kernel/proxmox-boot-uuids", "", "proxmox-boot-tool refresh"},
    {"etc/kernel/cmdline", "a\n", "usr/sbin/proxmox-boot-tool", "", "proxmox-boot-tool refresh"},
    {"etc/kernel/cmdline", "a\n", "usr/bin/kernel-install", "", "kernel-install add-all"},
    {"etc/kernel/cmdline", "a\n", "usr/bin/mkinitcpio", "", "mkinitcpio -P"},
    {"boot/firmware/cmdline.txt", "a\n", "boot/cmdline.txt", "DO NOT EDIT THIS FILE\n", ""},
    {"boot/cmdline.txt", "a\n", "x", "", ""},
    {"cmdline.txt", "a\n", "config.txt", "", ""},
    {"boot/extlinux/extlinux.conf", "append a\n", "x", "", ""},
    {"etc/default/u-boot", "U_BOOT_PARAMETERS=\"ro\"\n", "x", "", "u-boot-update"},
    {"loader/entries/x.conf", "linux /v\noptions a\n", "x", "", ""},
    {"boot/loader/entries/x.conf", "linux /v\noptions $kernelopts\n", "x", "",
     "grubby --update-kernel=ALL --args='pci=realloc'"},
};

static void
test_loaders(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(loader_cases); i++) {
        const LoaderCase *c = &loader_cases[i];
        g_autoptr(TempTree) tree = temp_tree_new();
        temp_tree_put(tree, c->file, c->text);
        temp_tree_put(tree, c->also, c->also_text);
        g_autoptr(VfgKernelArgsPlan) plan = change(tree, FALSE, FALSE, "pci=realloc");
        g_autofree char *text = temp_tree_get(tree, c->file);
        g_assert_true(strstr(text, "pci=realloc") || strstr(text, "$kernelopts"));
        assert_commands(plan, c->commands);
        assert_file(tree, c->also, c->also_text);
    }
}

/* On EL 8 with UEFI the configuration on the EFI partition is the real one, on EL 9 a stub. */
static void
test_grub2_place(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, GRUB, "GRUB_CMDLINE_LINUX=\"a\"\n");
    temp_tree_put(tree, "etc/os-release", "ID=rhel\n");
    temp_tree_put(tree, "boot/efi/EFI/redhat/grub.cfg", "insmod blscfg\nblscfg\n");
    g_autoptr(VfgKernelArgsPlan) one = change(tree, FALSE, FALSE, "b");
    assert_commands(one, "grub2-mkconfig -o /boot/efi/EFI/redhat/grub.cfg");
    temp_tree_put(tree, "boot/efi/EFI/redhat/grub.cfg", "configfile $prefix/grub.cfg\n");
    g_autoptr(VfgKernelArgsPlan) two = change(tree, FALSE, FALSE, "c");
    assert_commands(two, "grub2-mkconfig -o /boot/grub2/grub.cfg");
}

static void
test_unknown(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) none = NULL;
    g_autoptr(GError) zipl = NULL;
    char *words[] = {(char *)"a", NULL};
    g_assert_null(vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, &none));
    g_assert_error(none, VFG_ERROR, VFG_ERROR_NOT_FOUND);
    temp_tree_put(tree, GRUB, V "=\"a\"\n");
    temp_tree_put(tree, "etc/zipl.conf", "[defaultboot]\n");
    g_assert_null(vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, &zipl));
    g_assert_error(zipl, VFG_ERROR, VFG_ERROR_REFUSED);
    g_assert_nonnull(strstr(zipl->message, "zipl"));
}

static guint
count_commands(const TempTree *tree, char **words)
{
    g_autoptr(VfgKernelArgsPlan) plan = vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, NULL);
    g_assert_nonnull(plan);
    return plan->commands->len;
}

/* Killed between the files and update-grub: the next call still has it to run. */
static void
test_owed(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    char *words[] = {(char *)"pci=realloc", NULL};
    temp_tree_put(tree, "etc/os-release", "ID=debian\n");
    temp_tree_put(tree, GRUB, V "=\"quiet\"\n");
    {
        g_autoptr(VfgKernelArgsPlan) plan =
            vfg_kernel_args_plan(tree->top, words, FALSE, FALSE, NULL);
        g_assert_cmpuint(plan->commands->len, ==, 1);
        g_assert_true(vfg_kernel_store_owe(plan->store, TRUE, NULL));
        g_assert_true(vfg_kernel_args_apply(plan, NULL));
    }
    g_assert_cmpuint(count_commands(tree, words), ==, 1);
    {
        g_autoptr(VfgKernelStore) store = vfg_kernel_store_new(tree->top, NULL);
        g_assert_true(vfg_kernel_store_owe(store, FALSE, NULL));
        g_assert_true(vfg_kernel_store_owe(store, FALSE, NULL));
    }
    g_assert_cmpuint(count_commands(tree, words), ==, 0);
}

#define GPU "sys/bus/pci/devices/0000:06:00.0/"
#define BAR_UNSET "0x0000000000000000 0x00000003ffffffff 0x0000000020140204\n"
#define BAR_SET "0x0000002000000000 0x00000023ffffffff 0x000000000014220c\n"

/* What is said of a GPU with such BARs and such a command line; "" for nothing. */
static char *
explain(const char *resource, const char *cmdline, gboolean *wanted)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, GPU "class", "0x030200\n");
    temp_tree_put(tree, GPU "vendor", "0x10de\n");
    temp_tree_put(tree, GPU "device", "0x1e37\n");
    temp_tree_put(tree, GPU "resource", resource);
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, NULL);
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(root);
    const char *fix = "";
    g_autofree char *what = vfg_kernel_bars_explain(gpus, cmdline, &fix);
    *wanted = vfg_kernel_arg_auto(gpus, cmdline, "pci=realloc");
    return g_strdup_printf("%s|%.16s", what ? what : "", fix);
}

static void
check_policy(const char *resource, const char *cmdline, gboolean expected, const char *words)
{
    gboolean wanted = FALSE;
    g_autofree char *said = explain(resource, cmdline, &wanted);
    g_assert_cmpstr(said, ==, words);
    g_assert_cmpint(wanted, ==, expected);
}

/* What was added for a BAR stays wanted when it has helped. */
static void
test_policy(void)
{
    check_policy(
        BAR_UNSET, "root=/dev/x pci=noaer,realloc\n", TRUE,
        "0000:06:00.0 BAR 0 (16.0\302\240GiB) has no address, and pci=realloc did not help|"
        "in a VM the host");
    check_policy(
        BAR_UNSET BAR_UNSET, "root=/dev/x\n", TRUE,
        "0000:06:00.0 BAR 0 (16.0\302\240GiB) and others have no address|run 'vfiogpu-age");
    check_policy(BAR_SET, "root=/dev/x\n", FALSE, "|");
    check_policy(BAR_SET, "pci=realloc\n", TRUE, "|");
    check_policy("", NULL, FALSE, "|");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel-args/exact-inverse", test_exact_inverse);
    g_test_add_func("/kernel-args/owed", test_owed);
    g_test_add_func("/kernel-args/changed-meanwhile", test_changed_meanwhile);
    g_test_add_func("/kernel-args/was-there", test_was_there);
    g_test_add_func("/kernel-args/backup-and-mode", test_backup_and_mode);
    g_test_add_func("/kernel-args/links", test_links);
    g_test_add_func("/kernel-args/snippets", test_snippets);
    g_test_add_func("/kernel-args/all-or-none", test_all_or_none);
    g_test_add_func("/kernel-args/loaders", test_loaders);
    g_test_add_func("/kernel-args/grub2-place", test_grub2_place);
    g_test_add_func("/kernel-args/unknown", test_unknown);
    g_test_add_func("/kernel-args/policy", test_policy);
    return g_test_run();
}
