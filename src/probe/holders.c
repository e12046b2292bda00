/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which processes hold a GPU's device file open. */

#include "holders.h"

#include "error.h"
#include "parse.h"
#include "sysfs-path.h"

#include <string.h>

#define NVIDIA "/proc/driver/nvidia/gpus"

/* A process may have more files open; the rest is not looked at, and holders_complete says so. */
#define FILES_MAX 65536

typedef struct {
    gboolean known;
    VfgPciAddress function;
} Owner;

typedef struct {
    VfgRoot *root;
    VfgHost *host;
    GHashTable *owners; /* path of a device file to Owner */
} Search;

static gboolean
is_gpu_file(const char *path)
{
    return g_str_has_prefix(path, "/dev/nvidia") || g_str_has_prefix(path, "/dev/dri/") ||
           g_str_has_prefix(path, "/dev/vfio/") || g_str_has_prefix(path, "/dev/snd/") ||
           g_str_equal(path, "/dev/kfd");
}

static gboolean
find_below(const Search *search, const char *class, const char *name, Owner *owner)
{
    g_autofree char *path = g_strconcat("/sys/class/", class, "/", name, NULL);
    g_autofree char *real = vfg_sysfs_real_path(search->root, path);
    return real && vfg_sysfs_find_function(real, &owner->function);
}

/* "Device Minor: 	 0" in /proc/driver/nvidia/gpus/ADDRESS/information (nv-procfs.c of the
 * NVIDIA kernel modules). */
static gboolean
has_minor(VfgRoot *root, const char *address, const char *minor)
{
    g_autofree char *path = g_strconcat(NVIDIA "/", address, "/information", NULL);
    g_autofree char *text = vfg_root_read_text(root, path, NULL);
    const char *line = text ? strstr(text, "Device Minor:") : NULL;
    if (!line)
        return FALSE;
    line += strlen("Device Minor:");
    line += strspn(line, " \t");
    gsize len = strlen(minor);
    return strncmp(line, minor, len) == 0 && !g_ascii_isdigit(line[len]);
}

static gboolean
find_nvidia(const Search *search, const char *minor, Owner *owner)
{
    if (!*minor || strspn(minor, "0123456789") != strlen(minor))
        return FALSE;
    g_autoptr(GPtrArray) names = vfg_root_list(search->root, NVIDIA, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (has_minor(search->root, name, minor))
            return vfg_pci_address_parse(name, &owner->function, NULL);
    }
    return FALSE;
}

/* A group stands for a function where it has one display function only, or one function beside
 * bridges. */
static gboolean
find_group(const Search *search, const char *number, Owner *owner)
{
    guint64 id = 0;
    if (!vfg_parse_uint(number, 10, G_MAXINT, &id, NULL))
        return FALSE;
    const VfgIommuGroup *group = vfg_host_find_group(search->host, (int)id);
    const VfgPciFunction *display = NULL, *other = NULL;
    guint n_displays = 0, n_others = 0;
    for (guint i = 0; group && i < group->functions->len; i++) {
        const VfgPciFunction *function = g_ptr_array_index(group->functions, i);
        if (vfg_pci_function_is_display(function)) {
            display = function;
            n_displays++;
        } else if (!function->is_bridge) {
            other = function;
            n_others++;
        }
    }
    if (n_displays > 1 || (!n_displays && n_others != 1))
        return FALSE;
    owner->function = display ? display->address : other->address;
    return TRUE;
}

static const Owner *
find_owner(Search *search, const char *path)
{
    Owner *owner = g_hash_table_lookup(search->owners, path);
    if (owner)
        return owner;
    const char *name = strrchr(path, '/') + 1;
    owner = g_new0(Owner, 1);
    if (g_str_has_prefix(path, "/dev/dri/"))
        owner->known = find_below(search, "drm", name, owner);
    else if (g_str_has_prefix(path, "/dev/snd/"))
        owner->known = find_below(search, "sound", name, owner);
    else if (g_str_has_prefix(path, "/dev/vfio/devices/"))
        owner->known = find_below(search, "vfio-dev", name, owner);
    else if (g_str_has_prefix(path, "/dev/vfio/"))
        owner->known = find_group(search, name, owner);
    else if (g_str_has_prefix(path, "/dev/nvidia"))
        owner->known = find_nvidia(search, path + strlen("/dev/nvidia"), owner);
    g_hash_table_insert(search->owners, g_strdup(path), owner);
    return owner;
}

/* Command and effective user from /proc/PID/status (proc_pid_status(5)). */
static void
fill_process(VfgRoot *root, VfgHolder *holder)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", holder->pid);
    g_autofree char *text = vfg_root_read(root, path, 1 << 16, NULL, NULL);
    if (!text)
        return;
    if (g_str_has_prefix(text, "Name:\t"))
        holder->command = g_strndup(text + 6, strcspn(text + 6, "\n"));
    const char *line = strstr(text, "\nUid:\t");
    const char *effective = line ? strchr(line + strlen("\nUid:\t"), '\t') : NULL;
    if (!effective)
        return;
    g_autofree char *word = g_strndup(effective + 1, strspn(effective + 1, "0123456789"));
    guint64 uid = 0;
    if (vfg_parse_uint(word, 10, G_MAXUINT32, &uid, NULL))
        holder->uid = (gint64)uid;
}

static void
add_holder(Search *search, int pid, const char *path)
{
    VfgHolder *holder = vfg_holder_new(pid, path);
    const Owner *owner = find_owner(search, path);
    holder->has_function = owner->known;
    holder->function = owner->function;
    fill_process(search->root, holder);
    g_ptr_array_add(search->host->holders, holder);
}

/* Each file of a process counts once, however often it is open. */
static void
look_at_process(Search *search, int pid)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_strdup_printf("/proc/%d/fd", pid);
    g_autoptr(GPtrArray) numbers = vfg_root_list(search->root, folder, &error);
    if (!numbers) { /* it has ended, or belongs to someone else */
        if (!g_error_matches(error, VFG_ERROR, VFG_ERROR_NOT_FOUND))
            search->host->holders_complete = FALSE;
        return;
    }
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < numbers->len && i < FILES_MAX; i++) {
        g_autofree char *link =
            g_strconcat(folder, "/", (char *)g_ptr_array_index(numbers, i), NULL);
        g_autofree char *target = NULL;
        vfg_root_look(search->root, link, &target);
        if (target && is_gpu_file(target) && g_hash_table_add(seen, g_strdup(target)))
            add_holder(search, pid, target);
    }
    if (numbers->len > FILES_MAX)
        search->host->holders_complete = FALSE;
}

void
vfg_probe_holders(VfgRoot *root, VfgHost *host)
{
    g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) names = vfg_root_list(root, "/proc", NULL);
    Search search = {root, host, owners};
    g_ptr_array_set_size(host->holders, 0);
    host->holders_complete = names != NULL;
    for (guint i = 0; names && i < names->len; i++) {
        guint64 pid = 0;
        if (vfg_parse_uint(g_ptr_array_index(names, i), 10, G_MAXINT, &pid, NULL))
            look_at_process(&search, (int)pid);
    }
}
