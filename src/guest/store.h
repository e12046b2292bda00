/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The store of events: what guests reported and what the host's own log said of their GPUs, in a
 * sqlite database (docs/EVENTS.md). An event is stored once, by its VM, boot, sequence and content,
 * in the order in which it came. Each VM has its own bounds, so that one can't push out another's,
 * and within a VM junk goes before what is rare. Several processes may use the store at once. */

#pragma once

#include "event.h"

typedef struct VfgStore VfgStore;

/* Of each VM. */
typedef struct {
    guint events; /* at most so many */
    guint bytes;  /* of their texts, at most so many */
} VfgStoreLimits;

#define VFG_STORE_LIMITS ((VfgStoreLimits){.events = 20000, .bytes = 16u << 20})

/* An event with what the host knows of it. */
typedef struct {
    gint64 id;     /* rises in the order of storing */
    char *vm;      /* "" for the host's own where no VM had the GPU */
    gboolean host; /* the host's log says so, not the guest */
    gint64 stored; /* ms since 1970 by the host's clock */
    gboolean has_gpu;
    VfgPciAddress gpu; /* the host's address of the GPU, where has_gpu */
    VfgEvent *event;
} VfgStored;

void vfg_stored_free(VfgStored *stored);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgStored, vfg_stored_free)

/* As `events --json` shows it (docs/JSON.md); a new reference. */
json_t *vfg_stored_to_json(const VfgStored *stored);

/* Opens the database at `path`, which is made with its folder where it is missing. */
VfgStore *vfg_store_open(const char *path, VfgStoreLimits limits,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_store_free(VfgStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgStore, vfg_store_free)

/* Adds an event; its id is set by the store. *added (may be NULL): it was not there yet. It is
 * stored for good only after vfg_store_commit; on failure nothing since the last one is. */
gboolean vfg_store_add(VfgStore *store, const VfgStored *stored, gboolean *added,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Has what was added on the disk, all or nothing. Nothing to do is fine. */
gboolean vfg_store_commit(VfgStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    const char *vm; /* NULL: all */
    gint64 since;   /* ms since 1970, by `stored`; 0: all */
    gint64 after;   /* only ids above; 0: all */
    guint newest;   /* only so many of the newest; 0: all */
} VfgStoreQuery;

/* FALSE ends the listing. */
typedef gboolean (*VfgStoreFunc)(const VfgStored *stored, gpointer data);

/* Gives the events that the query means to `func`, in the order of their ids. */
gboolean vfg_store_each(VfgStore *store, const VfgStoreQuery *query, VfgStoreFunc func,
                        gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The boot id of the guest's newest event or NULL; the caller frees it. */
char *vfg_store_last_boot(VfgStore *store, const char *vm, GError **error);

/* How many events of a VM were dropped for its bounds, and how many came again and were known. */
typedef struct {
    guint64 dropped;
    guint64 repeated;
} VfgStoreCounts;

VfgStoreCounts vfg_store_counts(VfgStore *store, const char *vm);
