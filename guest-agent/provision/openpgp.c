/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fingerprints of OpenPGP keys. */

#include "openpgp.h"

#include "error.h"

#include <string.h>

#define ARMOR_BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define ARMOR_END "-----END PGP PUBLIC KEY BLOCK-----"
#define TAG_PUBLIC_KEY 6

typedef struct {
    const guint8 *at;
    gsize left;
} Bytes;

typedef struct {
    guint tag;
    Bytes body;
} Packet;

static gboolean
fail(GError **error, const char *why)
{
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "not an OpenPGP key: %s", why);
    return FALSE;
}

/* A number of `n` bytes, most significant first. */
static gboolean
take_number(Bytes *from, guint n, gsize *ret)
{
    if (from->left < n)
        return FALSE;
    gsize number = 0;
    for (guint i = 0; i < n; i++)
        number = number << 8 | from->at[i];
    from->at += n;
    from->left -= n;
    *ret = number;
    return TRUE;
}

/* Old headers have the length of the length in two bits (4.2.1); 3 means up to the end of the file,
 * which no key has. */
static gboolean
take_old_length(Bytes *from, guint type, gsize *ret)
{
    return type < 3 && take_number(from, 1u << type, ret);
}

/* New headers: one, two or five bytes (4.2.2); 224 to 254 begin a partial body, which no key has.
 */
static gboolean
take_new_length(Bytes *from, gsize *ret)
{
    gsize first = 0, second = 0;
    if (!take_number(from, 1, &first))
        return FALSE;
    if (first < 192) {
        *ret = first;
        return TRUE;
    }
    if (first == 255)
        return take_number(from, 4, ret);
    if (first >= 224 || !take_number(from, 1, &second))
        return FALSE;
    *ret = ((first - 192) << 8) + second + 192;
    return TRUE;
}

static gboolean
take_packet(Bytes *from, Packet *ret, GError **error)
{
    gsize head = 0, len = 0;
    if (!take_number(from, 1, &head) || !(head & 0x80))
        return fail(error, "no packet where one should begin");
    gboolean new_style = (head & 0x40) != 0;
    ret->tag = (guint)(new_style ? head & 0x3f : head >> 2 & 0xf);
    gboolean good =
        new_style ? take_new_length(from, &len) : take_old_length(from, (guint)(head & 3), &len);
    if (!good || len > from->left)
        return fail(error, "a packet is longer than the file");
    ret->body = (Bytes){from->at, len};
    from->at += len;
    from->left -= len;
    return TRUE;
}

/* 12.2: SHA-1 over 0x99, the length in two bytes, and the packet's body. */
static char *
fingerprint(const Bytes *body, GError **error)
{
    if (body->left < 6 || body->left > 0xffff || body->at[0] != 4) {
        fail(error, "its key is not of version 4");
        return NULL;
    }
    guint8 head[] = {0x99, (guint8)(body->left >> 8), (guint8)body->left};
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, head, sizeof head);
    g_checksum_update(sum, body->at, (gssize)body->left);
    return g_ascii_strup(g_checksum_get_string(sum), -1);
}

static char **
fingerprints_of_packets(const guint8 *bytes, gsize len, GError **error)
{
    Bytes rest = {bytes, len};
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    guint n = 0;
    while (rest.left) {
        Packet packet = {0};
        if (!take_packet(&rest, &packet, error))
            return NULL;
        if (packet.tag != TAG_PUBLIC_KEY)
            continue;
        g_autofree char *text = fingerprint(&packet.body, error);
        if (!text)
            return NULL;
        g_strv_builder_add(found, text);
        n++;
    }
    if (n)
        return g_strv_builder_end(found);
    fail(error, "there is no public key in it");
    return NULL;
}

/* The bytes inside one armor: after the empty line that ends its headers, up to the checksum, whose
 * line begins with "=". */
static guint8 *
dearmor(const char *text, gsize *len, GError **error)
{
    const char *begin = strstr(text, ARMOR_BEGIN);
    const char *end = begin ? strstr(begin, ARMOR_END) : NULL;
    if (!end || strstr(end + 1, "-----BEGIN")) {
        fail(error, begin && end ? "several blocks in one file" : "its armor has no end");
        return NULL;
    }
    g_autofree char *inside = g_strndup(begin, (gsize)(end - begin));
    g_auto(GStrv) lines = g_strsplit(inside, "\n", -1);
    g_autoptr(GString) code = g_string_new(NULL);
    guint at = 1;
    while (lines[at] && *g_strstrip(lines[at]) && strchr(lines[at], ':'))
        at++;
    for (; lines[at] && *g_strstrip(lines[at]) != '='; at++)
        g_string_append(code, lines[at]);
    return g_base64_decode(code->str, len);
}

char **
vfg_openpgp_fingerprints(const char *bytes, gsize len, GError **error)
{
    if (len && (guint8)bytes[0] & 0x80)
        return fingerprints_of_packets((const guint8 *)bytes, len, error);
    g_autofree char *text = g_strndup(bytes, len);
    gsize n = 0;
    g_autofree guint8 *packets = dearmor(text, &n, error);
    return packets ? fingerprints_of_packets(packets, n, error) : NULL;
}

static gboolean
is_pinned(const char *found, const char *const *pinned)
{
    for (guint i = 0; pinned[i]; i++)
        if (g_ascii_strcasecmp(pinned[i], found) == 0)
            return TRUE;
    return FALSE;
}

static gboolean
refuse(const char *shown, const char *found, const char *const *pinned, GError **error)
{
    g_autofree char *all = g_strjoinv(" or ", (char **)pinned);
    if (*pinned)
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "do not use this repository; if its owner has announced a new key, give its "
                      "fingerprint with --fingerprint",
                      "%s: the repository's key is unknown: %s instead of %s", shown, found, all);
    else
        vfg_error_set(error, VFG_ERROR_REFUSED,
                      "compare it with what the repository's owner publishes, then give it with "
                      "--fingerprint",
                      "%s: no fingerprint of this key is known here; it is %s", shown, found);
    return FALSE;
}

gboolean
vfg_openpgp_check(const char *bytes, gsize len, const char *const *pinned, const char *shown,
                  GError **error)
{
    g_auto(GStrv) found = vfg_openpgp_fingerprints(bytes, len, error);
    if (!found) {
        g_prefix_error(error, "%s: ", shown);
        return FALSE;
    }
    for (guint i = 0; found[i]; i++)
        if (!is_pinned(found[i], pinned))
            return refuse(shown, found[i], pinned, error);
    return TRUE;
}
