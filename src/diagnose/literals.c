/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Searching many literals. */

#include "literals.h"

#include <string.h>

#define BLOCK 4
#define HASH_BITS 16
#define BUCKETS (1u << 12)
#define END G_MAXUINT16

typedef struct {
    char *text;
    gsize len;
} Literal;

/* A block of a literal. */
typedef struct {
    guint32 bytes;
    guint16 literal;
    guint16 offset; /* of the block in the literal */
    guint16 next;   /* in its bucket, or END */
} Block;

struct VfgLiterals {
    guint stride;                     /* places that are looked at are so far apart */
    guint8 bits[1 << HASH_BITS >> 3]; /* of the hashes of all blocks */
    guint16 buckets[BUCKETS];         /* first block of each */
    Block *blocks;
    guint n_blocks;
    Literal *literals;
    guint n;
};

static inline guint32
load(const char *at)
{
    guint32 bytes;
    memcpy(&bytes, at, BLOCK);
    return bytes;
}

static inline guint
hash(guint32 bytes)
{
    return bytes * 0x9e3779b1u >> (32 - HASH_BITS);
}

static inline guint
has_bit(const VfgLiterals *literals, const char *at)
{
    guint h = hash(load(at));
    return literals->bits[h >> 3] >> (h & 7) & 1;
}

static void
add_block(VfgLiterals *literals, guint index, guint offset)
{
    guint32 bytes = load(literals->literals[index].text + offset);
    guint h = hash(bytes);
    guint16 *bucket = &literals->buckets[h % BUCKETS];
    literals->bits[h >> 3] |= (guint8)(1u << (h & 7));
    literals->blocks[literals->n_blocks] = (Block){bytes, (guint16)index, (guint16)offset, *bucket};
    *bucket = (guint16)literals->n_blocks++;
}

VfgLiterals *
vfg_literals_new(const GPtrArray *texts)
{
    VfgLiterals *literals = g_new0(VfgLiterals, 1);
    gsize window = 32;
    literals->literals = g_new0(Literal, texts->len);
    for (guint i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        if (strlen(text) < VFG_LITERAL_MIN)
            continue;
        literals->literals[literals->n++] = (Literal){g_strdup(text), strlen(text)};
        window = MIN(window, strlen(text));
    }
    literals->stride = (guint)window - BLOCK + 1;
    /* All fit the 16 bits of an index: 65535 blocks are thousands of literals. */
    literals->n = MIN(literals->n, (END - 1) / literals->stride);
    literals->blocks = g_new0(Block, (gsize)literals->n * literals->stride);
    memset(literals->buckets, 0xff, sizeof literals->buckets);
    for (guint i = 0; i < literals->n; i++)
        for (guint offset = 0; offset < literals->stride; offset++)
            add_block(literals, i, offset);
    return literals;
}

void
vfg_literals_free(VfgLiterals *literals)
{
    if (!literals)
        return;
    for (guint i = 0; i < literals->n; i++)
        g_free(literals->literals[i].text);
    g_free(literals->literals);
    g_free(literals->blocks);
    g_free(literals);
}

static gboolean
starts_at(const Literal *literal, const char *text, gsize len, gsize at)
{
    return literal->len <= len - at && memcmp(text + at, literal->text, literal->len) == 0;
}

/* The first place at or behind `from` where a literal starts of which the block at `at` is one;
 * `len` where there is none. */
static gsize
find_start(const VfgLiterals *literals, const char *text, gsize len, gsize from, gsize at)
{
    guint32 bytes = load(text + at);
    gsize found = len;
    for (guint i = literals->buckets[hash(bytes) % BUCKETS]; i != END;
         i = literals->blocks[i].next) {
        const Block *block = &literals->blocks[i];
        if (block->bytes == bytes && at >= from + block->offset && at - block->offset < found &&
            starts_at(&literals->literals[block->literal], text, len, at - block->offset))
            found = at - block->offset;
    }
    return found;
}

gsize
vfg_literals_next(const VfgLiterals *literals, const char *text, gsize len, gsize from)
{
    const gsize stride = literals->stride;
    gsize at = from;
    while (at + BLOCK <= len) {
        /* Four places at once, as long as there is nothing at them. */
        while (at + 3 * stride + BLOCK <= len &&
               !(has_bit(literals, text + at) | has_bit(literals, text + at + stride) |
                 has_bit(literals, text + at + 2 * stride) |
                 has_bit(literals, text + at + 3 * stride)))
            at += 4 * stride;
        for (guint i = 0; i < 4 && at + BLOCK <= len; i++, at += stride) {
            gsize found =
                has_bit(literals, text + at) ? find_start(literals, text, len, from, at) : len;
            if (found < len)
                return found;
        }
    }
    return len;
}

void
vfg_literals_each(const VfgLiterals *literals, const char *text, gsize len,
                  void (*func)(guint index, gpointer data), gpointer data)
{
    for (gsize at = vfg_literals_next(literals, text, len, 0); at < len;
         at = vfg_literals_next(literals, text, len, at + 1)) {
        guint32 bytes = load(text + at);
        for (guint i = literals->buckets[hash(bytes) % BUCKETS]; i != END;
             i = literals->blocks[i].next) {
            const Block *block = &literals->blocks[i];
            if (block->offset == 0 && block->bytes == bytes &&
                starts_at(&literals->literals[block->literal], text, len, at))
                func(block->literal, data);
        }
    }
}
