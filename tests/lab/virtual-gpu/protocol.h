/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The messages of vfio-user, as bytes: what a client may ask, decoded with every length checked,
 * and replies encoded. No I/O and no knowledge of devices. Source: QEMU's
 * docs/interop/vfio-user.rst; all numbers are in the host's byte order (section "Protocol
 * Specification"). */

#pragma once

#include <glib.h>

#define VFG_VGPU_HEADER_SIZE 16
#define VFG_VGPU_VERSION_MAJOR 0
#define VFG_VGPU_VERSION_MINOR 1

/* Most data that one read or write may carry, which is the protocol's default, and thus the longest
 * payload: that of a write, with its 16 bytes in front. */
#define VFG_VGPU_MAX_DATA (1024 * 1024)
#define VFG_VGPU_MAX_PAYLOAD (VFG_VGPU_MAX_DATA + 16)

/* Descriptors that one message may carry; told to the client, which sends more interrupts in
 * several messages. */
#define VFG_VGPU_MAX_FDS 16

/* Section "Commands". */
typedef enum {
    VFG_VGPU_COMMAND_VERSION = 1,
    VFG_VGPU_COMMAND_DMA_MAP = 2,
    VFG_VGPU_COMMAND_DMA_UNMAP = 3,
    VFG_VGPU_COMMAND_DEVICE_INFO = 4,
    VFG_VGPU_COMMAND_REGION_INFO = 5,
    VFG_VGPU_COMMAND_IRQ_INFO = 7,
    VFG_VGPU_COMMAND_SET_IRQS = 8,
    VFG_VGPU_COMMAND_REGION_READ = 9,
    VFG_VGPU_COMMAND_REGION_WRITE = 10,
    VFG_VGPU_COMMAND_RESET = 13,
} VfgVgpuCommand;

/* SET_IRQS, flags. */
enum {
    VFG_VGPU_IRQ_DATA_NONE = 1 << 0,
    VFG_VGPU_IRQ_DATA_BOOL = 1 << 1,
    VFG_VGPU_IRQ_DATA_EVENTFD = 1 << 2,
    VFG_VGPU_IRQ_ACTION_MASK = 1 << 3,
    VFG_VGPU_IRQ_ACTION_UNMASK = 1 << 4,
    VFG_VGPU_IRQ_ACTION_TRIGGER = 1 << 5,
};

/* DEVICE_INFO, REGION_INFO and IRQ_INFO, flags of the reply. */
enum {
    VFG_VGPU_DEVICE_RESET = 1 << 0,
    VFG_VGPU_DEVICE_PCI = 1 << 1,
    VFG_VGPU_REGION_READ = 1 << 0,
    VFG_VGPU_REGION_WRITE = 1 << 1,
    VFG_VGPU_REGION_MMAP = 1 << 2,
    VFG_VGPU_IRQ_EVENTFD = 1 << 0,
    VFG_VGPU_IRQ_MASKABLE = 1 << 1,
    VFG_VGPU_IRQ_AUTOMASKED = 1 << 2,
    VFG_VGPU_IRQ_NORESIZE = 1 << 3,
};

typedef struct {
    guint16 id;
    guint16 command;
    guint32 size; /* of the whole message, this header included */
    gboolean no_reply;
} VfgVgpuHeader;

/* A decoded request; of the members below the header only the command's own is set. */
typedef struct {
    VfgVgpuHeader header;
    guint n_fds;
    union {
        struct {
            guint16 major, minor;
        } version;
        struct {
            guint32 flags;
            guint64 offset, address, size;
        } dma;         /* DMA_MAP and, without the offset, DMA_UNMAP */
        guint32 index; /* REGION_INFO and IRQ_INFO */
        struct {
            guint32 flags, index, start, count;
        } irqs;
        struct {
            guint64 offset;
            guint32 region, count;
            const guint8 *data; /* REGION_WRITE: `count` bytes within the payload */
        } io;
    };
} VfgVgpuRequest;

/* The name of a command as the protocol has it, for logs; "unknown" for a number that it doesn't
 * have. */
const char *vfg_vgpu_command_name(guint16 command);

/* Decodes the header in the VFG_VGPU_HEADER_SIZE bytes at `bytes`. Fails where the stream can't be
 * trusted to go on with a message behind this one: a size below the header's or above the longest
 * message, or what is no request. */
gboolean vfg_vgpu_header_decode(const guint8 *bytes, VfgVgpuHeader *ret,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Decodes the payload, all of the message's `length` bytes behind the header, that came with
 * `n_fds` descriptors. `ret` points into `payload`. Fails with the errno value to reply with:
 * EINVAL for a malformed request, EOPNOTSUPP for an unknown one. */
gboolean vfg_vgpu_request_decode(const VfgVgpuHeader *header, const guint8 *payload, gsize length,
                                 guint n_fds, VfgVgpuRequest *ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Replies, whole messages. The caller owns what is returned. */
GByteArray *vfg_vgpu_reply_error(const VfgVgpuHeader *header, int number);
GByteArray *vfg_vgpu_reply_empty(const VfgVgpuHeader *header);
GByteArray *vfg_vgpu_reply_version(const VfgVgpuHeader *header, guint16 minor);
GByteArray *vfg_vgpu_reply_dma_unmap(const VfgVgpuRequest *request);
GByteArray *vfg_vgpu_reply_device_info(const VfgVgpuHeader *header, guint32 flags,
                                       guint32 n_regions, guint32 n_irqs);
GByteArray *vfg_vgpu_reply_region_info(const VfgVgpuHeader *header, guint32 flags, guint32 index,
                                       guint64 size);
GByteArray *vfg_vgpu_reply_irq_info(const VfgVgpuHeader *header, guint32 flags, guint32 index,
                                    guint32 count);

/* The reply to REGION_READ with room for the data, and where that is, and the one to REGION_WRITE.
 */
GByteArray *vfg_vgpu_reply_region_read(const VfgVgpuRequest *request, guint8 **data);
GByteArray *vfg_vgpu_reply_region_write(const VfgVgpuRequest *request);
