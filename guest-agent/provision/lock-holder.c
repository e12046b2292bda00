/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who holds the locks of a package manager. */

#include "error.h"
#include "escape.h"
#include "io.h"
#include "packager.h"
#include "parse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *manager;
    const char *path;
    gboolean pid_file; /* holds a pid; else a file with an fcntl(2) lock */
} Lock;

/* apt: apt-pkg/deb/debsystem.cc and lists; rpm: lib/rpmlock.c; dnf: dnf/lock.py and dnf/const.py;
 * zypper: zypp/ZYppFactory.cc; pkg: libpkg/pkgdb.c locks in its database only. */
static const Lock locks[] = {
    {"apt", "/var/lib/dpkg/lock-frontend", FALSE},
    {"apt", "/var/lib/dpkg/lock", FALSE},
    {"apt", "/var/lib/apt/lists/lock", FALSE},
    {"apt", "/var/cache/apt/archives/lock", FALSE},
    {"dnf", "/var/run/dnf.pid", TRUE},
    {"dnf", "/var/cache/dnf/download_lock.pid", TRUE},
    {"dnf", "/var/cache/dnf/metadata_lock.pid", TRUE},
    {"dnf", "/var/lib/dnf/rpmdb_lock.pid", TRUE},
    {"dnf", "/var/lib/rpm/.rpm.lock", FALSE},
    {"dnf5", "/usr/lib/sysimage/rpm/.rpm.lock", FALSE},
    {"dnf5", "/var/lib/rpm/.rpm.lock", FALSE},
    {"tdnf", "/var/run/.tdnf-instance-lockfile", FALSE},
    {"tdnf", "/var/lib/rpm/.rpm.lock", FALSE},
    {"zypper", "/run/zypp.pid", TRUE},
    {"zypper", "/usr/lib/sysimage/rpm/.rpm.lock", FALSE},
};

void
vfg_holder_clear(VfgHolder *holder)
{
    g_clear_pointer(&holder->name, g_free);
    g_clear_pointer(&holder->file, g_free);
    holder->pid = 0;
}

/* The pid that would keep us from the lock; -1 for a lock of an open file description. */
static int
holder_of_lock(const char *path)
{
    g_auto(VfgFd) fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
        return 0;
    return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* A pid file of a process that is no more means nothing. */
static int
holder_of_pid_file(const char *path)
{
    g_autofree char *text = vfg_io_read_file(path, 4096, NULL, NULL);
    guint64 pid = 0;
    if (!text || !vfg_parse_uint(g_strstrip(text), 10, G_MAXINT32, &pid, NULL) || pid == 0)
        return 0;
    return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (int)pid : 0;
}

static char *
process_name(int pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/comm", pid);
    g_autofree char *name = pid > 0 ? vfg_io_read_file(path, 4096, NULL, NULL) : NULL;
    return name ? vfg_escape_text(g_strstrip(name), -1, 64) : g_strdup("?");
}

VfgHolder
vfg_packager_holder(const VfgPackager *packager, const char *prefix)
{
    VfgHolder holder = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(locks); i++) {
        if (!g_str_equal(locks[i].manager, vfg_packager_name(packager)))
            continue;
        g_autofree char *path = g_strconcat(prefix, locks[i].path, NULL);
        int pid = locks[i].pid_file ? holder_of_pid_file(path) : holder_of_lock(path);
        if (pid == 0 || pid == getpid())
            continue;
        holder.pid = pid;
        holder.name = process_name(pid);
        holder.file = g_steal_pointer(&path);
        return holder;
    }
    return holder;
}
