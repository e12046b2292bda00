/* SPDX-License-Identifier: GPL-2.0-or-later */

/* For the unit tests: a device in a thread and a client of it. */

#include "test-client.h"

#include "channel.h"
#include "session.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* A test that would wait for longer has failed. */
#define WAIT_MS 20000

struct VfgVgpuTestClient {
    VfgVgpuProfile *profile;
    VfgVgpuFaults *faults;
    VfgVgpuDevice *device;
    VfgVgpuChannel *channel;
    GThread *thread;
    int fd;
    int stop_fd;
    guint16 next_id;
};

typedef struct {
    guint16 id, command;
    guint32 size, flags, error;
} WireHeader;

static gpointer
serve(gpointer data)
{
    VfgVgpuTestClient *client = data;
    gboolean ended = vfg_vgpu_session_run(client->device, client->channel, NULL);
    /* The test sees the connection closed, as it would by the server. */
    g_clear_pointer(&client->channel, vfg_vgpu_channel_free);
    return GINT_TO_POINTER(ended);
}

char *
vfg_vgpu_test_profile(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".ini", NULL);
    return g_build_filename(VFG_VGPU_PROFILES, file, NULL);
}

guint
vfg_vgpu_test_count_fds(void)
{
    guint count = 0;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    g_assert_nonnull(dir);
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void
greet(VfgVgpuTestClient *client)
{
    guint16 version[2] = {0, 0};
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_VERSION,
                                                               version, sizeof version, NULL, 0);
    g_assert_cmpuint(reply.flags, ==, 1);
}

VfgVgpuTestClient *
vfg_vgpu_test_client_new(const char *name, const char *const *faults, guint patience_ms,
                         gboolean with_greeting)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = vfg_vgpu_test_profile(name);
    VfgVgpuTestClient *client = g_new0(VfgVgpuTestClient, 1);
    client->faults = vfg_vgpu_faults_new();
    for (guint i = 0; faults && faults[i]; i++)
        g_assert_true(vfg_vgpu_faults_add(client->faults, faults[i], NULL));
    client->profile = vfg_vgpu_profile_load(path, &error);
    g_assert_no_error(error);
    client->device = vfg_vgpu_device_new(client->profile, 0, client->faults, &error);
    g_assert_no_error(error);
    int fds[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    client->fd = fds[0];
    client->stop_fd = eventfd(0, EFD_CLOEXEC);
    client->channel = vfg_vgpu_channel_new(fds[1], client->stop_fd, patience_ms);
    client->thread = g_thread_new("device", serve, client);
    if (with_greeting)
        greet(client);
    return client;
}

void
vfg_vgpu_test_client_send_raw(VfgVgpuTestClient *client, const void *bytes, gsize size,
                              const int *fds, guint n_fds)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(64 * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)bytes, size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(first), fds, n_fds * sizeof(int));
    }
    while (part.iov_len) {
        gssize count = sendmsg(client->fd, &header, MSG_NOSIGNAL);
        if (count < 0) /* the server has closed: what it did about that is for the test to see */
            return;
        part.iov_base = (char *)part.iov_base + count;
        part.iov_len -= (gsize)count;
        header.msg_control = NULL;
        header.msg_controllen = 0;
    }
}

void
vfg_vgpu_test_client_send(VfgVgpuTestClient *client, guint16 command, guint32 flags,
                          const void *payload, gsize size, const int *fds, guint n_fds)
{
    WireHeader header = {++client->next_id, command, (guint32)(sizeof header + size), flags, 0};
    g_autoptr(GByteArray) message = g_byte_array_new();
    g_byte_array_append(message, (const guint8 *)&header, sizeof header);
    if (size)
        g_byte_array_append(message, payload, (guint)size);
    vfg_vgpu_test_client_send_raw(client, message->data, message->len, fds, n_fds);
}

gboolean
vfg_vgpu_test_client_is_silent(VfgVgpuTestClient *client, guint ms)
{
    struct pollfd fds = {client->fd, POLLIN, 0};
    return poll(&fds, 1, (int)ms) == 0;
}

/* FALSE: closed before the first byte. */
static gboolean
receive_bytes(VfgVgpuTestClient *client, void *data, gsize size, int *fd)
{
    gsize done = 0;
    while (done < size) {
        union {
            struct cmsghdr align;
            char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec part = {(char *)data + done, size - done};
        struct msghdr header = {.msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = control.bytes,
                                .msg_controllen = sizeof control.bytes};
        g_assert_false(vfg_vgpu_test_client_is_silent(client, WAIT_MS));
        gssize count = recvmsg(client->fd, &header, MSG_CMSG_CLOEXEC);
        if (count <= 0) {
            g_assert_cmpuint(done, ==, 0);
            return FALSE;
        }
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        if (first)
            memcpy(fd, CMSG_DATA(first), sizeof *fd);
        done += (gsize)count;
    }
    return TRUE;
}

VfgVgpuTestReply
vfg_vgpu_test_client_receive(VfgVgpuTestClient *client)
{
    WireHeader header;
    VfgVgpuTestReply reply = {.fd = -1};
    if (!receive_bytes(client, &header, sizeof header, &reply.fd)) {
        reply.closed = TRUE;
        return reply;
    }
    g_assert_cmpuint(header.size, >=, sizeof header);
    reply.id = header.id;
    reply.command = header.command;
    reply.flags = header.flags;
    reply.error = header.error;
    reply.length = header.size - sizeof header;
    reply.payload = g_malloc(reply.length + 1);
    if (reply.length)
        g_assert_true(receive_bytes(client, reply.payload, reply.length, &reply.fd));
    return reply;
}

VfgVgpuTestReply
vfg_vgpu_test_client_call(VfgVgpuTestClient *client, guint16 command, const void *payload,
                          gsize size, const int *fds, guint n_fds)
{
    vfg_vgpu_test_client_send(client, command, 0, payload, size, fds, n_fds);
    VfgVgpuTestReply reply = vfg_vgpu_test_client_receive(client);
    g_assert_false(reply.closed);
    g_assert_cmpuint(reply.id, ==, client->next_id);
    g_assert_cmpuint(reply.command, ==, command);
    return reply;
}

void
vfg_vgpu_test_client_refused(VfgVgpuTestClient *client, guint16 command, const void *payload,
                             gsize size, const int *fds, guint n_fds, guint32 number)
{
    g_auto(VfgVgpuTestReply) reply =
        vfg_vgpu_test_client_call(client, command, payload, size, fds, n_fds);
    g_assert_cmphex(reply.flags, ==, 0x21);
    g_assert_cmpuint(reply.error, ==, number);
    g_assert_cmpuint(reply.length, ==, 0);
    g_assert_cmpint(reply.fd, ==, -1);
}

typedef struct {
    guint64 offset;
    guint32 region, count;
} WireAccess;

void
vfg_vgpu_test_client_read(VfgVgpuTestClient *client, guint32 region, guint64 offset, void *data,
                          guint32 count)
{
    WireAccess access = {offset, region, count};
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_REGION_READ,
                                                               &access, sizeof access, NULL, 0);
    g_assert_cmphex(reply.flags, ==, 1);
    g_assert_cmpuint(reply.length, ==, sizeof access + count);
    g_assert_cmpmem(reply.payload, sizeof access, &access, sizeof access);
    memcpy(data, reply.payload + sizeof access, count);
}

void
vfg_vgpu_test_client_write(VfgVgpuTestClient *client, guint32 region, guint64 offset,
                           const void *data, guint32 count)
{
    WireAccess access = {offset, region, count};
    g_autoptr(GByteArray) payload = g_byte_array_new();
    g_byte_array_append(payload, (const guint8 *)&access, sizeof access);
    g_byte_array_append(payload, data, count);
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(
        client, VFG_VGPU_COMMAND_REGION_WRITE, payload->data, payload->len, NULL, 0);
    g_assert_cmphex(reply.flags, ==, 1);
    g_assert_cmpmem(reply.payload, reply.length, &access, sizeof access);
}

void
vfg_vgpu_test_client_hang_up(VfgVgpuTestClient *client)
{
    shutdown(client->fd, SHUT_WR);
}

void
vfg_vgpu_test_client_stop(VfgVgpuTestClient *client)
{
    g_assert_cmpint(eventfd_write(client->stop_fd, 1), ==, 0);
}

gboolean
vfg_vgpu_test_client_join(VfgVgpuTestClient *client)
{
    return GPOINTER_TO_INT(g_thread_join(g_steal_pointer(&client->thread)));
}

void
vfg_vgpu_test_reply_clear(VfgVgpuTestReply *reply)
{
    if (reply->fd >= 0)
        close(reply->fd);
    reply->fd = -1;
    g_clear_pointer(&reply->payload, g_free);
}

void
vfg_vgpu_test_client_free(VfgVgpuTestClient *client)
{
    if (!client)
        return;
    vfg_vgpu_test_client_hang_up(client);
    if (client->thread)
        vfg_vgpu_test_client_join(client);
    close(client->fd);
    close(client->stop_fd);
    vfg_vgpu_device_free(client->device);
    vfg_vgpu_profile_free(client->profile);
    vfg_vgpu_faults_free(client->faults);
    g_free(client);
}
