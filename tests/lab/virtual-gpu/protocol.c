/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Decoding of vfio-user's requests and encoding of its replies. */

#include "protocol.h"

#include "vgpu-error.h"

#include <errno.h>
#include <string.h>

/* Flags of the header. */
#define TYPE_MASK 0xfu
#define TYPE_REQUEST 0x0u
#define TYPE_REPLY 0x1u
#define NO_REPLY 0x10u
#define REPLY_ERROR 0x20u

/* DMA_UNMAP's flag for "everything", as in linux/vfio.h (VFIO_DMA_UNMAP_FLAG_ALL): address and size
 * are then zero. */
#define UNMAP_ALL 0x2u

#define DATA_MASK (VFG_VGPU_IRQ_DATA_NONE | VFG_VGPU_IRQ_DATA_BOOL | VFG_VGPU_IRQ_DATA_EVENTFD)
#define ACTION_MASK \
    (VFG_VGPU_IRQ_ACTION_MASK | VFG_VGPU_IRQ_ACTION_UNMASK | VFG_VGPU_IRQ_ACTION_TRIGGER)

typedef gboolean (*DecodeFunc)(const guint8 *payload, gsize length, VfgVgpuRequest *request,
                               GError **error);

typedef struct {
    const char *name;
    gsize min, max; /* of the payload */
    guint max_fds;
    DecodeFunc decode; /* NULL: nothing but the lengths matters */
} CommandKind;

static guint16
get16(const guint8 *bytes)
{
    guint16 value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static guint32
get32(const guint8 *bytes)
{
    guint32 value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static guint64
get64(const guint8 *bytes)
{
    guint64 value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static gboolean
decode_version(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    if (length > 4 && payload[length - 1] != '\0') {
        vfg_vgpu_error_set(error, EINVAL, "VERSION: the capabilities don't end with a NUL");
        return FALSE;
    }
    request->version.major = get16(payload);
    request->version.minor = get16(payload + 2);
    return TRUE;
}

static gboolean
check_range(const char *name, guint64 address, guint64 size, GError **error)
{
    if (size == 0 || address > G_MAXUINT64 - (size - 1)) {
        vfg_vgpu_error_set(error, EINVAL,
                           "%s: 0x%" G_GINT64_MODIFIER "x bytes at 0x%" G_GINT64_MODIFIER
                           "x are no range of addresses",
                           name, size, address);
        return FALSE;
    }
    return TRUE;
}

static gboolean
decode_dma_map(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    (void)length;
    request->dma.flags = get32(payload + 4);
    request->dma.offset = get64(payload + 8);
    request->dma.address = get64(payload + 16);
    request->dma.size = get64(payload + 24);
    return check_range("DMA_MAP", request->dma.address, request->dma.size, error);
}

static gboolean
decode_dma_unmap(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    (void)length;
    request->dma.flags = get32(payload + 4);
    request->dma.offset = 0;
    request->dma.address = get64(payload + 8);
    request->dma.size = get64(payload + 16);
    return request->dma.flags & UNMAP_ALL ||
           check_range("DMA_UNMAP", request->dma.address, request->dma.size, error);
}

/* argsz is the room that the client has for the reply's payload; a reply that is longer may not be
 * sent. */
static gboolean
check_argsz(const char *name, const guint8 *payload, guint32 needed, GError **error)
{
    guint32 argsz = get32(payload);
    if (argsz < needed) {
        vfg_vgpu_error_set(error, EINVAL,
                           "%s: argsz %u has no room for %u"
                           " bytes",
                           name, argsz, needed);
        return FALSE;
    }
    return TRUE;
}

static gboolean
decode_device_info(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    (void)length;
    (void)request;
    return check_argsz("DEVICE_GET_INFO", payload, 16, error);
}

static gboolean
decode_region_info(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    (void)length;
    request->index = get32(payload + 8);
    return check_argsz("DEVICE_GET_REGION_INFO", payload, 32, error);
}

static gboolean
decode_irq_info(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    (void)length;
    request->index = get32(payload + 8);
    return check_argsz("DEVICE_GET_IRQ_INFO", payload, 16, error);
}

static gboolean
is_one_bit(guint32 value)
{
    return value && !(value & (value - 1));
}

/* What the data of SET_IRQS has to be: booleans in the payload, descriptors beside it (none takes
 * the interrupts' old ones away), or nothing. */
static gboolean
irqs_data_fit(const VfgVgpuRequest *request, gsize data_length)
{
    switch (request->irqs.flags & DATA_MASK) {
    case VFG_VGPU_IRQ_DATA_BOOL:
        return data_length == request->irqs.count && request->n_fds == 0;
    case VFG_VGPU_IRQ_DATA_EVENTFD:
        return data_length == 0 && (request->n_fds == 0 || request->n_fds == request->irqs.count);
    default:
        return data_length == 0 && request->n_fds == 0;
    }
}

static gboolean
decode_set_irqs(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    request->irqs.flags = get32(payload + 4);
    request->irqs.index = get32(payload + 8);
    request->irqs.start = get32(payload + 12);
    request->irqs.count = get32(payload + 16);
    guint32 flags = request->irqs.flags;
    if (flags & ~(guint32)(DATA_MASK | ACTION_MASK) || !is_one_bit(flags & DATA_MASK) ||
        !is_one_bit(flags & ACTION_MASK)) {
        vfg_vgpu_error_set(error, EINVAL, "DEVICE_SET_IRQS: flags 0x%x are no action on data",
                           flags);
        return FALSE;
    }
    if (!irqs_data_fit(request, length - 20)) {
        vfg_vgpu_error_set(error, EINVAL,
                           "DEVICE_SET_IRQS: %" G_GSIZE_FORMAT " bytes and %u descriptors for %u "
                           "interrupts with flags 0x%x",
                           length - 20, request->n_fds, request->irqs.count, flags);
        return FALSE;
    }
    return TRUE;
}

static gboolean
decode_region_io(const guint8 *payload, gsize length, VfgVgpuRequest *request, GError **error)
{
    request->io.offset = get64(payload);
    request->io.region = get32(payload + 8);
    request->io.count = get32(payload + 12);
    request->io.data = payload + 16;
    gboolean is_write = request->header.command == VFG_VGPU_COMMAND_REGION_WRITE;
    if (request->io.count > VFG_VGPU_MAX_DATA || (is_write && length - 16 != request->io.count)) {
        vfg_vgpu_error_set(
            error, EINVAL, "%s: a count of %u in a payload of %" G_GSIZE_FORMAT " bytes",
            vfg_vgpu_command_name(request->header.command), request->io.count, length);
        return FALSE;
    }
    return TRUE;
}

static const CommandKind *
find_command(guint16 command)
{
    /* VERSION may carry capabilities of any length; nothing in them matters here, and a page is
     * plenty. */
    static const CommandKind kinds[] = {
        [VFG_VGPU_COMMAND_VERSION] = {"VERSION", 4, 4096, 0, decode_version},
        [VFG_VGPU_COMMAND_DMA_MAP] = {"DMA_MAP", 32, 32, 1, decode_dma_map},
        [VFG_VGPU_COMMAND_DMA_UNMAP] = {"DMA_UNMAP", 24, 24, 0, decode_dma_unmap},
        [VFG_VGPU_COMMAND_DEVICE_INFO] = {"DEVICE_GET_INFO", 16, 16, 0, decode_device_info},
        [VFG_VGPU_COMMAND_REGION_INFO] = {"DEVICE_GET_REGION_INFO", 32, 32, 0, decode_region_info},
        [VFG_VGPU_COMMAND_IRQ_INFO] = {"DEVICE_GET_IRQ_INFO", 16, 16, 0, decode_irq_info},
        [VFG_VGPU_COMMAND_SET_IRQS] = {"DEVICE_SET_IRQS", 20, VFG_VGPU_MAX_PAYLOAD,
                                       VFG_VGPU_MAX_FDS, decode_set_irqs},
        [VFG_VGPU_COMMAND_REGION_READ] = {"REGION_READ", 16, 16, 0, decode_region_io},
        [VFG_VGPU_COMMAND_REGION_WRITE] = {"REGION_WRITE", 16, VFG_VGPU_MAX_PAYLOAD, 0,
                                           decode_region_io},
        [VFG_VGPU_COMMAND_RESET] = {"DEVICE_RESET", 0, 0, 0, NULL},
    };
    return command < G_N_ELEMENTS(kinds) && kinds[command].name ? &kinds[command] : NULL;
}

const char *
vfg_vgpu_command_name(guint16 command)
{
    const CommandKind *kind = find_command(command);
    return kind ? kind->name : "unknown";
}

gboolean
vfg_vgpu_header_decode(const guint8 *bytes, VfgVgpuHeader *ret, GError **error)
{
    guint32 size = get32(bytes + 4);
    guint32 flags = get32(bytes + 8);
    if (size < VFG_VGPU_HEADER_SIZE || size - VFG_VGPU_HEADER_SIZE > VFG_VGPU_MAX_PAYLOAD) {
        vfg_vgpu_error_set(error, EINVAL, "a message of %u bytes: %d to %d are possible", size,
                           VFG_VGPU_HEADER_SIZE, VFG_VGPU_HEADER_SIZE + VFG_VGPU_MAX_PAYLOAD);
        return FALSE;
    }
    if ((flags & TYPE_MASK) != TYPE_REQUEST) {
        vfg_vgpu_error_set(error, EINVAL, "a message with flags 0x%x, which is no request", flags);
        return FALSE;
    }
    *ret = (VfgVgpuHeader){.id = get16(bytes),
                           .command = get16(bytes + 2),
                           .size = size,
                           .no_reply = (flags & NO_REPLY) != 0};
    return TRUE;
}

gboolean
vfg_vgpu_request_decode(const VfgVgpuHeader *header, const guint8 *payload, gsize length,
                        guint n_fds, VfgVgpuRequest *ret, GError **error)
{
    const CommandKind *kind = find_command(header->command);
    if (!kind) {
        vfg_vgpu_error_set(error, EOPNOTSUPP, "command %u is not known", header->command);
        return FALSE;
    }
    if (length < kind->min || length > kind->max) {
        vfg_vgpu_error_set(error, EINVAL,
                           "%s: a payload of %" G_GSIZE_FORMAT " bytes: %" G_GSIZE_FORMAT
                           " to %" G_GSIZE_FORMAT " are possible",
                           kind->name, length, kind->min, kind->max);
        return FALSE;
    }
    if (n_fds > kind->max_fds) {
        vfg_vgpu_error_set(error, EINVAL, "%s: %u descriptors: at most %u are possible", kind->name,
                           n_fds, kind->max_fds);
        return FALSE;
    }
    VfgVgpuRequest request = {.header = *header, .n_fds = n_fds};
    if (kind->decode && !kind->decode(payload, length, &request, error))
        return FALSE;
    *ret = request;
    return TRUE;
}

static void
put16(GByteArray *message, guint16 value)
{
    g_byte_array_append(message, (const guint8 *)&value, sizeof value);
}

static void
put32(GByteArray *message, guint32 value)
{
    g_byte_array_append(message, (const guint8 *)&value, sizeof value);
}

static void
put64(GByteArray *message, guint64 value)
{
    g_byte_array_append(message, (const guint8 *)&value, sizeof value);
}

static GByteArray *
reply_begin(const VfgVgpuHeader *header, guint32 payload, guint32 flags, guint32 number)
{
    GByteArray *message = g_byte_array_sized_new(VFG_VGPU_HEADER_SIZE + payload);
    put16(message, header->id);
    put16(message, header->command);
    put32(message, VFG_VGPU_HEADER_SIZE + payload);
    put32(message, TYPE_REPLY | flags);
    put32(message, number);
    return message;
}

GByteArray *
vfg_vgpu_reply_error(const VfgVgpuHeader *header, int number)
{
    return reply_begin(header, 0, REPLY_ERROR, (guint32)number);
}

GByteArray *
vfg_vgpu_reply_empty(const VfgVgpuHeader *header)
{
    return reply_begin(header, 0, 0, 0);
}

GByteArray *
vfg_vgpu_reply_version(const VfgVgpuHeader *header, guint16 minor)
{
    g_autofree char *capabilities =
        g_strdup_printf("{\"capabilities\":{\"max_msg_fds\":%d,\"max_data_xfer_size\":%d,"
                        "\"pgsizes\":4096}}",
                        VFG_VGPU_MAX_FDS, VFG_VGPU_MAX_DATA);
    guint32 length = (guint32)strlen(capabilities) + 1;
    GByteArray *message = reply_begin(header, 4 + length, 0, 0);
    put16(message, VFG_VGPU_VERSION_MAJOR);
    put16(message, minor);
    g_byte_array_append(message, (const guint8 *)capabilities, length);
    return message;
}

GByteArray *
vfg_vgpu_reply_dma_unmap(const VfgVgpuRequest *request)
{
    GByteArray *message = reply_begin(&request->header, 24, 0, 0);
    put32(message, 24);
    put32(message, request->dma.flags);
    put64(message, request->dma.address);
    put64(message, request->dma.size);
    return message;
}

GByteArray *
vfg_vgpu_reply_device_info(const VfgVgpuHeader *header, guint32 flags, guint32 n_regions,
                           guint32 n_irqs)
{
    GByteArray *message = reply_begin(header, 16, 0, 0);
    put32(message, 16);
    put32(message, flags);
    put32(message, n_regions);
    put32(message, n_irqs);
    return message;
}

GByteArray *
vfg_vgpu_reply_region_info(const VfgVgpuHeader *header, guint32 flags, guint32 index, guint64 size)
{
    GByteArray *message = reply_begin(header, 32, 0, 0);
    put32(message, 32);
    put32(message, flags);
    put32(message, index);
    put32(message, 0); /* no capabilities: a region is mapped as a whole */
    put64(message, size);
    put64(message, 0); /* each region has a descriptor of its own */
    return message;
}

GByteArray *
vfg_vgpu_reply_irq_info(const VfgVgpuHeader *header, guint32 flags, guint32 index, guint32 count)
{
    GByteArray *message = reply_begin(header, 16, 0, 0);
    put32(message, 16);
    put32(message, flags);
    put32(message, index);
    put32(message, count);
    return message;
}

static GByteArray *
reply_region_io(const VfgVgpuRequest *request, guint32 data)
{
    GByteArray *message = reply_begin(&request->header, 16 + data, 0, 0);
    put64(message, request->io.offset);
    put32(message, request->io.region);
    put32(message, request->io.count);
    return message;
}

GByteArray *
vfg_vgpu_reply_region_read(const VfgVgpuRequest *request, guint8 **data)
{
    GByteArray *message = reply_region_io(request, request->io.count);
    guint start = message->len;
    g_byte_array_set_size(message, start + request->io.count);
    *data = message->data + start;
    return message;
}

GByteArray *
vfg_vgpu_reply_region_write(const VfgVgpuRequest *request)
{
    return reply_region_io(request, 0);
}
