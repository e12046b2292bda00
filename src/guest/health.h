/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What went wrong with each GPU, over all VMs that had it, and which are in quarantine. Kept in the
 * store of events, but longer than the events themselves, and bounded for each GPU. */

#pragma once

#include "store.h"

/* A GPU: in its slot, or wherever it is where its UUID is known. */
typedef struct {
    const char *key;  /* address and ids: "0000:82:00.0 10de:1e37 10de:1370" */
    const char *uuid; /* as the host's driver told it, "" where it never did */
} VfgHealthGpu;

typedef struct {
    char *vm;
    char *boot_id;
    gboolean host; /* the host's log says so */
    char *class_name;
    char *id; /* of the catalogue's entry */
    char *code;
    VfgSeverity severity;
    char *line;
    gint64 first; /* ms since 1970, the host's clock */
    gint64 last;
    guint64 count;
    gboolean cleared; /* it was before the last clearing and counts no more */
} VfgHealthEntry;

void vfg_health_entry_free(VfgHealthEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgHealthEntry, vfg_health_entry_free)

typedef struct {
    char *rule;   /* its id */
    gint64 since; /* ms since 1970 */
    char *vm;     /* whose guest said so, "" for the host */
    char *line;   /* the log's */
} VfgQuarantine;

void vfg_quarantine_free(VfgQuarantine *quarantine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgQuarantine, vfg_quarantine_free)

/* When to quarantine; src/know's rule in other words, since this layer knows no catalogues. */
typedef struct {
    const char *id;
    const char *class_name;
    const char *const *codes;
    const char *with;
    guint boots;
} VfgHealthRule;

/* The UUID last told of a GPU, "" for none; the caller frees it. */
char *vfg_health_known_uuid(VfgStore *store, const char *key);

/* Remembers it. */
gboolean vfg_health_set_uuid(VfgStore *store, const char *key, const char *uuid,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Notes an event of this GPU, in the transaction of the store. What is not at least a warning or
 * was written by a program is passed over. */
gboolean vfg_health_note(VfgStore *store, VfgHealthGpu gpu, const VfgStored *stored,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the rule holds for what was noted of the GPU and not cleared, with this event; then the
 * GPU is in quarantine. One that is already stays as it is. */
gboolean vfg_health_judge(VfgStore *store, VfgHealthGpu gpu, const VfgHealthRule *rule,
                          const VfgStored *stored, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What was noted (of VfgHealthEntry), oldest first. */
GPtrArray *vfg_health_list(VfgStore *store, VfgHealthGpu gpu,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The quarantine, NULL in *ret for none. */
gboolean vfg_health_get_quarantine(VfgStore *store, VfgHealthGpu gpu, VfgQuarantine **ret,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends it: what was noted up to now counts no more. *was: there was a quarantine. */
gboolean vfg_health_clear(VfgStore *store, VfgHealthGpu gpu, gboolean *was,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
