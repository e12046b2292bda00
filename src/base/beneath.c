/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Opening files inside a directory tree. */

#include "beneath.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel (path_resolution(7)) */
#define TRIES_MAX 16

/* The walk's state: the directories from the root to where it is, and the words still to go, the
 * next one last. */
typedef struct {
    int root;
    GArray *folders;  /* of VfgFd */
    GPtrArray *words; /* of char * */
    guint links;
} Walk;

static void
push_words(Walk *walk, const char *path)
{
    g_auto(GStrv) words = g_strsplit(path, "/", -1);
    for (guint n = g_strv_length(words); n-- > 0;)
        if (*words[n] && !g_str_equal(words[n], "."))
            g_ptr_array_add(walk->words, g_strdup(words[n]));
}

static int
current(const Walk *walk)
{
    return walk->folders->len ? g_array_index(walk->folders, VfgFd, walk->folders->len - 1)
                              : walk->root;
}

static void
leave(Walk *walk, guint keep)
{
    while (walk->folders->len > keep) {
        vfg_io_close(&g_array_index(walk->folders, VfgFd, walk->folders->len - 1));
        g_array_set_size(walk->folders, walk->folders->len - 1);
    }
}

/* Follows the link that `fd` is. */
static gboolean
follow(Walk *walk, int fd)
{
    char target[4096];
    gssize n = readlinkat(fd, "", target, sizeof target - 1);
    if (n <= 0 || walk->links++ >= LINKS_MAX) {
        errno = n <= 0 ? errno : ELOOP;
        return FALSE;
    }
    target[n] = '\0';
    if (*target == '/')
        leave(walk, 0);
    push_words(walk, target);
    return TRUE;
}

/* Takes one word: into a directory, up, or along a link. A word that is none of these must be the
 * last. */
static gboolean
take_word(Walk *walk, const char *word, int flags, int *ret)
{
    if (g_str_equal(word, "..")) {
        leave(walk, walk->folders->len ? walk->folders->len - 1 : 0);
        return TRUE;
    }
    struct stat info;
    g_auto(VfgFd) fd = openat(current(walk), word, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0)
        return FALSE;
    gboolean last = walk->words->len == 0;
    if (S_ISLNK(info.st_mode) && !(last && flags & O_NOFOLLOW))
        return follow(walk, fd);
    if (last) {
        *ret = openat(current(walk), word, flags | O_NOFOLLOW);
        return *ret >= 0;
    }
    g_array_append_val(walk->folders, fd);
    fd = -1;
    return TRUE;
}

int
vfg_beneath_walk(int root, const char *path, int flags)
{
    g_autoptr(GArray) folders = g_array_new(FALSE, FALSE, sizeof(VfgFd));
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    Walk walk = {root, folders, words, 0};
    int fd = -1;
    gboolean good = TRUE;
    push_words(&walk, path);
    while (good && fd < 0 && words->len) {
        g_autofree char *word = g_ptr_array_steal_index(words, words->len - 1);
        good = take_word(&walk, word, flags, &fd);
    }
    if (good && fd < 0)
        fd = openat(current(&walk), ".",
                    flags); /* the path ended in a directory, by ".." or a link */
    int saved = errno;
    leave(&walk, 0);
    errno = saved;
    return fd;
}

int
vfg_beneath_open(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (guint64)flags,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = -1;
    guint tries = 0;
    do /* a rename anywhere on the machine while it takes a ".." gives EAGAIN (openat2(2)) */
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    while (fd < 0 && errno == EAGAIN && ++tries < TRIES_MAX);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN))
        return fd;
    return vfg_beneath_walk(root, path, flags);
}
