/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The seed: a CD-ROM that brings the agent into a guest. */

#include "seed-iso.h"

#include "error.h"
#include "io.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define META_DATA "instance-id: vfiogpu-%s\n"

/* cloud-init runs it once for an instance. The CD-ROM is found by its label where udev makes links,
 * else in the first drives. */
#define USER_DATA                                                                               \
    "#cloud-config\n"                                                                           \
    "runcmd:\n"                                                                                 \
    "  - - sh\n"                                                                                \
    "    - -c\n"                                                                                \
    "    - |\n"                                                                                 \
    "      mkdir -p /run/vfiogpu-seed\n"                                                        \
    "      for device in /dev/disk/by-label/CIDATA /dev/iso9660/CIDATA /dev/sr0 /dev/sr1; do\n" \
    "        [ -e \"$device\" ] || continue\n"                                                  \
    "        mount -t iso9660 -o ro \"$device\" /run/vfiogpu-seed ||\n"                         \
    "          mount -t cd9660 -o ro \"$device\" /run/vfiogpu-seed || continue\n"               \
    "        [ ! -f /run/vfiogpu-seed/install.sh ] || sh /run/vfiogpu-seed/install.sh\n"        \
    "        status=$?\n"                                                                       \
    "        umount /run/vfiogpu-seed\n"                                                        \
    "        exit $status\n"                                                                    \
    "      done\n"                                                                              \
    "      echo 'vfiogpu-agent: no CD-ROM labelled CIDATA' >&2\n"                               \
    "      exit 1\n"

static gboolean
set_archive_error(struct archive *archive, const char *path, GError **error)
{
    const char *why = archive_error_string(archive);
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "cannot write %s: %s", path,
                  why ? why : "unknown error");
    return FALSE;
}

static gboolean
add_file(struct archive *archive, const char *path, const char *name, gboolean program,
         GBytes *bytes, GError **error)
{
    gsize len = 0;
    const void *data = g_bytes_get_data(bytes, &len);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, program ? 0755 : 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    archive_entry_set_mtime(entry, 0, 0);
    int status = archive_write_header(archive, entry);
    archive_entry_free(entry);
    if (status < ARCHIVE_WARN || archive_write_data(archive, data, len) != (la_ssize_t)len)
        return set_archive_error(archive, path, error);
    return TRUE;
}

static gboolean
add_text(struct archive *archive, const char *path, const char *name, const char *text,
         GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return add_file(archive, path, name, FALSE, bytes, error);
}

static gboolean
add_files(struct archive *archive, const VfgSeed *seed, const char *path, GError **error)
{
    g_autofree char *meta_data = g_strdup_printf(META_DATA, seed->vm);
    if (!add_text(archive, path, "meta-data", meta_data, error) ||
        !add_text(archive, path, "user-data", USER_DATA, error) ||
        (seed->config && !add_text(archive, path, "agent.conf", seed->config, error)) ||
        !add_file(archive, path, "vfiogpu-agent", TRUE, seed->agent, error))
        return FALSE;
    for (guint i = 0; i < seed->names->len; i++) {
        const char *name = g_ptr_array_index(seed->names, i);
        if (!add_file(archive, path, name, g_str_has_suffix(name, ".sh"),
                      g_ptr_array_index(seed->bytes, i), error))
            return FALSE;
    }
    return archive_write_close(archive) == ARCHIVE_OK || set_archive_error(archive, path, error);
}

/* Joliet beside Rock Ridge, for systems that read only the one or the other. */
static gboolean
write_archive(int fd, const VfgSeed *seed, const char *path, GError **error)
{
    struct archive *archive = archive_write_new();
    gboolean good = archive_write_set_format_iso9660(archive) == ARCHIVE_OK &&
                    archive_write_set_options(
                        archive, "volume-id=CIDATA,joliet=long,rockridge=useful") == ARCHIVE_OK &&
                    archive_write_open_fd(archive, fd) == ARCHIVE_OK;
    if (!good)
        set_archive_error(archive, path, error);
    good = good && add_files(archive, seed, path, error);
    archive_write_free(archive);
    return good;
}

gboolean
vfg_seed_iso_is_of(const char *path, const char *vm)
{
    g_auto(VfgFd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    g_autofree char *wanted = g_strdup_printf(META_DATA, vm);
    struct stat is;
    if (fd < 0 || fstat(fd, &is) < 0 || !S_ISREG(is.st_mode))
        return FALSE;
    char found[512] = "";
    struct archive *archive = archive_read_new();
    struct archive_entry *entry = NULL;
    gboolean good = archive_read_support_format_iso9660(archive) == ARCHIVE_OK &&
                    archive_read_open_fd(archive, fd, 10240) == ARCHIVE_OK;
    while (good && !*found && archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        if (g_strcmp0(archive_entry_pathname(entry), "meta-data") == 0)
            (void)!archive_read_data(archive, found, sizeof found - 1);
    archive_read_free(archive);
    return g_str_equal(found, wanted);
}

/* The emulator may run as another user: it is to be readable. */
gboolean
vfg_seed_iso_write(const VfgSeed *seed, const char *path, GError **error)
{
    g_autofree char *part = g_strconcat(path, ".part", NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    g_auto(VfgFd) fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot create %s", part);
        return FALSE;
    }
    gboolean good = write_archive(fd, seed, path, error) && vfg_io_sync(fd, part, error);
    if (good && g_rename(part, path) == 0)
        return vfg_io_sync_dir(folder, error);
    if (good)
        vfg_error_set_errno(error, errno, "cannot rename %s to %s", part, path);
    g_unlink(part);
    return FALSE;
}
