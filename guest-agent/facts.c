/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent reports of the system it runs in. */

#include "facts.h"

#include "os-release.h"

#include <string.h>
#include <sys/utsname.h>

#define PCI_DEVICES "/sys/bus/pci/devices"

/* Valid UTF-8 of at most VFG_MESSAGE_MAX_TEXT bytes, cut between characters. Takes `text`, which
 * may be NULL. */
static char *
fit_text(char *text)
{
    g_autofree char *raw = text;
    if (!raw)
        return g_strdup("");
    char *valid = g_utf8_make_valid(raw, -1);
    if (strlen(valid) > VFG_MESSAGE_MAX_TEXT)
        *g_utf8_find_prev_char(valid, valid + VFG_MESSAGE_MAX_TEXT + 1) = '\0';
    return valid;
}

/* A boot id of other than letters, digits and '-' would make the host refuse the whole hello. */
char *
vfg_facts_boot_id(VfgRoot *root)
{
    char *id = vfg_root_read_text(root, "/proc/sys/kernel/random/boot_id", NULL);
    gsize len = id ? strlen(id) : 0;
    gboolean good = len > 0 && len <= 64;
    for (gsize i = 0; i < len; i++)
        good = good && (g_ascii_isalnum(id[i]) || id[i] == '-');
    if (good)
        return id;
    g_free(id);
    return g_strdup("unknown");
}

/* The kernel's own files say it also for a recorded tree; /proc/sys/kernel/arch came with
 * Linux 6.1. */
static char *
read_kernel_text(VfgRoot *root, const char *path, const char *from_uname)
{
    char *text = vfg_root_read_text(root, path, NULL);
    return fit_text(text ? text : g_strdup(from_uname));
}

VfgHello *
vfg_facts_hello(VfgRoot *root, const char *version)
{
    g_autofree char *os = vfg_os_release_read(root);
    struct utsname names = {0};
    uname(&names);
    VfgHello *hello = g_new0(VfgHello, 1);
    hello->version = g_strdup(version);
    hello->protocol = VFG_PROTOCOL_VERSION;
    hello->boot_id = vfg_facts_boot_id(root);
    hello->os_id = fit_text(vfg_os_release_get(os, "ID"));
    hello->os_name = fit_text(vfg_os_release_get(os, "PRETTY_NAME"));
    hello->os_version = fit_text(vfg_os_release_get(os, "VERSION_ID"));
    hello->kernel = read_kernel_text(root, "/proc/sys/kernel/osrelease", names.release);
    hello->arch = read_kernel_text(root, "/proc/sys/kernel/arch", names.machine);
    hello->firmware = g_strdup(vfg_root_exists(root, "/sys/firmware/efi") ? "uefi" : "bios");
    return hello;
}

/* Displays that a hypervisor emulates, by vendor id (https://pci-ids.ucw.cz). None of them makes
 * cards. */
static gboolean
is_virtual_display(guint16 vendor)
{
    static const guint16 vendors[] = {
        0x1013, /* Cirrus Logic: QEMU's cirrus-vga */
        0x1234, /* QEMU's std VGA and bochs-display */
        0x1414, /* Microsoft: Hyper-V */
        0x15ad, /* VMware: SVGA II and QEMU's vmware-svga */
        0x1af4, /* Red Hat: virtio-gpu */
        0x1b36, /* Red Hat: QXL */
        0x80ee, /* VirtualBox */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(vendors); i++)
        if (vendors[i] == vendor)
            return TRUE;
    return FALSE;
}

static guint16
read_id(VfgRoot *device, const char *name)
{
    guint64 id = 0;
    return vfg_root_read_uint(device, name, 16, 0xffff, &id, NULL) ? (guint16)id : 0;
}

/* A BAR whose size no message can carry comes of a broken resource line; one such BAR must not cost
 * the report. */
static void
drop_broken_bars(VfgPciFunction *gpu)
{
    guint kept = 0;
    for (guint i = 0; i < gpu->n_bars; i++)
        if (gpu->bars[i].size > 0 && gpu->bars[i].size <= VFG_MESSAGE_MAX_NUMBER)
            gpu->bars[kept++] = gpu->bars[i];
    gpu->n_bars = kept;
}

static void
read_bars(VfgRoot *device, VfgPciFunction *gpu)
{
    g_autofree char *text = vfg_root_read_text(device, "resource", NULL);
    if (text && vfg_pci_function_parse_resource(gpu, text, NULL))
        drop_broken_bars(gpu);
}

/* The function at this directory if it is a GPU, or NULL; also where it was pulled while being
 * read. */
static VfgPciFunction *
read_gpu(VfgRoot *root, const char *name)
{
    VfgPciAddress address;
    g_autofree char *path = g_strconcat(PCI_DEVICES "/", name, NULL);
    g_autoptr(VfgRoot) device = NULL;
    guint64 class_code = 0;
    if (!vfg_pci_address_parse(name, &address, NULL))
        return NULL;
    device = vfg_root_enter(root, path, NULL);
    if (!device || !vfg_root_read_uint(device, "class", 16, 0xffffff, &class_code, NULL))
        return NULL;
    g_autoptr(VfgPciFunction) gpu = vfg_pci_function_new(address);
    gpu->class_code = (guint32)class_code;
    gpu->vendor = read_id(device, "vendor");
    if (!vfg_pci_function_is_display(gpu) || is_virtual_display(gpu->vendor))
        return NULL;
    gpu->device = read_id(device, "device");
    gpu->subvendor = read_id(device, "subsystem_vendor");
    gpu->subdevice = read_id(device, "subsystem_device");
    g_autofree char *driver = vfg_root_link_name(device, "driver");
    if (driver)
        gpu->driver = fit_text(g_steal_pointer(&driver));
    read_bars(device, gpu);
    return g_steal_pointer(&gpu);
}

GPtrArray *
vfg_facts_gpus(VfgRoot *root)
{
    GPtrArray *gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_pci_function_free);
    g_autoptr(GPtrArray) names = vfg_root_list(root, PCI_DEVICES, NULL);
    for (guint i = 0; names && i < names->len && gpus->len < VFG_MESSAGE_MAX_GPUS; i++) {
        VfgPciFunction *gpu = read_gpu(root, g_ptr_array_index(names, i));
        if (gpu)
            g_ptr_array_add(gpus, gpu);
    }
    return gpus;
}
