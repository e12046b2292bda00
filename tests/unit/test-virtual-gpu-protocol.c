/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The virtual GPU's protocol: every request with its reply, and every way to say it wrong. */

#include "test-client.h"
#include "test-connection.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 30000
#define CONFIG VFG_VGPU_CONFIG_REGION

typedef struct {
    guint32 argsz, flags, index, cap_offset;
    guint64 size, offset;
} RegionInfo;

typedef struct {
    guint32 argsz, flags, index, count;
} IrqInfo;

typedef struct {
    guint32 argsz, flags, index, start, count;
    guint8 data[8];
} SetIrqs;

typedef struct {
    guint32 argsz, flags;
    guint64 offset, address, size;
} DmaMap;

typedef struct {
    guint32 argsz, flags;
    guint64 address, size;
} DmaUnmap;

typedef struct {
    guint64 offset;
    guint32 region, count;
} Access;

static VfgVgpuTestClient *
new_client(void)
{
    return vfg_vgpu_test_client_new("tesla-t10", NULL, PATIENCE_MS, TRUE);
}

static void
test_header(void)
{
    static const struct {
        guint32 size, flags;
        gboolean good;
    } cases[] = {
        {16, 0, TRUE},
        {15, 0, FALSE},
        {0, 0, FALSE},
        {16 + VFG_VGPU_MAX_PAYLOAD, 0, TRUE},
        {17 + VFG_VGPU_MAX_PAYLOAD, 0, FALSE},
        {G_MAXUINT32, 0, FALSE},
        {16, 0x10, TRUE},
        {16, 1, FALSE},
        {16, 2, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint32 words[4] = {7 | VFG_VGPU_COMMAND_RESET << 16, cases[i].size, cases[i].flags, 0};
        VfgVgpuHeader header = {.id = 99};
        g_autoptr(GError) error = NULL;
        gboolean good = vfg_vgpu_header_decode((const guint8 *)words, &header, &error);
        g_assert_cmpint(good, ==, cases[i].good);
        g_assert_cmpint(error == NULL, ==, good);
        g_assert_cmpuint(header.id, ==, good ? 7 : 99);
        if (good) {
            g_assert_cmpuint(header.command, ==, VFG_VGPU_COMMAND_RESET);
            g_assert_cmpint(header.no_reply, ==, cases[i].flags == 0x10);
        }
    }
}

static void
test_version(void)
{
    struct {
        guint16 major, minor;
        char data[32];
    } request = {0, 77, "{\"capabilities\":{}}"};
    g_autoptr(VfgVgpuTestClient) client =
        vfg_vgpu_test_client_new("tesla-t10", NULL, PATIENCE_MS, FALSE);
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_VERSION,
                                                               &request, sizeof request, NULL, 0);
    guint16 version[2];
    g_assert_cmphex(reply.flags, ==, 1);
    memcpy(version, reply.payload, sizeof version);
    g_assert_cmpuint(version[0], ==, 0);
    g_assert_cmpuint(version[1], ==, 1);
    g_assert_cmpuint(reply.payload[reply.length - 1], ==, 0);
    g_assert_nonnull(strstr((const char *)reply.payload + 4, "\"max_data_xfer_size\":1048576"));
}

/* A client with which no version can be agreed on is sent away. */
static void
test_version_refused(void)
{
    static const struct {
        const char *bytes;
        gsize size;
    } cases[] = {{"\1\0\0\0", 4}, {"\0\0\0\0{}", 6}, {"\0\0", 2}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VfgVgpuTestClient) client =
            vfg_vgpu_test_client_new("tesla-t10", NULL, PATIENCE_MS, FALSE);
        vfg_vgpu_test_client_send(client, VFG_VGPU_COMMAND_VERSION, 0, cases[i].bytes,
                                  cases[i].size, NULL, 0);
        g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_receive(client);
        g_assert_true(reply.closed);
        g_assert_true(vfg_vgpu_test_client_join(client));
    }
}

static void
test_before_version(void)
{
    g_autoptr(VfgVgpuTestClient) client =
        vfg_vgpu_test_client_new("tesla-t10", NULL, PATIENCE_MS, FALSE);
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_RESET, NULL, 0, NULL, 0, EINVAL);
}

static void
test_device_info(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    IrqInfo request = {16, 0, 0, 0};
    const IrqInfo wanted = {16, 3, 9, 5};
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_DEVICE_INFO,
                                                               &request, sizeof request, NULL, 0);
    g_assert_cmpmem(reply.payload, reply.length, &wanted, sizeof wanted);
    request.argsz = 15;
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_DEVICE_INFO, &request, sizeof request,
                                 NULL, 0, EINVAL);
}

static void
check_region(VfgVgpuTestClient *client, guint32 index, guint32 flags, guint64 size)
{
    RegionInfo request = {.argsz = sizeof request, .index = index};
    const RegionInfo wanted = {sizeof wanted, flags, index, 0, size, 0};
    struct stat status;
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_REGION_INFO,
                                                               &request, sizeof request, NULL, 0);
    g_assert_cmpmem(reply.payload, reply.length, &wanted, sizeof wanted);
    g_assert_cmpint(reply.fd >= 0, ==, (flags & 4) != 0);
    if (reply.fd >= 0) {
        g_assert_cmpint(fstat(reply.fd, &status), ==, 0);
        g_assert_cmpint(status.st_size, ==, (gint64)size);
    }
}

static void
test_region_info(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    RegionInfo request = {.argsz = sizeof request, .index = 9};
    check_region(client, 0, 7, 16ULL << 20);
    check_region(client, 1, 7, 16ULL << 30);
    check_region(client, 2, 0, 0);
    check_region(client, 3, 7, 32ULL << 20);
    check_region(client, 6, 0, 0);
    check_region(client, CONFIG, 3, 4096);
    check_region(client, 8, 0, 0);
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_REGION_INFO, &request, sizeof request,
                                 NULL, 0, EINVAL);
    request.index = G_MAXUINT32;
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_REGION_INFO, &request, sizeof request,
                                 NULL, 0, EINVAL);
    request = (RegionInfo){.argsz = 31};
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_REGION_INFO, &request, sizeof request,
                                 NULL, 0, EINVAL);
}

static void
test_irq_info(void)
{
    static const IrqInfo wanted[] = {
        {16, 7, 0, 1}, {16, 9, 1, 1}, {16, 9, 2, 6}, {16, 9, 3, 1}, {16, 0, 4, 0}};
    g_autoptr(VfgVgpuTestClient) client = new_client();
    IrqInfo request = {.argsz = 16};
    for (guint32 i = 0; i < G_N_ELEMENTS(wanted); i++) {
        request.index = i;
        g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(
            client, VFG_VGPU_COMMAND_IRQ_INFO, &request, sizeof request, NULL, 0);
        g_assert_cmpmem(reply.payload, reply.length, &wanted[i], sizeof wanted[i]);
    }
    request.index = 5;
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_IRQ_INFO, &request, sizeof request, NULL,
                                 0, EINVAL);
}

static void
test_set_irqs(void)
{
    /* flags: 1 none, 2 booleans, 4 descriptors; 8 mask, 0x10 unmask, 0x20 trigger */
    static const struct {
        guint32 flags, index, start, count;
        gsize data;
        guint n_fds;
        gboolean good;
    } cases[] = {
        {0x24, 2, 0, 6, 0, 6, TRUE},
        {0x24, 2, 0, 6, 0, 0, TRUE},
        {0x21, 2, 0, 0, 0, 0, TRUE},
        {0x0a, 0, 0, 1, 1, 0, TRUE},
        {0x24, 2, 0, 6, 0, 5, FALSE},
        {0x24, 2, 1, 6, 0, 6, FALSE},
        {0x24, 2, 7, 0, 0, 0, FALSE},
        {0x21, 2, G_MAXUINT32, 2, 0, 0, FALSE},
        {0x21, 5, 0, 0, 0, 0, FALSE},
        {0x23, 2, 0, 1, 1, 0, FALSE},
        {0x31, 2, 0, 0, 0, 0, FALSE},
        {0x20, 2, 0, 0, 0, 0, FALSE},
        {0x01, 2, 0, 0, 0, 0, FALSE},
        {0x61, 2, 0, 0, 0, 0, FALSE},
        {0x22, 2, 0, 6, 5, 0, FALSE},
        {0x21, 2, 0, 1, 1, 0, FALSE},
        {0x22, 2, 0, G_MAXUINT32, 8, 0, FALSE},
        {0x22, 2, 0, 1, 1, 1, FALSE},
    };
    g_autoptr(VfgVgpuTestClient) client = new_client();
    int fds[6];
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = eventfd(0, EFD_CLOEXEC);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        SetIrqs request = {20, cases[i].flags, cases[i].index, cases[i].start, cases[i].count, {0}};
        g_test_message("case %zu", i);
        g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(
            client, VFG_VGPU_COMMAND_SET_IRQS, &request, 20 + cases[i].data, fds, cases[i].n_fds);
        g_assert_cmphex(reply.flags, ==, cases[i].good ? 0x01 : 0x21);
        g_assert_cmpuint(reply.error, ==, cases[i].good ? 0 : EINVAL);
    }
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
}

static void
test_dma(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    int fd = memfd_create("ram", MFD_CLOEXEC);
    DmaMap map = {32, 3, 0, 0x100000, 0x200000};
    DmaUnmap unmap = {24, 0, 0x100000, 0x200000};
    g_auto(VfgVgpuTestReply) mapped =
        vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_DMA_MAP, &map, sizeof map, &fd, 1);
    g_assert_cmphex(mapped.flags, ==, 1);
    g_assert_cmpuint(mapped.length, ==, 0);
    g_auto(VfgVgpuTestReply) unmapped = vfg_vgpu_test_client_call(
        client, VFG_VGPU_COMMAND_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0);
    g_assert_cmpmem(unmapped.payload, unmapped.length, &unmap, sizeof unmap);
    unmap = (DmaUnmap){24, 2, 0, 0}; /* everything */
    g_auto(VfgVgpuTestReply) all = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_DMA_UNMAP,
                                                             &unmap, sizeof unmap, NULL, 0);
    g_assert_cmphex(all.flags, ==, 1);
    map.size = 0;
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_DMA_MAP, &map, sizeof map, &fd, 1,
                                 EINVAL);
    map.size = G_MAXUINT64;
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_DMA_MAP, &map, sizeof map, &fd, 1,
                                 EINVAL);
    unmap.flags = 0;
    vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_DMA_UNMAP, &unmap, sizeof unmap, NULL, 0,
                                 EINVAL);
    close(fd);
}

static void
test_read_write(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    guint32 value = 0;
    guint8 *big = g_malloc(VFG_VGPU_MAX_DATA);
    vfg_vgpu_test_client_read(client, CONFIG, 0, &value, 4);
    g_assert_cmphex(value, ==, 0x1e3710de);
    vfg_vgpu_test_client_read(client, 0, 0xa00, &value, 4);
    g_assert_cmphex(value, ==, 0x162a1000);
    value = 0xcafe;
    vfg_vgpu_test_client_write(client, 1, (16ULL << 30) - 4, &value, 4);
    value = 0;
    vfg_vgpu_test_client_read(client, 1, (16ULL << 30) - 4, &value, 4);
    g_assert_cmphex(value, ==, 0xcafe);
    memset(big, 0x5a, VFG_VGPU_MAX_DATA);
    vfg_vgpu_test_client_write(client, 3, 4096, big, VFG_VGPU_MAX_DATA);
    memset(big, 0, VFG_VGPU_MAX_DATA);
    vfg_vgpu_test_client_read(client, 3, 4096, big, VFG_VGPU_MAX_DATA);
    g_assert_cmphex(big[0], ==, 0x5a);
    g_assert_cmphex(big[VFG_VGPU_MAX_DATA - 1], ==, 0x5a);
    vfg_vgpu_test_client_read(client, 0, 16 << 20, big, 0);
    vfg_vgpu_test_client_write(client, CONFIG, 4096, big, 0);
    g_free(big);
}

/* What the client maps is what the messages read. */
static void
test_mapped(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    RegionInfo request = {.argsz = sizeof request, .index = 0};
    g_auto(VfgVgpuTestReply) reply = vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_REGION_INFO,
                                                               &request, sizeof request, NULL, 0);
    guint32 *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reply.fd, 0);
    guint32 value = 0;
    g_assert_true(memory != MAP_FAILED);
    g_assert_cmphex(memory[0], ==, 0x162000a1);
    memory[5] = 0xbeef;
    vfg_vgpu_test_client_read(client, 0, 20, &value, 4);
    g_assert_cmphex(value, ==, 0xbeef);
    munmap(memory, 4096);
}

static void
test_out_of_range(void)
{
    static const Access cases[] = {
        {4093, CONFIG, 4},
        {4096, CONFIG, 1},
        {G_MAXUINT64, CONFIG, 1},
        {G_MAXUINT64 - 1, 0, 4},
        {(16 << 20) - 3, 0, 4},
        {0, 2, 1},
        {0, 9, 4},
        {0, G_MAXUINT32, 4},
        {0, 1, VFG_VGPU_MAX_DATA + 1},
        {0, 1, G_MAXUINT32},
        {1ULL << 63, 1, 4},
    };
    g_autoptr(VfgVgpuTestClient) client = new_client();
    struct {
        Access access;
        guint8 data[4];
    } write = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("case %zu", i);
        write.access = cases[i];
        vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_REGION_READ, &cases[i],
                                     sizeof cases[i], NULL, 0, EINVAL);
        vfg_vgpu_test_client_refused(client, VFG_VGPU_COMMAND_REGION_WRITE, &write,
                                     sizeof(Access) + MIN(cases[i].count, 4), NULL, 0, EINVAL);
    }
}

static void
test_lengths(void)
{
    static const struct {
        guint16 command;
        gsize right;
    } cases[] = {
        {VFG_VGPU_COMMAND_DMA_MAP, 32},     {VFG_VGPU_COMMAND_DMA_UNMAP, 24},
        {VFG_VGPU_COMMAND_DEVICE_INFO, 16}, {VFG_VGPU_COMMAND_REGION_INFO, 32},
        {VFG_VGPU_COMMAND_IRQ_INFO, 16},    {VFG_VGPU_COMMAND_SET_IRQS, 20},
        {VFG_VGPU_COMMAND_REGION_READ, 16}, {VFG_VGPU_COMMAND_REGION_WRITE, 16},
        {VFG_VGPU_COMMAND_RESET, 0},
    };
    g_autoptr(VfgVgpuTestClient) client = new_client();
    guint8 payload[64] = {0};
    memset(payload, 64, 4); /* as argsz, plenty */
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("command %u", cases[i].command);
        vfg_vgpu_test_client_refused(client, cases[i].command, payload, cases[i].right + 1, NULL, 0,
                                     EINVAL);
        if (cases[i].right)
            vfg_vgpu_test_client_refused(client, cases[i].command, payload, cases[i].right - 1,
                                         NULL, 0, EINVAL);
    }
}

static void
test_unknown(void)
{
    static const guint16 commands[] = {0, 6, 11, 12, 14, 15, 16, 17, 18, 19, G_MAXUINT16};
    g_autoptr(VfgVgpuTestClient) client = new_client();
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        vfg_vgpu_test_client_refused(client, commands[i], "abcd", 4, NULL, 0, EOPNOTSUPP);
}

static void
test_no_reply(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    guint32 value = 0;
    Access bad = {0, 99, 4};
    vfg_vgpu_test_client_send(client, VFG_VGPU_COMMAND_RESET, 0x10, NULL, 0, NULL, 0);
    vfg_vgpu_test_client_send(client, VFG_VGPU_COMMAND_REGION_READ, 0x10, &bad, sizeof bad, NULL,
                              0);
    vfg_vgpu_test_client_read(client, CONFIG, 0, &value, 4); /* the next reply is this one's */
    g_assert_cmphex(value, ==, 0x1e3710de);
}

static void
call_reset(VfgVgpuTestClient *client)
{
    g_auto(VfgVgpuTestReply) reply =
        vfg_vgpu_test_client_call(client, VFG_VGPU_COMMAND_RESET, NULL, 0, NULL, 0);
    g_assert_cmphex(reply.flags, ==, 1);
    g_assert_cmpuint(reply.length, ==, 0);
}

static void
test_reset(void)
{
    g_autoptr(VfgVgpuTestClient) client = new_client();
    guint32 value = 0xffffffff;
    vfg_vgpu_test_client_write(client, 0, 0, &value, 4);
    vfg_vgpu_test_client_write(client, 0, 64, &value, 4);
    vfg_vgpu_test_client_write(client, CONFIG, 4, &value, 2);
    vfg_vgpu_test_client_read(client, CONFIG, 4, &value, 4);
    g_assert_cmphex(value, ==, 0x00100547);
    call_reset(client);
    vfg_vgpu_test_client_read(client, CONFIG, 4, &value, 4);
    g_assert_cmphex(value, ==, 0x00100000);
    vfg_vgpu_test_client_read(client, 0, 64, &value, 4);
    g_assert_cmphex(value, ==, 0);
    vfg_vgpu_test_client_read(client, 0, 0, &value, 4);
    g_assert_cmphex(value, ==, 0x162000a1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtual-gpu/protocol/header", test_header);
    g_test_add_func("/virtual-gpu/protocol/version", test_version);
    g_test_add_func("/virtual-gpu/protocol/version-refused", test_version_refused);
    g_test_add_func("/virtual-gpu/protocol/before-version", test_before_version);
    g_test_add_func("/virtual-gpu/protocol/device-info", test_device_info);
    g_test_add_func("/virtual-gpu/protocol/region-info", test_region_info);
    g_test_add_func("/virtual-gpu/protocol/irq-info", test_irq_info);
    g_test_add_func("/virtual-gpu/protocol/set-irqs", test_set_irqs);
    g_test_add_func("/virtual-gpu/protocol/dma", test_dma);
    g_test_add_func("/virtual-gpu/protocol/read-write", test_read_write);
    g_test_add_func("/virtual-gpu/protocol/mapped", test_mapped);
    g_test_add_func("/virtual-gpu/protocol/out-of-range", test_out_of_range);
    g_test_add_func("/virtual-gpu/protocol/lengths", test_lengths);
    g_test_add_func("/virtual-gpu/protocol/unknown", test_unknown);
    g_test_add_func("/virtual-gpu/protocol/no-reply", test_no_reply);
    g_test_add_func("/virtual-gpu/protocol/reset", test_reset);
    vfg_vgpu_test_connection_add();
    return g_test_run();
}
