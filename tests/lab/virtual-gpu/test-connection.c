/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tests of the connection: framing, clients that leave or are stuck, descriptors, noise, faults,
 * the listening socket. */

#include "test-connection.h"

#include "server.h"
#include "test-client.h"
#include "vgpu-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 30000
#define CONFIG VFG_VGPU_CONFIG_REGION

typedef struct {
    guint64 offset;
    guint32 region, count;
} Access;

static VfgVgpuTestClient *
new_client(const char *const *faults)
{
    return vfg_vgpu_test_client_new("tesla-t10", faults, PATIENCE_MS, TRUE);
}

static void
check_closed(VfgVgpuTestClient *client)
{
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_receive(client);
    g_assert_true(reply.closed);
    g_assert_true(vfg_vgpu_test_client_join(client));
}

static void
call_reset(VfgVgpuTestClient *client)
{
    g_auto(VfgVgpuTestReply) reply =
        vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_RESET, NULL, 0, NULL, 0);
    g_assert_cmphex(reply.flags, ==, 1);
}

/* Behind a header that makes no sense nothing can be found any more. */
static void
test_bad_header(void)
{
    static const guint32 cases[][4] = {
        {1, 15, 0, 0},
        {1, 0, 0, 0},
        {1, G_MAXUINT32, 0, 0},
        {1, VFG_VGPU_HEADER_SIZE + VFG_VGPU_MAX_PAYLOAD + 1, 0, 0},
        {1 | VFG_VGPU_COMMAND_RESET << 16, 16, 1, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VfgVgpuTestClient) client = new_client(NULL);
        vfg_vgpu_test_client_send_raw(client, cases[i], sizeof cases[i], NULL, 0);
        check_closed(client);
    }
}

static void
test_half_message(void)
{
    static const guint32 message[] = {
        1 | VFG_VGPU_COMMAND_REGION_READ << 16, 32, 0, 0, 0, 0, CONFIG, 4};
    static const gsize sizes[] = {1, 15, 16, 31};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(VfgVgpuTestClient) client = new_client(NULL);
        vfg_vgpu_test_client_send_raw(client, message, sizes[i], NULL, 0);
        vfg_vgpu_test_client_hang_up(client);
        check_closed(client);
    }
}

static void
test_slow_client(void)
{
    static const guint32 message[] = {
        1 | VFG_VGPU_COMMAND_REGION_READ << 16, 32, 0, 0, 0, 0, CONFIG, 4};
    g_autoptr(VfgVgpuTestClient) client = new_client(NULL);
    for (gsize i = 0; i < sizeof message; i++) {
        vfg_vgpu_test_client_send_raw(client, (const guint8 *)message + i, 1, NULL, 0);
        g_usleep(1000);
    }
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_receive(client);
    g_assert_cmphex(reply.flags, ==, 1);
    g_assert_cmpuint(reply.length, ==, 20);
}

/* Two messages in one write: the second is not lost, nor are its descriptors taken for the first's.
 */
static void
test_pipelined(void)
{
    static const guint32 messages[] = {1 | VFG_VGPU_COMMAND_RESET << 16, 16, 0, 0,
                                       2 | VFG_VGPU_COMMAND_RESET << 16, 16, 0, 0};
    g_autoptr(VfgVgpuTestClient) client = new_client(NULL);
    vfg_vgpu_test_client_send_raw(client, messages, sizeof messages, NULL, 0);
    for (guint id = 1; id <= 2; id++) {
        g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_receive(client);
        g_assert_cmpuint(reply.id, ==, id);
    }
}

static void
test_stuck_client(void)
{
    g_autoptr(VfgVgpuTestClient) client = vfg_vgpu_test_client_new("tesla-t10", NULL, 100, TRUE);
    g_assert_true(vfg_vgpu_test_client_is_silent(client, 300)); /* between messages it may wait */
    vfg_vgpu_test_client_send_raw(client, "half", 4, NULL, 0);
    check_closed(client);
}

static void
test_stop(void)
{
    static const char *const halves[] = {"", "half"};
    for (gsize i = 0; i < G_N_ELEMENTS(halves); i++) {
        g_autoptr(VfgVgpuTestClient) client = new_client(NULL);
        vfg_vgpu_test_client_send_raw(client, halves[i], strlen(halves[i]), NULL, 0);
        g_usleep(10000);
        vfg_vgpu_test_client_stop(client);
        g_assert_false(vfg_vgpu_test_client_join(client));
    }
}

/* A client that asks and never reads fills the socket; the server must still end when told to. */
static void
test_stop_while_sending(void)
{
    Access access = {0, 1, VFG_VGPU_MAX_DATA};
    g_autoptr(VfgVgpuTestClient) client = new_client(NULL);
    vfg_vgpu_test_client_send(client, VFG_VGPU_COMMAND_REGION_READ, 0, &access, sizeof access, NULL,
                              0);
    g_usleep(50000);
    vfg_vgpu_test_client_stop(client);
    g_assert_false(vfg_vgpu_test_client_join(client));
}

/* Whatever a message is, the descriptors that came with it are closed. */
static void
test_no_fd_leak(void)
{
    guint before = vfg_vgpu_test_count_fds();
    VfgVgpuTestClient *client = new_client(NULL);
    guint during = vfg_vgpu_test_count_fds();
    guint32 map[8] = {32, 3, 0, 0, 0, 0, 4096, 0};
    guint32 irqs[5] = {20, 0x24, 2, 0, 6};
    guint32 region[8] = {32};
    int fds[20];
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = memfd_create("fd", MFD_CLOEXEC);
    for (guint i = 0; i < 20; i++) {
        g_auto(VfgVgpuTestReply) mapped =
            vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_DMA_MAP, map, sizeof map, fds, 1);
        g_assert_cmphex(mapped.flags, ==, 1);
        g_auto(VfgVgpuTestReply) set =
            vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_SET_IRQS, irqs, sizeof irqs, fds, 6);
        g_assert_cmphex(set.flags, ==, 1);
        g_auto(VfgVgpuTestReply) info = vfg_vgpu_test_client_call(
            client, VFG_VGPU_COMMAND_REGION_INFO, region, sizeof region, NULL, 0);
        g_assert_cmpint(info.fd, >=, 0);
        vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_DMA_MAP, map, sizeof map, fds, 2,
                                     EINVAL);
        vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_SET_IRQS, irqs, sizeof irqs, fds, 20,
                                     EINVAL);
        vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_RESET, NULL, 0, fds, 3, EINVAL);
        vfg_vgpu_test_client_refused(client, 6, NULL, 0, fds, 16, EOPNOTSUPP);
    }
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    call_reset(client); /* what answers this is done with the message before */
    g_assert_cmpuint(vfg_vgpu_test_count_fds(), ==, during);
    int last = memfd_create("fd", MFD_CLOEXEC);
    vfg_vgpu_test_client_send_raw(client, "half a message", 14, &last, 1);
    close(last);
    vfg_vgpu_test_client_free(client);
    g_assert_cmpuint(vfg_vgpu_test_count_fds(), ==, before);
}

/* A message of noise, or one that is nearly right: sizes and numbers near those that matter. */
static gsize
make_noise(GRand *random, guint8 *bytes, gsize max)
{
    guint32 words[12];
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        words[i] =
            g_rand_boolean(random) ? (guint32)g_rand_int_range(random, 0, 40) : g_rand_int(random);
    gsize size = (gsize)g_rand_int_range(random, 16, 16 + 32 + 1);
    if (g_rand_int_range(random, 0, 20)) {
        words[0] = (guint32)g_rand_int_range(random, 1, 19) << 16;
        words[1] = (guint32)size;
        words[2] = 0;
    }
    memcpy(bytes, words, MIN(sizeof words, max));
    return MIN(size, max);
}

static void
test_noise(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20);
    guint before = vfg_vgpu_test_count_fds();
    for (guint i = 0; i < 60; i++) {
        VfgVgpuTestClient *client = new_client(NULL);
        for (guint j = 0; j < 30; j++) {
            guint8 bytes[48];
            gsize size = make_noise(random, bytes, sizeof bytes);
            vfg_vgpu_test_client_send_raw(client, bytes, size, NULL, 0);
        }
        vfg_vgpu_test_client_hang_up(client);
        g_assert_true(vfg_vgpu_test_client_join(client));
        vfg_vgpu_test_client_free(client);
    }
    g_assert_cmpuint(vfg_vgpu_test_count_fds(), ==, before);
}

/* What the decoder lets pass lies within the message. */
static void
test_decode_noise(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(21);
    guint passed = 0;
    for (guint i = 0; i < 200000; i++) {
        guint8 bytes[48];
        gsize size = make_noise(random, bytes, sizeof bytes);
        VfgVgpuHeader header;
        VfgVgpuRequest request;
        g_autoptr(GError) error = NULL;
        if (!vfg_vgpu_header_decode(bytes, &header, &error) || header.size != size ||
            !vfg_vgpu_request_decode(&header, bytes + 16, size - 16, 0, &request, &error))
            continue;
        passed++;
        if (header.command == VFG_VGPU_COMMAND_REGION_WRITE)
            g_assert_true(request.io.data + request.io.count == bytes + size);
        if (header.command == VFG_VGPU_COMMAND_REGION_READ)
            g_assert_cmpuint(request.io.count, <=, VFG_VGPU_MAX_DATA);
    }
    g_assert_cmpuint(passed, >, 100);
}

static guint32
read_id(VfgVgpuTestClient *client)
{
    guint32 value = 0;
    vfg_vgpu_test_client_read(client, CONFIG, 0, &value, 4);
    return value;
}

static void
test_reset_hangs(void)
{
    const char *const faults[] = {"reset-hangs", NULL};
    g_autoptr(VfgVgpuTestClient) client = new_client(faults);
    vfg_vgpu_test_client_send(client, VFG_VGPU_COMMAND_RESET, 0, NULL, 0, NULL, 0);
    g_assert_true(vfg_vgpu_test_client_is_silent(client, 100));
    g_assert_cmphex(read_id(client), ==, 0x1e3710de); /* the rest still works */
}

static void
test_flr(void)
{
    const char *const hangs[] = {"flr-hangs", NULL};
    for (guint i = 0; i < 2; i++) {
        g_autoptr(VfgVgpuTestClient) client = new_client(i ? hangs : NULL);
        guint16 control = 0x8000;
        guint32 value = 0x55;
        vfg_vgpu_test_client_write(client, 0, 64, &value, 4);
        vfg_vgpu_test_client_write(client, CONFIG, 0x78 + 8, &control, 2);
        g_assert_cmphex(read_id(client), ==, i ? 0xffffffff : 0x1e3710de);
        vfg_vgpu_test_client_read(client, 0, 64, &value, 4);
        g_assert_cmphex(value, ==, 0);
        call_reset(client);
        g_assert_cmphex(read_id(client), ==, 0x1e3710de);
    }
}

static void
test_config_ones(void)
{
    const char *const at_once[] = {"config-ones", NULL};
    const char *const later[] = {"config-ones-after=1", NULL};
    g_autoptr(VfgVgpuTestClient) client = new_client(at_once);
    g_assert_cmphex(read_id(client), ==, 0x1e3710de);
    call_reset(client);
    g_assert_cmphex(read_id(client), ==, 0xffffffff);
    g_autoptr(VfgVgpuTestClient) second = new_client(later);
    gint64 start = g_get_monotonic_time();
    call_reset(second);
    while (read_id(second) != 0xffffffff)
        g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, G_USEC_PER_SEC);
}

static void
test_bar_no_map(void)
{
    const char *const faults[] = {"bar-no-map=0", "bar-no-map=3", NULL};
    g_autoptr(VfgVgpuTestClient) client = new_client(faults);
    for (guint32 i = 0; i <= 3; i += 1) {
        guint32 request[8] = {32, 0, i};
        Access access = {0, i, 4};
        g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(
            client, VFG_VGPU_COMMAND_REGION_INFO, request, sizeof request, NULL, 0);
        g_assert_cmpint(reply.fd >= 0, ==, i == 1);
        if (i == 0 || i == 3)
            vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_REGION_READ, &access,
                                         sizeof access, NULL, 0, EIO);
    }
}

typedef struct {
    VfgVgpuServer *server;
    VfgVgpuDevice *device;
    int stop_fd;
} Serving;

static gpointer
serve(gpointer data)
{
    Serving *serving = data;
    return GINT_TO_POINTER(
        vfg_vgpu_server_run(serving->server, serving->device, serving->stop_fd, NULL, NULL));
}

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    return fd;
}

/* One client after another, then the end. */
static void
run_server(const char *path, Serving *serving)
{
    static const guint32 hello[] = {5 | VFG_VGPU_COMMAND_VERSION << 16, 20, 0, 0, 0};
    g_autoptr(GError) error = NULL;
    serving->stop_fd = eventfd(0, EFD_CLOEXEC);
    serving->server = vfg_vgpu_server_new(path, &error);
    g_assert_no_error(error);
    GThread *thread = g_thread_new("server", serve, serving);
    for (guint i = 0; i < 3; i++) {
        guint32 reply[4] = {0};
        int fd = connect_to(path);
        g_assert_cmpint(send(fd, hello, sizeof hello, MSG_NOSIGNAL), ==, sizeof hello);
        g_assert_cmpint(recv(fd, reply, sizeof reply, MSG_WAITALL), ==, sizeof reply);
        g_assert_cmphex(reply[0], ==, hello[0]);
        close(fd);
    }
    VfgVgpuServer *second = vfg_vgpu_server_new(path, &error);
    g_assert_null(second);
    g_assert_error(error, VFG_VGPU_ERROR, EADDRINUSE);
    eventfd_write(serving->stop_fd, 1);
    g_assert_true(GPOINTER_TO_INT(g_thread_join(thread)));
    vfg_vgpu_server_free(serving->server);
    close(serving->stop_fd);
}

static void
test_server(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *profile_path = vfg_vgpu_test_profile("nic");
    g_autofree char *dir = g_dir_make_tmp("vgpu-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "socket", NULL);
    g_autoptr(VfgVgpuProfile) profile = vfg_vgpu_profile_load(profile_path, &error);
    g_assert_no_error(error);
    g_autoptr(VfgVgpuFaults) faults = vfg_vgpu_faults_new();
    g_autoptr(VfgVgpuDevice) device = vfg_vgpu_device_new(profile, 0, faults, &error);
    g_assert_no_error(error);
    Serving serving = {.device = device};
    run_server(path, &serving);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));

    /* What a killed server leaves: a socket that no one listens on. */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int stale = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(stale, (struct sockaddr *)&address, sizeof address), ==, 0);
    close(stale);
    run_server(path, &serving);

    g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
    g_assert_null(vfg_vgpu_server_new(path, &error));
    g_assert_error(error, VFG_VGPU_ERROR, EEXIST);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    g_unlink(path);
    g_rmdir(dir);
}

void
vfg_vgpu_test_connection_add(void)
{
    g_test_add_func("/virtual-gpu/connection/bad-header", test_bad_header);
    g_test_add_func("/virtual-gpu/connection/half-message", test_half_message);
    g_test_add_func("/virtual-gpu/connection/slow-client", test_slow_client);
    g_test_add_func("/virtual-gpu/connection/pipelined", test_pipelined);
    g_test_add_func("/virtual-gpu/connection/stuck-client", test_stuck_client);
    g_test_add_func("/virtual-gpu/connection/stop", test_stop);
    g_test_add_func("/virtual-gpu/connection/stop-while-sending", test_stop_while_sending);
    g_test_add_func("/virtual-gpu/connection/no-fd-leak", test_no_fd_leak);
    g_test_add_func("/virtual-gpu/connection/noise", test_noise);
    g_test_add_func("/virtual-gpu/connection/decode-noise", test_decode_noise);
    g_test_add_func("/virtual-gpu/connection/reset-hangs", test_reset_hangs);
    g_test_add_func("/virtual-gpu/connection/flr", test_flr);
    g_test_add_func("/virtual-gpu/connection/config-ones", test_config_ones);
    g_test_add_func("/virtual-gpu/connection/bar-no-map", test_bar_no_map);
    g_test_add_func("/virtual-gpu/connection/server", test_server);
}
