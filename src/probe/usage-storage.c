/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The functions under mounted filesystems and swap. */

#include "usage-storage.h"

#include "block-device.h"

/* Hosts with thousands of containers have some MiB. */
#define MOUNTS_MAX (64 << 20)
#define SWAPS_MAX (1 << 20)

#define SHOWN_MAX 64 /* mounts of one filesystem */

/* A filesystem: what carries it and which of its folders are known to be mounted. */
typedef struct {
    VfgStack *stack;
    GPtrArray *roots; /* of char *, which belong to the mounts */
} Filesystem;

static void
filesystem_free(Filesystem *filesystem)
{
    vfg_stack_free(filesystem->stack);
    g_ptr_array_unref(filesystem->roots);
    g_free(filesystem);
}

static void
add_stack(VfgHost *host, VfgUsageKind kind, const VfgStack *stack, const char *what,
          const char *source)
{
    for (guint i = 0; i < stack->disks->len; i++) {
        const VfgDisk *disk = g_ptr_array_index(stack->disks, i);
        g_ptr_array_add(host->usages, vfg_usage_new(kind, &disk->function, what, disk->device));
    }
    if (stack->incomplete)
        g_ptr_array_add(host->usages, vfg_usage_new(kind, NULL, what, source));
}

/* Whether a mount shows something of its filesystem that those before it don't. */
static gboolean
shows_more(const Filesystem *filesystem, const char *folder)
{
    for (guint i = 0; i < filesystem->roots->len; i++)
        if (vfg_path_is_below(folder, g_ptr_array_index(filesystem->roots, i)))
            return FALSE;
    return filesystem->roots->len < SHOWN_MAX;
}

/* Hosts with many containers have thousands of overlays and the like, not worth a look. */
static gboolean
may_be_storage(const VfgMount *mount)
{
    return mount->major != 0 || g_str_has_prefix(mount->source, "/dev/") ||
           g_str_equal(mount->type, "btrfs") || g_str_equal(mount->type, "bcachefs") ||
           g_str_equal(mount->type, "zfs");
}

/* The mounts of ZFS are datasets, each a filesystem of its own; those of one device number are the
 * same filesystem, anonymous or not. */
static void
add_mount(VfgTracer *tracer, VfgHost *host, GHashTable *filesystems, const VfgMount *mount)
{
    guint64 key = (guint64)mount->major << 32 | mount->minor;
    Filesystem *filesystem = g_hash_table_lookup(filesystems, &key);
    if (!filesystem) {
        filesystem = g_new0(Filesystem, 1);
        filesystem->stack = vfg_tracer_follow_mount(tracer, mount);
        filesystem->roots = g_ptr_array_new();
        g_hash_table_insert(filesystems, g_memdup2(&key, sizeof key), filesystem);
    }
    if (!filesystem->stack->is_storage && !filesystem->stack->disks->len)
        return;
    if (!shows_more(filesystem, mount->root))
        return;
    g_ptr_array_add(filesystem->roots, mount->root);
    add_stack(host, VFG_USAGE_MOUNT, filesystem->stack, mount->point, mount->source);
}

static GPtrArray *
read_mounts(VfgRoot *root)
{
    g_autofree char *text = vfg_root_read(root, "/proc/1/mountinfo", MOUNTS_MAX, NULL, NULL);
    if (!text || !*text) {
        g_free(text);
        text = vfg_root_read(root, "/proc/self/mountinfo", MOUNTS_MAX, NULL, NULL);
    }
    return text ? vfg_mounts_parse(text) : NULL;
}

static void
add_swaps(VfgRoot *root, VfgTracer *tracer, VfgHost *host)
{
    g_autofree char *text = vfg_root_read(root, "/proc/swaps", SWAPS_MAX, NULL, NULL);
    host->swaps_known = text != NULL;
    if (!text)
        return;
    g_autoptr(GPtrArray) swaps = vfg_swaps_parse(text);
    for (guint i = 0; i < swaps->len; i++) {
        const VfgSwap *swap = g_ptr_array_index(swaps, i);
        g_autoptr(VfgStack) stack = vfg_tracer_follow_path(tracer, swap->path);
        add_stack(host, VFG_USAGE_SWAP, stack, swap->path, swap->path);
    }
}

void
vfg_probe_usage_storage(VfgRoot *root, VfgHost *host)
{
    g_autoptr(GPtrArray) mounts = read_mounts(root);
    g_autoptr(VfgTracer) tracer = vfg_tracer_new(root, mounts);
    g_autoptr(GHashTable) filesystems =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)filesystem_free);
    host->mounts_known = mounts && mounts->len > 0;
    for (guint i = 0; mounts && i < mounts->len; i++)
        if (may_be_storage(g_ptr_array_index(mounts, i)))
            add_mount(tracer, host, filesystems, g_ptr_array_index(mounts, i));
    add_swaps(root, tracer, host);
}
