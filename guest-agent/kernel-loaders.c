/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which files below a root hold the kernel's arguments. */

#include "kernel-loaders.h"

#include "error.h"
#include "os-release.h"

#include <string.h>

enum { ALONE, GRUB };

static const char *const grub_variables[] = {"GRUB_CMDLINE_LINUX_DEFAULT", "GRUB_CMDLINE_LINUX",
                                             NULL};
static const char *const u_boot_variables[] = {"U_BOOT_PARAMETERS", NULL};
static const char *const alpine_variables[] = {"default_kernel_opts", NULL};

/* Files at a fixed place, in the order in which they are changed. */
static const struct {
    const char *path;
    VfgKernelFormat format;
    const char *const *variables;
    guint group;
    const char *unless; /* not where this one is there */
} places[] = {
    {"/etc/default/grub", VFG_KERNEL_SHELL, grub_variables, GRUB, NULL},
    {"/etc/kernel/cmdline", VFG_KERNEL_LINE, NULL, ALONE, NULL},
    {"/boot/firmware/cmdline.txt", VFG_KERNEL_FIRST, NULL, ALONE, NULL},
    {"/boot/cmdline.txt", VFG_KERNEL_FIRST, NULL, ALONE, "/boot/firmware/cmdline.txt"},
    {"/cmdline.txt", VFG_KERNEL_FIRST, NULL, ALONE, "/etc"}, /* the boot partition itself */
    {"/etc/default/u-boot", VFG_KERNEL_SHELL, u_boot_variables, ALONE, NULL},
    {"/etc/update-extlinux.conf", VFG_KERNEL_SHELL, alpine_variables, ALONE, NULL},
    {"/boot/extlinux/extlinux.conf", VFG_KERNEL_EXTLINUX, NULL, ALONE, NULL},
    {"/boot/extlinux.conf", VFG_KERNEL_EXTLINUX, NULL, ALONE, NULL},
    {"/extlinux/extlinux.conf", VFG_KERNEL_EXTLINUX, NULL, ALONE, "/etc"},
};

static const char *const entry_folders[] = {"/boot/loader/entries", "/boot/efi/loader/entries",
                                            "/efi/loader/entries", "/loader/entries"};

static void
file_free(gpointer data)
{
    VfgKernelFile *file = data;
    g_free(file->path);
    g_free(file);
}

void
vfg_kernel_loaders_free(VfgKernelLoaders *loaders)
{
    if (!loaders)
        return;
    g_ptr_array_unref(loaders->files);
    g_ptr_array_unref(loaders->commands);
    g_free(loaders);
}

static void
add_file(VfgKernelLoaders *loaders, const char *path, VfgKernelFormat format,
         const char *const *variables, guint group)
{
    VfgKernelFile *file = g_new0(VfgKernelFile, 1);
    file->path = g_strdup(path);
    file->format = format;
    file->variables = variables;
    file->group = group;
    g_ptr_array_add(loaders->files, file);
}

/* The files of a folder with that ending, in the order of a shell's *. */
static guint
add_folder(VfgKernelLoaders *loaders, VfgRoot *root, const char *folder, const char *ending,
           VfgKernelFormat format, const char *const *variables, guint group)
{
    guint before = loaders->files->len;
    g_autoptr(GPtrArray) names = vfg_root_list(root, folder, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (name[0] != '.' && g_str_has_suffix(name, ending))
            add_file(loaders, path, format, variables, group);
    }
    return loaders->files->len - before;
}

static void
add_command(VfgKernelLoaders *loaders, const char *command)
{
    for (guint i = 0; i < loaders->commands->len; i++)
        if (g_str_equal(g_ptr_array_index(loaders->commands, i), command))
            return;
    g_ptr_array_add(loaders->commands, g_strdup(command));
}

static gboolean
has_program(VfgRoot *root, const char *name)
{
    static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folders[i], name, NULL);
        if (vfg_root_exists(root, path))
            return TRUE;
    }
    return FALSE;
}

/* Whether os-release says that the system is one of these or like one. */
static gboolean
is_like(const char *os_release, const char *const *families)
{
    static const char *const keys[] = {"ID", "ID_LIKE"};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = vfg_os_release_get(os_release, keys[i]);
        g_auto(GStrv) words = g_strsplit(value ? value : "", " ", -1);
        for (guint j = 0; words[j]; j++)
            if (g_strv_contains(families, words[j]))
                return TRUE;
    }
    return FALSE;
}

/* On EL 8 and before, with UEFI, GRUB reads the configuration on the EFI partition; since then what
 * is there is a stub that goes on to /boot/grub2/grub.cfg and must not be overwritten (Fedora,
 * "GRUB 2", UnifyGrubConfig change of Fedora 34). */
static char *
grub2_config(VfgRoot *root)
{
    g_autoptr(GPtrArray) vendors = vfg_root_list(root, "/boot/efi/EFI", NULL);
    for (guint i = 0; vendors && i < vendors->len; i++) {
        g_autofree char *path = g_build_filename(
            "/boot/efi/EFI", (char *)g_ptr_array_index(vendors, i), "grub.cfg", NULL);
        g_autofree char *text = vfg_root_read(root, path, 1024 * 1024, NULL, NULL);
        if (text && (strstr(text, "menuentry") || strstr(text, "blscfg")))
            return g_steal_pointer(&path);
    }
    return g_strdup("/boot/grub2/grub.cfg");
}

static void
add_grub_command(VfgKernelLoaders *loaders, VfgRoot *root, const char *os_release)
{
    static const char *const grub2_families[] = {"rhel", "fedora", "centos",     "suse", "opensuse",
                                                 "sles", "amzn",   "azurelinux", NULL};
    static const char *const debians[] = {"debian", "ubuntu", NULL};
    if (vfg_root_exists(root, "/etc/kernel/proxmox-boot-uuids")) {
        add_command(loaders, "proxmox-boot-tool refresh");
    } else if (has_program(root, "update-grub") || is_like(os_release, debians)) {
        add_command(loaders, "update-grub");
    } else if (has_program(root, "grub2-mkconfig") || vfg_root_exists(root, "/boot/grub2") ||
               is_like(os_release, grub2_families)) {
        g_autofree char *config = grub2_config(root);
        g_autofree char *command = g_strconcat("grub2-mkconfig -o ", config, NULL);
        add_command(loaders, command);
    } else if (has_program(root, "grub-mkconfig") || *os_release) {
        add_command(loaders, "grub-mkconfig -o /boot/grub/grub.cfg");
    } else {
        add_command(loaders, "update-grub");
    }
}

/* Proxmox copies /etc/kernel/cmdline to each boot partition; elsewhere it goes into the entries or
 * images when a kernel is installed. */
static void
add_cmdline_command(VfgKernelLoaders *loaders, VfgRoot *root)
{
    if (vfg_root_exists(root, "/etc/kernel/proxmox-boot-uuids") ||
        has_program(root, "proxmox-boot-tool"))
        add_command(loaders, "proxmox-boot-tool refresh");
    else if (has_program(root, "mkinitcpio"))
        add_command(loaders, "mkinitcpio -P");
    else if (has_program(root, "kernel-install"))
        add_command(loaders, "kernel-install add-all");
    else
        add_command(loaders, "proxmox-boot-tool refresh");
}

static void
add_commands(VfgKernelLoaders *loaders, VfgRoot *root, const char *os_release)
{
    for (guint i = 0; i < loaders->files->len; i++) {
        const VfgKernelFile *file = g_ptr_array_index(loaders->files, i);
        if (file->group == GRUB)
            add_grub_command(loaders, root, os_release);
        else if (file->format == VFG_KERNEL_LINE)
            add_cmdline_command(loaders, root);
        else if (file->variables == u_boot_variables)
            add_command(loaders, "u-boot-update");
        else if (file->variables == alpine_variables)
            add_command(loaders, "update-extlinux");
    }
}

/* Snippets are a change of Debian's and those after it; upstream's and Fedora's grub-mkconfig do
 * not read them. */
static void
add_grub_snippets(VfgKernelLoaders *loaders, VfgRoot *root, const char *os_release)
{
    static const char *const without[] = {"rhel", "fedora", "centos", "suse", "opensuse",
                                          "sles", "amzn",   "arch",   NULL};
    if (!is_like(os_release, without))
        add_folder(loaders, root, "/etc/default/grub.d", ".cfg", VFG_KERNEL_SHELL, grub_variables,
                   GRUB);
}

VfgKernelLoaders *
vfg_kernel_loaders_find(VfgRoot *root, GError **error)
{
    if (vfg_root_exists(root, "/etc/zipl.conf")) {
        vfg_error_set(error, VFG_ERROR_REFUSED, "change /etc/zipl.conf by hand and run zipl",
                      "the boot loader is zipl (/etc/zipl.conf), which is not supported");
        return NULL;
    }
    g_autoptr(VfgKernelLoaders) loaders = g_new0(VfgKernelLoaders, 1);
    g_autofree char *os_release = vfg_os_release_read(root);
    loaders->files = g_ptr_array_new_with_free_func(file_free);
    loaders->commands = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (vfg_root_exists(root, places[i].path) &&
            (!places[i].unless || !vfg_root_exists(root, places[i].unless)))
            add_file(loaders, places[i].path, places[i].format, places[i].variables,
                     places[i].group);
        if (places[i].group == GRUB)
            add_grub_snippets(loaders, root, os_release);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(entry_folders); i++)
        add_folder(loaders, root, entry_folders[i], ".conf", VFG_KERNEL_ENTRY, NULL, ALONE);
    if (!loaders->files->len) {
        vfg_error_set(error, VFG_ERROR_NOT_FOUND,
                      "add the argument to the boot loader's configuration by hand",
                      "no boot loader's configuration is known here: no /etc/default/grub, "
                      "/etc/kernel/cmdline, cmdline.txt, extlinux.conf or loader entries");
        return NULL;
    }
    add_commands(loaders, root, os_release);
    return g_steal_pointer(&loaders);
}
