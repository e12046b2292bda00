/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's command line, taken apart as the kernel does it. */

#pragma once

#include <glib.h>

typedef struct {
    char *name;  /* "intel_iommu" */
    char *value; /* "on"; NULL where there is no "=" */
} VfgKernelArgument;

void vfg_kernel_argument_free(VfgKernelArgument *argument);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgKernelArgument, vfg_kernel_argument_free)

/* The arguments of a command line, as VfgKernelArgument, up to a lone "--", behind which they are
 * init's (lib/cmdline.c, next_arg(); kernel/params.c, parse_args()). Double quotes hold blanks
 * together; those around a whole argument or a value go away. The caller owns the array. */
GPtrArray *vfg_cmdline_parse(const char *text) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a command line has the argument `word`: "nomodeset", or "intel_iommu=off", then as the
 * whole value or as one of its parts between commas. In names "-" and "_" are the same
 * (kernel/params.c, parameq()). A NULL text has none. */
gboolean vfg_cmdline_has(const char *text, const char *word);
