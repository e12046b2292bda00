/* SPDX-License-Identifier: GPL-2.0-or-later */

/* From filesystems and files down to disks and their PCI functions. */

#include "block-device.h"

#include "sysfs-path.h"

#include <string.h>

#define BLOCK "/sys/class/block"

/* No real stack comes near; they end hostile ones. */
#define DEPTH_MAX 24
#define STEPS_MAX 512

struct VfgTracer {
    VfgRoot *root;
    GPtrArray *mounts;
    GHashTable *mapped; /* device-mapper's names to the kernel's; NULL until it is needed */
};

/* One way down. */
typedef struct {
    VfgTracer *tracer;
    VfgStack *stack;
    GHashTable *seen; /* paths in /sys/devices, as a set: no device is looked at twice */
    guint depth, steps;
    gboolean other_end; /* came to a device that belongs to no PCI function */
} Way;

static void follow_device(Way *way, const char *path);
static void follow_path(Way *way, const char *path);
static void follow_mount(Way *way, const VfgMount *mount);

static void
disk_free(VfgDisk *disk)
{
    g_free(disk->device);
    g_free(disk);
}

void
vfg_stack_free(VfgStack *stack)
{
    if (!stack)
        return;
    g_ptr_array_unref(stack->disks);
    g_free(stack);
}

VfgTracer *
vfg_tracer_new(VfgRoot *root, GPtrArray *mounts)
{
    VfgTracer *tracer = g_new0(VfgTracer, 1);
    tracer->root = root;
    tracer->mounts = mounts;
    return tracer;
}

void
vfg_tracer_free(VfgTracer *tracer)
{
    if (!tracer)
        return;
    g_clear_pointer(&tracer->mapped, g_hash_table_unref);
    g_free(tracer);
}

static void
add_disk(Way *way, VfgPciAddress function, const char *device)
{
    GPtrArray *disks = way->stack->disks;
    for (guint i = 0; i < disks->len; i++) {
        const VfgDisk *known = g_ptr_array_index(disks, i);
        if (vfg_pci_address_compare(known->function, function) == 0)
            return;
    }
    VfgDisk *disk = g_new0(VfgDisk, 1);
    disk->function = function;
    disk->device = g_strdup(device);
    g_ptr_array_add(disks, disk);
}

static void
end_at(Way *way, const char *real)
{
    VfgPciAddress function;
    g_autofree char *name = g_path_get_basename(real);
    if (vfg_sysfs_find_function(real, &function))
        add_disk(way, function, name);
    else
        way->other_end = TRUE;
}

static void
follow_name(Way *way, const char *name)
{
    g_autofree char *path = g_strconcat(BLOCK "/", name, NULL);
    follow_device(way, path);
}

/* device-mapper, md, bcache, drbd: what a device lies on (bd_link_disk_holder() in
 * block/holder.c). */
static gboolean
follow_slaves(Way *way, const char *real)
{
    g_autofree char *folder = g_strconcat(real, "/slaves", NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(way->tracer->root, folder, NULL);
    for (guint i = 0; names && i < names->len; i++)
        follow_name(way, g_ptr_array_index(names, i));
    return names && names->len > 0;
}

static gboolean
is_partition(const Way *way, const char *real)
{
    g_autofree char *path = g_strconcat(real, "/partition", NULL);
    return vfg_root_exists(way->tracer->root, path);
}

/* The file or device behind a loop device (loop/backing_file) or zram (backing_dev, "none" without
 * one: Documentation/admin-guide/blockdev/zram.rst). */
static gboolean
follow_backing(Way *way, const char *real, const char *name)
{
    gboolean is_loop = g_str_has_prefix(name, "loop");
    if (!is_loop && !g_str_has_prefix(name, "zram"))
        return FALSE;
    g_autofree char *path =
        g_strconcat(real, is_loop ? "/loop/backing_file" : "/backing_dev", NULL);
    g_autofree char *file = vfg_root_read_text(way->tracer->root, path, NULL);
    if (!file || *file != '/')
        return FALSE;
    follow_path(way, file);
    return TRUE;
}

static gboolean
has_number(const char *name, const char *prefix)
{
    if (!g_str_has_prefix(name, prefix))
        return FALSE;
    const char *digits = name + strlen(prefix);
    return *digits && strspn(digits, "0123456789") == strlen(digits);
}

/* Whether a controller has a path to the namespace `head`, "nvme2n1": the hidden disk "nvme2c5n1"
 * (nvme_mpath_set_disk_name() in drivers/nvme/host/multipath.c). */
static gboolean
has_path(const Way *way, const char *controller, const char *number, const char *head)
{
    const char *namespace = strrchr(head, 'n');
    g_autofree char *subsystem = g_strndup(head, (gsize)(namespace - head));
    g_autofree char *path = g_strdup_printf("%s/%sc%s%s", controller, subsystem, number, namespace);
    return vfg_root_exists(way->tracer->root, path);
}

/* The head of NVMe multipath is a child of its subsystem, beside the links to the controllers.
 * Where no controller shows a path, all of them count. */
static gboolean
follow_multipath(Way *way, const char *real, const char *head)
{
    g_autofree char *subsystem = g_path_get_dirname(real);
    g_autofree char *subsystem_name = g_path_get_basename(subsystem);
    if (!has_number(subsystem_name, "nvme-subsys"))
        return FALSE;
    g_autoptr(GPtrArray) names = vfg_root_list(way->tracer->root, subsystem, NULL);
    g_autoptr(GPtrArray) with_path = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; names && i < names->len && i < STEPS_MAX; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *link = g_strconcat(subsystem, "/", name, NULL);
        g_autofree char *controller =
            has_number(name, "nvme") ? vfg_sysfs_real_path(way->tracer->root, link) : NULL;
        if (controller && has_path(way, controller, name + strlen("nvme"), head))
            g_ptr_array_add(with_path, g_strdup(controller));
        if (controller)
            g_ptr_array_add(all, g_steal_pointer(&controller));
    }
    GPtrArray *chosen = with_path->len ? with_path : all;
    for (guint i = 0; i < chosen->len; i++)
        end_at(way, g_ptr_array_index(chosen, i));
    return TRUE;
}

static void
look_at(Way *way, const char *real)
{
    g_autofree char *name = g_path_get_basename(real);
    if (follow_slaves(way, real))
        return;
    if (is_partition(way, real)) {
        g_autofree char *disk = g_path_get_dirname(real);
        follow_device(way, disk);
        return;
    }
    if (!follow_backing(way, real, name) && !follow_multipath(way, real, name))
        end_at(way, real);
}

/* A device by its path in sysfs, real or a link. One that was seen already adds nothing: two ways
 * may lead to it, and in a circle the first way counts. */
static void
follow_device(Way *way, const char *path)
{
    g_autofree char *real = vfg_sysfs_real_path(way->tracer->root, path);
    if (!real || way->depth >= DEPTH_MAX || way->steps >= STEPS_MAX) {
        way->stack->incomplete = TRUE;
        return;
    }
    if (!g_hash_table_add(way->seen, g_strdup(real)))
        return;
    way->steps++;
    way->depth++;
    look_at(way, real);
    way->depth--;
}

/* The names of device-mapper's devices. */
static GHashTable *
list_mapped(VfgRoot *root)
{
    GHashTable *mapped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) names = vfg_root_list(root, BLOCK, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_strconcat(BLOCK "/", name, "/dm/name", NULL);
        char *label = has_number(name, "dm-") ? vfg_root_read_text(root, path, NULL) : NULL;
        if (label)
            g_hash_table_insert(mapped, label, g_strdup(name));
    }
    return mapped;
}

/* What LVM calls "/dev/VG/LV" device-mapper calls "VG-LV", with each hyphen in a name doubled
 * (dm_build_dm_name() of LVM). */
static char *
mapped_label(const char *below_dev)
{
    if (g_str_has_prefix(below_dev, "mapper/"))
        return g_strdup(below_dev + strlen("mapper/"));
    g_auto(GStrv) words = g_strsplit(below_dev, "/", -1);
    if (g_strv_length(words) != 2)
        return NULL;
    for (guint i = 0; i < 2; i++) {
        g_auto(GStrv) parts = g_strsplit(words[i], "-", -1);
        g_free(words[i]);
        words[i] = g_strjoinv("--", parts);
    }
    return g_strjoinv("-", words);
}

static gboolean
is_block_device(VfgRoot *root, const char *name)
{
    g_autofree char *path = g_strconcat(BLOCK "/", name, NULL);
    return *name && vfg_root_look(root, path, NULL) != VFG_ROOT_NOTHING;
}

/* The kernel's name of the device behind a file below /dev: through its link ("/dev/mapper/root" →
 * "dm-0"); the file's own name, with "!" for "/"; or the name in device-mapper where udev's links
 * are missing. NULL where it is no block device. */
static char *
kernel_name(VfgTracer *tracer, const char *path)
{
    g_autofree char *name = vfg_root_link_name(tracer->root, path);
    if (name && is_block_device(tracer->root, name))
        return g_steal_pointer(&name);
    const char *below_dev = path + strlen("/dev/");
    g_autofree char *own = g_strdelimit(g_strdup(below_dev), "/", '!');
    if (is_block_device(tracer->root, own))
        return g_steal_pointer(&own);
    g_autofree char *label = mapped_label(below_dev);
    if (!label)
        return NULL;
    if (!tracer->mapped)
        tracer->mapped = list_mapped(tracer->root);
    return g_strdup(g_hash_table_lookup(tracer->mapped, label));
}

static void
follow_path(Way *way, const char *path)
{
    g_autofree char *name = g_str_has_prefix(path, "/dev/") ? kernel_name(way->tracer, path) : NULL;
    if (name) {
        follow_name(way, name);
        return;
    }
    const VfgMount *mount =
        way->tracer->mounts ? vfg_mounts_find_holding(way->tracer->mounts, path) : NULL;
    if (!mount || way->depth >= DEPTH_MAX || way->steps >= STEPS_MAX) {
        way->stack->incomplete = TRUE;
        return;
    }
    way->steps++;
    way->depth++;
    follow_mount(way, mount);
    way->depth--;
}

/* The devices of the btrfs filesystem that `name` is one of; NULL as the name: of the only one
 * there is (the root filesystem of a host without initramfs has the source "/dev/root"). */
static GPtrArray *
list_btrfs_devices(VfgRoot *root, const char *name)
{
    g_autoptr(GPtrArray) ids = vfg_root_list(root, "/sys/fs/btrfs", NULL);
    g_autoptr(GPtrArray) only = NULL;
    guint count = 0;
    for (guint i = 0; ids && i < ids->len; i++) {
        g_autofree char *folder =
            g_strconcat("/sys/fs/btrfs/", (char *)g_ptr_array_index(ids, i), "/devices", NULL);
        g_autoptr(GPtrArray) devices = vfg_root_list(root, folder, NULL);
        if (!devices)
            continue;
        if (name && g_ptr_array_find_with_equal_func(devices, name, g_str_equal, NULL))
            return g_steal_pointer(&devices);
        g_clear_pointer(&only, g_ptr_array_unref);
        only = g_steal_pointer(&devices);
        count++;
    }
    return !name && count == 1 ? g_steal_pointer(&only) : NULL;
}

static void
follow_btrfs(Way *way, const VfgMount *mount)
{
    g_autofree char *name =
        g_str_has_prefix(mount->source, "/dev/") ? kernel_name(way->tracer, mount->source) : NULL;
    g_autoptr(GPtrArray) devices = list_btrfs_devices(way->tracer->root, name);
    for (guint i = 0; devices && i < devices->len; i++)
        follow_name(way, g_ptr_array_index(devices, i));
    if (!devices && name)
        follow_name(way, name);
    else if (!devices)
        way->stack->incomplete = TRUE;
}

/* "/dev/sda:/dev/sdb". */
static void
follow_members(Way *way, const char *source)
{
    g_auto(GStrv) members = g_strsplit(source, ":", -1);
    for (char **member = members; *member; member++) {
        g_autofree char *name =
            g_str_has_prefix(*member, "/dev/") ? kernel_name(way->tracer, *member) : NULL;
        if (name)
            follow_name(way, name);
        else
            way->stack->incomplete = TRUE;
    }
}

/* Filesystems without a device number of their own have only their source to go by. ZFS names the
 * pool, and the kernel does not tell its disks. */
static void
follow_anonymous(Way *way, const VfgMount *mount)
{
    if (g_str_equal(mount->type, "btrfs")) {
        follow_btrfs(way, mount);
    } else if (g_str_equal(mount->type, "bcachefs")) {
        follow_members(way, mount->source);
    } else if (g_str_equal(mount->type, "zfs")) {
        way->stack->incomplete = TRUE;
    } else {
        g_autofree char *name = g_str_has_prefix(mount->source, "/dev/")
                                    ? kernel_name(way->tracer, mount->source)
                                    : NULL;
        if (name)
            follow_name(way, name);
        else
            way->stack->is_storage = FALSE;
    }
}

static void
follow_mount(Way *way, const VfgMount *mount)
{
    if (mount->major == 0) {
        follow_anonymous(way, mount);
        return;
    }
    g_autofree char *path = g_strdup_printf("/sys/dev/block/%u:%u", mount->major, mount->minor);
    follow_device(way, path);
}

static void
begin(Way *way, VfgTracer *tracer)
{
    *way = (Way){.tracer = tracer, .stack = g_new0(VfgStack, 1)};
    way->stack->disks = g_ptr_array_new_with_free_func((GDestroyNotify)disk_free);
    way->stack->is_storage = TRUE;
    way->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* A way that came to no end at all went in a circle. */
static VfgStack *
finish(Way *way)
{
    VfgStack *stack = way->stack;
    if (stack->is_storage && !stack->disks->len && !way->other_end)
        stack->incomplete = TRUE;
    g_hash_table_unref(way->seen);
    return stack;
}

VfgStack *
vfg_tracer_follow_mount(VfgTracer *tracer, const VfgMount *mount)
{
    Way way;
    begin(&way, tracer);
    follow_mount(&way, mount);
    return finish(&way);
}

VfgStack *
vfg_tracer_follow_path(VfgTracer *tracer, const char *path)
{
    Way way;
    begin(&way, tracer);
    follow_path(&way, path);
    return finish(&way);
}
