/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What happens to domains, as libvirt tells it: for a service that must act when a guest powers
 * itself off. */

#pragma once

#include "virt.h"

typedef enum {
    VFG_LIFECYCLE_STARTED,
    VFG_LIFECYCLE_STOPPED, /* it has no emulator any more, whatever the reason */
    VFG_LIFECYCLE_LOST, /* libvirtd went away and is there again: events may be missing, so look at
                           every domain anew; `name` is NULL */
} VfgLifecycleKind;

typedef struct {
    VfgLifecycleKind kind;
    char *name;         /* of the domain */
    const char *reason; /* "the guest shut itself down", static; NULL where libvirt does not say */
} VfgLifecycleEvent;

typedef struct VfgLifecycle VfgLifecycle;

/* Starts listening. `virt` must outlive it. */
VfgLifecycle *vfg_lifecycle_open(VfgVirt *virt, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_lifecycle_free(VfgLifecycle *lifecycle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgLifecycle, vfg_lifecycle_free)

typedef void (*VfgLifecycleFunc)(const VfgLifecycleEvent *event, gpointer data);

/* Waits up to `milliseconds` for the next event and gives it, and those that are there with it, to
 * `func`, which runs in the caller's thread. Where libvirtd went away it is waited for (up to 30 s)
 * and LOST is given; FALSE where it does not come back: calling again tries again. */
gboolean vfg_lifecycle_poll(VfgLifecycle *lifecycle, guint milliseconds, VfgLifecycleFunc func,
                            gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
