/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Handing a VM's channel over: "NAME\n" is asked, "ok\n" the answer. */

#include "handover.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER "ok\n"
#define DEADLINE_MS 10000
#define MAX_CLIENTS 64
#define MAX_NAME 256

typedef struct {
    VfgFd fd;
    char name[MAX_NAME + 1]; /* what came of it up to now */
    gsize len;
    gboolean asked; /* the name is whole */
    gboolean granted;
} Client;

struct VfgHandover {
    VfgFd fd;
    VfgFd lock;
    char *path;
    GPtrArray *clients; /* of Client */
};

static gboolean
fill_address(const VfgApp *app, struct sockaddr_un *ret, GError **error)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(app->state_dir, "vfiogpud.socket", NULL);
    if (g_strlcpy(ret->sun_path, path, sizeof ret->sun_path) < sizeof ret->sun_path)
        return TRUE;
    vfg_error_set_errno(error, ENAMETOOLONG, "cannot use %s", path);
    return FALSE;
}

/* A descriptor connected to vfiogpud, or -1. */
static int
connect_to(const VfgApp *app)
{
    struct sockaddr_un address;
    if (!fill_address(app, &address, NULL))
        return -1;
    g_auto(VfgFd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -1;
    int result = fd;
    fd = -1;
    return result;
}

gboolean
vfg_handover_is_served(const VfgApp *app)
{
    g_auto(VfgFd) fd = connect_to(app);
    return fd >= 0;
}

static gboolean
read_answer(int fd)
{
    char answer[sizeof ANSWER] = {0};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, DEADLINE_MS) == 1 &&
           recv(fd, answer, sizeof answer - 1, MSG_WAITALL) == (gssize)strlen(ANSWER) &&
           g_str_equal(answer, ANSWER);
}

gboolean
vfg_handover_ask(const VfgApp *app, const char *vm, VfgFd *ret, GError **error)
{
    g_auto(VfgFd) fd = connect_to(app);
    g_autofree char *line = g_strconcat(vm, "\n", NULL);
    if (fd >= 0 &&
        (send(fd, line, strlen(line), MSG_NOSIGNAL) != (gssize)strlen(line) || !read_answer(fd))) {
        vfg_error_set(error, VFG_ERROR_TIMEOUT, "see 'systemctl status vfiogpud'; restart it",
                      "vfiogpud has the agent's channel of %s and does not hand it over", vm);
        return FALSE;
    }
    *ret = fd;
    fd = -1;
    return TRUE;
}

static void
client_free(gpointer data)
{
    Client *client = data;
    vfg_io_close(&client->fd);
    g_free(client);
}

/* The lock tells whether the socket that is there is of a living vfiogpud. */
static gboolean
take_lock(const VfgApp *app, VfgHandover *handover, GError **error)
{
    g_autofree char *path = g_build_filename(app->state_dir, "vfiogpud.lock", NULL);
    if (!vfg_io_make_dir(app->state_dir, error))
        return FALSE;
    handover->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (handover->lock < 0) {
        vfg_error_set_errno(error, errno, "cannot open %s", path);
        return FALSE;
    }
    if (flock(handover->lock, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, "one is enough: 'systemctl status vfiogpud'",
                  "another vfiogpud runs with the state in %s", app->state_dir);
    return FALSE;
}

VfgHandover *
vfg_handover_new(const VfgApp *app, GError **error)
{
    g_autoptr(VfgHandover) handover = g_new0(VfgHandover, 1);
    struct sockaddr_un address;
    handover->fd = handover->lock = -1;
    handover->clients = g_ptr_array_new_with_free_func(client_free);
    if (!fill_address(app, &address, error) || !take_lock(app, handover, error))
        return NULL;
    unlink(address.sun_path);
    handover->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (handover->fd < 0 ||
        bind(handover->fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        listen(handover->fd, MAX_CLIENTS) < 0) {
        vfg_error_set_errno(error, errno, "cannot listen at %s", address.sun_path);
        return NULL;
    }
    handover->path = g_strdup(address.sun_path);
    return g_steal_pointer(&handover);
}

void
vfg_handover_free(VfgHandover *handover)
{
    if (!handover)
        return;
    if (handover->path)
        unlink(handover->path);
    g_ptr_array_unref(handover->clients);
    vfg_io_close(&handover->fd);
    vfg_io_close(&handover->lock);
    g_free(handover->path);
    g_free(handover);
}

static void
accept_new(VfgHandover *handover)
{
    while (handover->clients->len < MAX_CLIENTS) {
        int fd = accept4(handover->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        Client *client = g_new0(Client, 1);
        client->fd = fd;
        g_ptr_array_add(handover->clients, client);
    }
}

/* FALSE: it is gone, or talks nonsense. */
static gboolean
read_client(Client *client)
{
    char *at = client->name + client->len;
    gssize n = recv(client->fd, at, MAX_NAME - client->len, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0 || client->asked)
        return FALSE;
    client->len += (gsize)n;
    char *end = memchr(client->name, '\n', client->len);
    if (end)
        *end = '\0';
    client->asked = end != NULL;
    return end || client->len < MAX_NAME;
}

void
vfg_handover_poll(VfgHandover *handover)
{
    accept_new(handover);
    for (guint i = handover->clients->len; i > 0; i--)
        if (!read_client(g_ptr_array_index(handover->clients, i - 1)))
            g_ptr_array_remove_index(handover->clients, i - 1);
}

gboolean
vfg_handover_is_lent(const VfgHandover *handover, const char *vm)
{
    for (guint i = 0; i < handover->clients->len; i++) {
        const Client *client = g_ptr_array_index(handover->clients, i);
        if (client->asked && g_str_equal(client->name, vm))
            return TRUE;
    }
    return FALSE;
}

void
vfg_handover_grant(VfgHandover *handover)
{
    for (guint i = 0; i < handover->clients->len; i++) {
        Client *client = g_ptr_array_index(handover->clients, i);
        if (!client->asked || client->granted)
            continue;
        client->granted = send(client->fd, ANSWER, strlen(ANSWER), MSG_NOSIGNAL | MSG_DONTWAIT) ==
                          (gssize)strlen(ANSWER);
    }
}
