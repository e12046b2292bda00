/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Package managers: how they are called, what they lock, and what their words mean. */

#pragma once

#include "root.h"

typedef struct VfgPackager VfgPackager;

typedef enum {
    VFG_FAILURE_OTHER,
    VFG_FAILURE_NETWORK,   /* worth another try later */
    VFG_FAILURE_LOCK,      /* another one is at work */
    VFG_FAILURE_DISK,      /* full */
    VFG_FAILURE_SIGNATURE, /* a signature is missing, bad, or of an unknown key */
    VFG_FAILURE_BROKEN,    /* left half-done by an earlier run: repair first */
} VfgFailure;

/* What a package manager says it needs, in bytes. */
typedef struct {
    guint64 download;
    guint64 installed;
} VfgSpace;

/* Who holds a lock: pid 0 for nobody, -1 where the kernel doesn't say. */
typedef struct {
    int pid;
    char *name; /* of the process, escaped; "?" where it can't be read */
    char *file; /* the lock */
} VfgHolder;

void vfg_holder_clear(VfgHolder *holder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgHolder, vfg_holder_clear)

/* By the name in a recipe: apt, dnf, dnf5, tdnf, zypper, pkg; NULL for others. Static. */
const VfgPackager *vfg_packager_find(const char *name);

const char *vfg_packager_name(const VfgPackager *packager);

/* The command that installs packages (separated by blanks) without questions; "@name:stream" is a
 * module of dnf. */
char **vfg_packager_install(const VfgPackager *packager, const char *packages);

/* The command that reads the lists of the repositories again. */
char **vfg_packager_refresh(const VfgPackager *packager);

/* The command that tells the space an installation takes and installs nothing, or NULL; `install`
 * is a command of vfg_packager_install. */
char **vfg_packager_probe(const VfgPackager *packager, const char *const *install);

/* Reads that command's output; zeroes where it says nothing. */
VfgSpace vfg_packager_read_space(const VfgPackager *packager, const char *output);

/* The commands that mend what an interrupted run left, in order; an array of argv, NULL-terminated.
 * Static. */
const char *const *const *vfg_packager_repairs(const VfgPackager *packager);

/* The command that ends with 0 if a package is installed. */
char **vfg_packager_query(const VfgPackager *packager, const char *package);

/* Whether that command's output means installed; dpkg-query knows removed packages too. */
gboolean vfg_packager_says_installed(const VfgPackager *packager, const char *output);

/* Who has the package manager's locks (fcntl(2) locks, pid files) below the folder `prefix`. */
VfgHolder vfg_packager_holder(const VfgPackager *packager, const char *prefix);

/* Why a command failed, by its output; *line gets the line that says so (freed by the caller). */
VfgFailure vfg_packager_failure(const char *output, char **line);
