/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The functions under mounted filesystems and swap. */

#pragma once

#include "host.h"
#include "root.h"

/* Adds the functions under mounted filesystems and swap to the host's usages, and fills
 * mounts_known and swaps_known.
 *
 * Mounts are those of process 1 where they can be read, else of this process: a command that runs
 * in a mount namespace of its own (a service with PrivateMounts=, a container that shares the
 * process namespace, unshare -m) misses what the host has mounted, and unmounting there frees
 * nothing here. Of each filesystem the first mount counts, and further ones where they show a part
 * of it that no mount before them showed (subvolumes of btrfs), 64 at most: bind mounts tell
 * nothing new. */
void vfg_probe_usage_storage(VfgRoot *root, VfgHost *host);
