/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Searching many literals. */

#include "literals.h"

#include <string.h>

#define BLOCK 3
#define HASH_BITS 14
#define BUCKETS (1u << HASH_BITS)
#define END G_MAXUINT16

typedef struct {
    char *text;
    gsize len;
    guint16 next; /* literal whose window ends with a block of the same hash, or END */
} Literal;

struct VfgLiterals {
    guint window;           /* length of the shortest literal; all are searched by so much */
    guint8 shift[BUCKETS];  /* how far the window may go on from a block */
    guint16 first[BUCKETS]; /* first literal of a block with shift 0 */
    Literal *literals;
    guint n;
};

static inline guint
hash(const char *at)
{
    guint32 block = (guint8)at[0] | (guint32)(guint8)at[1] << 8 | (guint32)(guint8)at[2] << 16;
    return block * 0x9e3779b1u >> (32 - HASH_BITS);
}

VfgLiterals *
vfg_literals_new(const GPtrArray *texts)
{
    VfgLiterals *literals = g_new0(VfgLiterals, 1);
    literals->n = MIN(texts->len, END - 1);
    literals->literals = g_new0(Literal, literals->n);
    literals->window = G_MAXUINT8;
    for (guint i = 0; i < literals->n; i++) {
        Literal *literal = &literals->literals[i];
        literal->text = g_strdup(g_ptr_array_index(texts, i));
        literal->len = strlen(literal->text);
        literals->window = MIN(literals->window, (guint)literal->len);
    }
    memset(literals->shift, (int)(literals->window - BLOCK + 1), sizeof literals->shift);
    memset(literals->first, 0xff, sizeof literals->first);
    for (guint i = 0; i < literals->n; i++) {
        Literal *literal = &literals->literals[i];
        for (guint end = BLOCK; end <= literals->window; end++) {
            guint8 *shift = &literals->shift[hash(literal->text + end - BLOCK)];
            *shift = MIN(*shift, (guint8)(literals->window - end));
        }
        guint bucket = hash(literal->text + literals->window - BLOCK);
        literal->next = literals->first[bucket];
        literals->first[bucket] = (guint16)i;
    }
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
    g_free(literals);
}

/* The first literal from `index` on in its bucket's chain that the text has at `at`, or END. */
static guint
match_chain(const VfgLiterals *literals, guint index, const char *text, gsize len, gsize at)
{
    for (; index != END; index = literals->literals[index].next) {
        const Literal *literal = &literals->literals[index];
        if (literal->len <= len - at && memcmp(text + at, literal->text, literal->len) == 0)
            break;
    }
    return index;
}

/* Sets *first to the literal found at the place given back. */
static gsize
next(const VfgLiterals *literals, const char *text, gsize len, gsize from, guint *first)
{
    const guint window = literals->window;
    if (!literals->n || len < window)
        return len;
    for (gsize end = from + window; end <= len;) {
        guint bucket = hash(text + end - BLOCK);
        guint shift = literals->shift[bucket];
        if (shift) {
            end += shift;
            continue;
        }
        guint index = match_chain(literals, literals->first[bucket], text, len, end - window);
        if (index != END) {
            *first = index;
            return end - window;
        }
        end++;
    }
    return len;
}

gsize
vfg_literals_next(const VfgLiterals *literals, const char *text, gsize len, gsize from)
{
    guint first = END;
    return next(literals, text, len, from, &first);
}

void
vfg_literals_each(const VfgLiterals *literals, const char *text, gsize len,
                  void (*func)(guint index, gpointer data), gpointer data)
{
    guint index = END;
    for (gsize at = next(literals, text, len, 0, &index); at < len;
         at = next(literals, text, len, at + 1, &index)) {
        while (index != END) {
            func(index, data);
            index = match_chain(literals, literals->literals[index].next, text, len, at);
        }
    }
}
