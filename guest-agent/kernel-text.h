/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A file that holds kernel arguments, taken apart: bytes become command lines, nothing is read or
 * written. The formats and their sources are in docs/KERNEL-ARGS.md. */

#pragma once

#include "kernel-value.h"

typedef enum {
    VFG_KERNEL_SHELL,    /* a variable in a file that a shell sources */
    VFG_KERNEL_LINE,     /* the file is the command line: /etc/kernel/cmdline */
    VFG_KERNEL_FIRST,    /* its first line is: the Raspberry Pi's cmdline.txt */
    VFG_KERNEL_ENTRY,    /* a boot loader entry: "options" lines make one command line */
    VFG_KERNEL_EXTLINUX, /* each "append" line is one */
} VfgKernelFormat;

/* How to read a file. */
typedef struct {
    VfgKernelFormat format;
    const char *const *variables; /* of SHELL, NULL-terminated: the first that is assigned counts,
                                     the others are looked at; where none is, the first is added */
    const char *shown;            /* names the file in messages */
} VfgKernelForm;

/* One command line: its values follow on one another; new words go to the end of the last. */
typedef struct {
    GPtrArray *values; /* of VfgKernelValue, none where the line is still to be written */
    GPtrArray *others; /* of VfgKernelValue: arguments that come to the kernel beside these */
} VfgKernelLine;

typedef struct {
    GPtrArray *lines;    /* of VfgKernelLine */
    gboolean elsewhere;  /* the arguments are those of $kernelopts: grubby's */
    const char *missing; /* the variable, key or keyword that a new line begins with, or NULL */
} VfgKernelText;

/* Takes a file apart; the error names file and line. It holds no reference to the bytes. */
VfgKernelText *vfg_kernel_text_parse(const VfgKernelForm *form, const char *text, gsize len,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_kernel_text_free(VfgKernelText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKernelText, vfg_kernel_text_free)
