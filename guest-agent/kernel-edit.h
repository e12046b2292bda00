/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Adding and removing kernel arguments in the bytes of a file: bytes in, bytes out, and nothing but
 * the argument changes. */

#pragma once

#include "kernel-text.h"

/* Whether `arg` can be written: one word without control characters, quotes that close, and none of
 * the characters that mean something to a shell or to GRUB. */
gboolean vfg_kernel_arg_check(const char *arg, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file with `arg` in each of its command lines; `in` itself, with a reference more, where it is
 * there already. The parts of a pci= argument are taken one by one and merged into a pci= word that
 * is there. `context` (of char *, may be NULL) are words that reach the kernel from other files.
 * What contradicts (pci=realloc=off against pci=realloc) is VFG_ERROR_REFUSED, or with `force`
 * replaced. */
GBytes *vfg_kernel_edit_add(const VfgKernelForm *form, GBytes *in, const char *arg,
                            GPtrArray *context, gboolean force,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file without `arg`; of a pci= argument each part is taken out of the pci= words. */
GBytes *vfg_kernel_edit_remove(const VfgKernelForm *form, GBytes *in, const char *arg,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The arguments of the file's command lines, each as its words with a blank between (char *). */
GPtrArray *vfg_kernel_edit_show(const VfgKernelForm *form, GBytes *in,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
