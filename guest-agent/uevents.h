/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's device events, from the kernel itself, so that it works without udev and before it
 * runs. */

#pragma once

#include <glib.h>

typedef struct VfgUevents VfgUevents;

/* Called for each event of a subsystem ("pci"); for NULL after events were lost: anything may have
 * changed. */
typedef void (*VfgUeventFunc)(const char *subsystem, gpointer data);

/* Listens in the default main context. */
VfgUevents *vfg_uevents_new(VfgUeventFunc func, gpointer data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_uevents_free(VfgUevents *uevents);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgUevents, vfg_uevents_free)

/* The subsystem that a message names, or NULL: "ACTION@PATH" and KEY=VALUE texts, each ended by a
 * NUL, so `bytes` must have a NUL beyond `len`. */
const char *vfg_uevent_subsystem(const char *bytes, gsize len);
