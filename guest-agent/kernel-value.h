/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A piece of a file that holds kernel arguments: what each of its characters means and where it
 * stands, so that words can be changed and all around them stays byte for byte. */

#pragma once

#include <glib.h>

typedef enum {
    VFG_QUOTING_PLAIN,  /* a file without quoting: every byte is itself */
    VFG_QUOTING_NONE,   /* a shell word outside quotes */
    VFG_QUOTING_SINGLE, /* 'between' */
    VFG_QUOTING_DOUBLE, /* "between" */
} VfgQuoting;

/* One character of the value, or an expansion that only the shell knows: ${…}, $(…), `…`. */
typedef struct {
    gsize at, end; /* its bytes in the file */
    char c;        /* 0 of an expansion */
    VfgQuoting quoting;
} VfgKernelCell;

typedef struct {
    GArray *cells;         /* of VfgKernelCell */
    gsize start, end;      /* its bytes in the file, quotes included */
    gsize append_at;       /* where text goes that is added to its end */
    VfgQuoting append_how; /* NONE: the text needs quotes of its own */
    gboolean simple;       /* outside quotes from end to end: quotes may be put around it */
    gboolean glued;        /* empty, right behind its keyword: a blank must come first */
    guint line;            /* from 1 */
} VfgKernelValue;

VfgKernelValue *vfg_kernel_value_new(gsize start, guint line);
void vfg_kernel_value_free(VfgKernelValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKernelValue, vfg_kernel_value_free)

void vfg_kernel_value_add(VfgKernelValue *value, char c, gsize at, gsize end, VfgQuoting quoting);

/* A value of a file without quoting: the bytes of `text` from `start` to `end`. */
VfgKernelValue *vfg_kernel_value_new_plain(const char *text, gsize start, gsize end, guint line);

/* A word, as the kernel splits them: at blanks outside double quotes (lib/cmdline.c, next_arg()).
 * An expansion before a word is none of it: what it becomes may end in a blank. */
typedef struct {
    char *text;       /* without the double quotes around all of it; an expansion is a \\1 */
    guint first, end; /* its cells */
} VfgKernelWord;

/* The words as VfgKernelWord; the caller owns the array. */
GPtrArray *vfg_kernel_value_words(const VfgKernelValue *value);
