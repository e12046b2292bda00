/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's screen on a fake kernel. */

#include "fake-screen.h"

#include "error.h"

#include <errno.h>
#include <string.h>

#define PLATFORM "sys/bus/platform"
#define DRIVER PLATFORM "/drivers/efi-framebuffer"
#define DEVICE "sys/devices/platform/" FAKE_FRAMEBUFFER
#define TERMINALS "sys/class/vtconsole"

static void
set_driver(const FakeKernel *kernel)
{
    temp_tree_link(kernel->tree, DEVICE "/driver", "../../../bus/platform/drivers/efi-framebuffer");
}

void
fake_screen_add(const FakeKernel *kernel, const char *address)
{
    g_autofree char *boot = g_strdup_printf("sys/devices/pci0000:00/%s/boot_vga", address);
    temp_tree_put(kernel->tree, boot, "1\n");
    temp_tree_make_dir(kernel->tree, DRIVER);
    temp_tree_make_dir(kernel->tree, DEVICE "/graphics/fb0");
    temp_tree_link(kernel->tree, PLATFORM "/devices/" FAKE_FRAMEBUFFER,
                   "../../../devices/platform/" FAKE_FRAMEBUFFER);
    temp_tree_link(kernel->tree, "sys/class/graphics/fb0",
                   "../../devices/platform/" FAKE_FRAMEBUFFER "/graphics/fb0");
    temp_tree_put(kernel->tree, "proc/fb", "0 EFI VGA\n");
    temp_tree_put(kernel->tree, TERMINALS "/vtcon0/name", "(S) dummy device\n");
    temp_tree_put(kernel->tree, TERMINALS "/vtcon0/bind", "0\n");
    temp_tree_put(kernel->tree, TERMINALS "/vtcon1/name", "(M) frame buffer device\n");
    temp_tree_put(kernel->tree, TERMINALS "/vtcon1/bind", "1\n");
    set_driver(kernel);
}

void
fake_screen_drop_framebuffer(const FakeKernel *kernel)
{
    temp_tree_remove(kernel->tree, PLATFORM "/devices/" FAKE_FRAMEBUFFER);
    temp_tree_remove(kernel->tree, DEVICE);
}

char *
fake_screen_name_write(const char *path, const char *text)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *owner = g_path_get_basename(folder);
    if (strstr(path, TERMINALS))
        return g_strconcat("console ", owner, NULL);
    return strstr(path, PLATFORM) ? g_strconcat("framebuffer ", text, NULL) : NULL;
}

gboolean
fake_screen_write(const FakeKernel *kernel, const char *path, const char *text, GError **error)
{
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    if (strstr(path, TERMINALS)) {
        temp_tree_put(kernel->tree, path, line);
    } else if (!temp_tree_has(kernel->tree, DEVICE)) {
        vfg_error_set_errno(error, ENODEV, "cannot write");
        return FALSE;
    } else if (g_str_has_suffix(path, "/unbind")) {
        temp_tree_remove(kernel->tree, DEVICE "/driver");
    } else {
        set_driver(kernel);
    }
    return TRUE;
}

void
fake_screen_append_state(const FakeKernel *kernel, GString *out)
{
    if (!temp_tree_has(kernel->tree, TERMINALS))
        return;
    g_autofree char *terminals = temp_tree_get(kernel->tree, TERMINALS "/vtcon1/bind");
    g_string_append_printf(out, "framebuffer %s\nterminals %s",
                           temp_tree_has(kernel->tree, DEVICE "/driver") ? "bound" : "-",
                           terminals);
}
