/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: one vfio-user message through the virtual GPU's decoder. With clang:
 * -fsanitize=fuzzer,address,undefined; without it fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "protocol.h"

#include <string.h>

/* What is let pass points into the payload and asks for no more than a message may carry. */
static void
check_request(const VfgVgpuRequest *request, const uint8_t *payload, size_t length)
{
    if (request->header.command == VFG_VGPU_COMMAND_REGION_WRITE)
        g_assert_true(request->io.data >= payload &&
                      request->io.data + request->io.count == payload + length);
    if (request->header.command != VFG_VGPU_COMMAND_REGION_READ)
        return;
    guint8 *data = NULL;
    g_autoptr(GByteArray) reply = vfg_vgpu_reply_region_read(request, &data);
    g_assert_true(data + request->io.count == reply->data + reply->len);
    memset(data, 0, request->io.count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VfgVgpuHeader header;
    VfgVgpuRequest request;
    g_autoptr(GError) error = NULL;
    if (size <= VFG_VGPU_HEADER_SIZE)
        return 0;
    /* The first byte is how many descriptors came along. */
    const uint8_t *message = data + 1;
    const uint8_t *payload = message + VFG_VGPU_HEADER_SIZE;
    size_t length = size - 1 - VFG_VGPU_HEADER_SIZE;
    if (!vfg_vgpu_header_decode(message, &header, &error)) {
        g_assert_nonnull(error);
        return 0;
    }
    if (vfg_vgpu_request_decode(&header, payload, length, data[0], &request, &error))
        check_request(&request, payload, length);
    else
        g_assert_nonnull(error);
    return 0;
}
