/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A picture of a guest's screen. */

#include "virt-private.h"

#include "error.h"

#define PICTURE_MAX (64 << 20)

static int
take_chunk(virStreamPtr stream G_GNUC_UNUSED, const char *bytes, size_t len, void *data)
{
    GByteArray *picture = data;
    if (picture->len + len > PICTURE_MAX)
        return -1;
    g_byte_array_append(picture, (const guint8 *)bytes, (guint)len);
    return (int)len;
}

static gboolean
take_picture(VfgCall *call, GError **error)
{
    g_autoptr(virDomain) domain = vfg_call_find(call, error);
    if (!domain)
        return FALSE;
    g_autoptr(virStream) stream = virStreamNew(call->connection, 0);
    char *type = stream ? virDomainScreenshot(domain, stream, 0, 0) : NULL;
    if (!type) {
        vfg_virt_set_error(error, "cannot take a picture of the screen of %s", call->name);
        return FALSE;
    }
    call->out = g_strdup(type);
    free(type);
    g_autoptr(GByteArray) picture = g_byte_array_new();
    if (virStreamRecvAll(stream, take_chunk, picture) < 0 || virStreamFinish(stream) < 0) {
        vfg_virt_set_error(error, "the picture of the screen of %s broke off", call->name);
        return FALSE;
    }
    call->bytes = g_byte_array_free_to_bytes(g_steal_pointer(&picture));
    return TRUE;
}

GBytes *
vfg_virt_screenshot(VfgVirt *virt, const char *name, char **mime, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(name);
    if (!vfg_call_run(virt, call, take_picture, VFG_CALL_ONCE, 0, error))
        return NULL;
    *mime = g_steal_pointer(&call->out);
    return g_steal_pointer(&call->bytes);
}
