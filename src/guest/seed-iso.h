/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The seed: a CD-ROM that brings the agent into a guest. cloud-init of any cloud image takes it for
 * its NoCloud data source (https://cloudinit.readthedocs.io, "NoCloud": a file system labelled
 * CIDATA with the files meta-data and user-data) and runs the install.sh on it. */

#pragma once

#include <glib.h>

/* What the seed of one VM holds; nothing of it is kept. */
typedef struct {
    const char *vm;     /* names the instance; a valid name of a VM definition */
    const char *config; /* text of agent.conf, or NULL */
    GBytes *agent;      /* the program */
    GPtrArray *names;   /* of char *: further files, install.sh among them */
    GPtrArray *bytes;   /* of GBytes *: what they hold */
} VfgSeed;

/* Writes the image to `path`, whole or not at all, synced. */
gboolean vfg_seed_iso_write(const VfgSeed *seed, const char *path,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file is a seed that was made for this VM; a link is none. */
gboolean vfg_seed_iso_is_of(const char *path, const char *vm);
