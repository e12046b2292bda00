/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The data files that are in the agent's own binary: data/embed makes the table of those
 * named in EMBEDDED_FILES of data/local.mk. Read them through knowledge.h, which knows what a site
 * has added. */

#pragma once

#include <glib.h>

typedef struct {
    const char *folder; /* "gpus.d" */
    const char *name;   /* "nvidia.ini" */
    const char *bytes;  /* NUL-terminated beyond len */
    gsize len;
} VfgBuiltinFile;

/* All of them, *n in number; by folder, and by name in a folder. */
const VfgBuiltinFile *vfg_builtin_files(gsize *n);
