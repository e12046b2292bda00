/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The store of events. */

#include "store-private.h"

#include <string.h>

#define RARE 8        /* the first ones of each kind are the last to be dropped */
#define KINDS_MAX 512 /* of a VM: beyond that nothing counts as rare */
#define BOOTS_MAX 64  /* of a VM: how far back it is known what was dropped */
#define OVERHEAD 200  /* bytes of an event beside its line, about */

void
vfg_stored_free(VfgStored *stored)
{
    if (!stored)
        return;
    g_free(stored->vm);
    vfg_event_free(stored->event);
    g_free(stored);
}

json_t *
vfg_stored_to_json(const VfgStored *stored)
{
    g_autofree char *gpu = stored->has_gpu ? vfg_pci_address_dup(stored->gpu) : NULL;
    json_t *json = json_pack("{s:I, s:s, s:s, s:I, s:s?}", "number", (json_int_t)stored->id, "vm",
                             stored->vm, "from", stored->host ? "host" : "guest", "stored",
                             (json_int_t)stored->stored, "gpu", gpu);
    vfg_event_add_to_json(stored->event, json);
    return json;
}

/* What makes an event this one, beside its VM, boot and sequence. */
static char *
make_digest(const VfgStored *stored)
{
    json_t *json = json_object();
    vfg_event_add_to_json(stored->event, json);
    if (stored->host)
        json_object_del(json, "time"); /* reckoned anew by each reader of the log */
    char *dump = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, dump, -1);
    digest[32] = '\0';
    free(dump);
    json_decref(json);
    return digest;
}

/* Whether the event is stored, or was and had to go. */
static gboolean
is_known(VfgStore *store, const VfgStored *stored, const char *digest, gboolean *ret,
         GError **error)
{
    const VfgEvent *event = stored->event;
    gint64 here = 0, dropped_to = 0;
    if (!vfg_store_get(store, &here, 0, error,
                       "SELECT 1 FROM events WHERE vm=? AND boot_id=? AND sequence=? AND digest=?",
                       "ssis", stored->vm, event->boot_id, (gint64)event->sequence, digest) ||
        !vfg_store_get(store, &dropped_to, 0, error,
                       "SELECT dropped_to FROM boots WHERE vm=? AND boot_id=?", "ss", stored->vm,
                       event->boot_id))
        return FALSE;
    *ret = here || (gint64)event->sequence <= dropped_to;
    return TRUE;
}

/* Counts the events of a kind; *ret is the count with this one. */
static gboolean
count_kind(VfgStore *store, const VfgStored *stored, const char *gpu, gint64 *ret, GError **error)
{
    gint64 kinds = 0, known = 0;
    const char *id = stored->event->id;
    if (!vfg_store_get(store, &known, 0, error,
                       "SELECT n FROM kinds WHERE vm=? AND event=? AND gpu=?", "sss", stored->vm,
                       id, gpu) ||
        !vfg_store_get(store, &kinds, 0, error, "SELECT count(*) FROM kinds WHERE vm=?", "s",
                       stored->vm))
        return FALSE;
    *ret = known || kinds < KINDS_MAX ? known + 1 : RARE + 1;
    return (!known && kinds >= KINDS_MAX) ||
           vfg_store_run(store, error, "INSERT OR REPLACE INTO kinds VALUES(?,?,?,?)", "sssi",
                         stored->vm, id, gpu, *ret);
}

static gboolean
note_boot(VfgStore *store, const VfgStored *stored, GError **error)
{
    return vfg_store_run(store, error,
                         "INSERT INTO boots VALUES(?,?,0,?) ON CONFLICT DO UPDATE SET "
                         "used=max(used, excluded.used)",
                         "ssi", stored->vm, stored->event->boot_id, stored->stored) &&
           vfg_store_run(store, error,
                         "DELETE FROM boots WHERE vm=?1 AND boot_id NOT IN (SELECT boot_id FROM "
                         "boots WHERE vm=?1 ORDER BY used DESC LIMIT ?2)",
                         "si", stored->vm, (gint64)BOOTS_MAX);
}

static gboolean
insert(VfgStore *store, const VfgStored *stored, const char *digest, GError **error)
{
    const VfgEvent *event = stored->event;
    g_autofree char *gpu = stored->has_gpu ? vfg_pci_address_dup(stored->gpu) : NULL;
    g_autofree char *address = event->has_address ? vfg_pci_address_dup(event->address) : NULL;
    gint64 nth = 0, bytes = (gint64)strlen(event->line) + OVERHEAD;
    return count_kind(store, stored, gpu ? gpu : "", &nth, error) &&
           vfg_store_run(
               store, error,
               "INSERT INTO events(vm,host,stored,gpu,boot_id,sequence,digest,time,event,class,"
               "severity,source,address,code,line,count,nth,bytes) "
               "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
               "siissisissiisssiii", stored->vm, (gint64)stored->host, stored->stored, gpu,
               event->boot_id, (gint64)event->sequence, digest, (gint64)event->time, event->id,
               event->class_name, (gint64)event->severity, (gint64)event->source, address,
               event->code, event->line, (gint64)event->count, nth, bytes) &&
           vfg_store_run(store, error,
                         "INSERT INTO vms VALUES(?,1,?,0,0) ON CONFLICT DO UPDATE SET "
                         "events=events+1, bytes=bytes+excluded.bytes",
                         "si", stored->vm, bytes) &&
           note_boot(store, stored, error);
}

/* A twentieth goes at once. What came often goes before what is rare, what a program wrote before
 * what the kernel said, then the least severe, then the oldest. */
static gboolean
drop(VfgStore *store, const char *vm, GError **error)
{
    gint64 n = MAX(store->limits.events / 20, 1);
    if (!vfg_store_run(store, error,
                       "CREATE TEMP TABLE IF NOT EXISTS victims(id INTEGER PRIMARY KEY)", "") ||
        !vfg_store_run(store, error, "DELETE FROM victims", "") ||
        !vfg_store_run(store, error,
                       "INSERT INTO victims SELECT id FROM events WHERE vm=? ORDER BY nth<=?, "
                       "source<>?, severity, id LIMIT ?",
                       "siii", vm, (gint64)RARE, (gint64)VFG_EVENT_USER, n))
        return FALSE;
    return vfg_store_run(store, error,
                         "UPDATE boots SET dropped_to=max(dropped_to, coalesce((SELECT "
                         "max(sequence) FROM events JOIN victims USING(id) WHERE "
                         "events.boot_id=boots.boot_id), 0)) WHERE vm=?",
                         "s", vm) &&
           vfg_store_run(store, error,
                         "UPDATE vms SET events=events-(SELECT count(*) FROM victims), "
                         "bytes=bytes-(SELECT sum(bytes) FROM events JOIN victims USING(id)), "
                         "dropped=dropped+(SELECT count(*) FROM victims) WHERE vm=?",
                         "s", vm) &&
           vfg_store_run(store, error, "DELETE FROM events WHERE id IN (SELECT id FROM victims)",
                         "");
}

static gboolean
keep_bounds(VfgStore *store, const char *vm, GError **error)
{
    for (;;) {
        gint64 over = 0;
        if (!vfg_store_get(store, &over, 0, error,
                           "SELECT events > ? OR bytes > ? FROM vms WHERE vm=?", "iis",
                           (gint64)store->limits.events, (gint64)store->limits.bytes, vm))
            return FALSE;
        if (!over)
            return TRUE;
        if (!drop(store, vm, error))
            return FALSE;
    }
}

static gboolean
add(VfgStore *store, const VfgStored *stored, gboolean *known, GError **error)
{
    g_autofree char *digest = make_digest(stored);
    if (!vfg_store_begin(store, error) || !is_known(store, stored, digest, known, error))
        return FALSE;
    if (*known)
        return vfg_store_run(store, error, "UPDATE vms SET repeated=repeated+1 WHERE vm=?", "s",
                             stored->vm);
    return insert(store, stored, digest, error) && keep_bounds(store, stored->vm, error);
}

gboolean
vfg_store_add(VfgStore *store, const VfgStored *stored, gboolean *added, GError **error)
{
    gboolean known = FALSE;
    if (!add(store, stored, &known, error)) {
        vfg_store_roll_back(store);
        return FALSE;
    }
    if (added)
        *added = !known;
    return TRUE;
}

static gboolean
read_address(const char *text, VfgPciAddress *ret)
{
    return *text && vfg_pci_address_parse(text, ret, NULL);
}

/* The columns are those of vfg_store_each. */
static VfgStored *
read_row(sqlite3_stmt *row)
{
    VfgStored *stored = g_new0(VfgStored, 1);
    VfgEvent *event = stored->event = g_new0(VfgEvent, 1);
    stored->id = sqlite3_column_int64(row, 0);
    stored->vm = g_strdup(vfg_store_text(row, 1));
    stored->host = sqlite3_column_int(row, 2) != 0;
    stored->stored = sqlite3_column_int64(row, 3);
    stored->has_gpu = read_address(vfg_store_text(row, 4), &stored->gpu);
    event->boot_id = g_strdup(vfg_store_text(row, 5));
    event->sequence = (guint64)sqlite3_column_int64(row, 6);
    event->time = (guint64)sqlite3_column_int64(row, 7);
    event->id = g_strdup(vfg_store_text(row, 8));
    event->class_name = g_strdup(vfg_store_text(row, 9));
    event->severity = (VfgSeverity)CLAMP(sqlite3_column_int(row, 10), 0, VFG_SEVERITY_FATAL);
    event->source = (VfgEventSource)CLAMP(sqlite3_column_int(row, 11), 0, VFG_EVENT_AGENT);
    event->has_address = read_address(vfg_store_text(row, 12), &event->address);
    if (*vfg_store_text(row, 13))
        event->code = g_strdup(vfg_store_text(row, 13));
    event->line = g_strdup(vfg_store_text(row, 14));
    event->count = (guint64)sqlite3_column_int64(row, 15);
    return stored;
}

gboolean
vfg_store_each(VfgStore *store, const VfgStoreQuery *query, VfgStoreFunc func, gpointer data,
               GError **error)
{
    g_autoptr(sqlite3_stmt) rows = vfg_store_prepare(
        store, error,
        "SELECT * FROM (SELECT id,vm,host,stored,gpu,boot_id,sequence,time,event,class,severity,"
        "source,address,code,line,count FROM events WHERE (?1 IS NULL OR vm=?1) AND stored>=?2 AND "
        "id>?3 ORDER BY id DESC LIMIT ?4) ORDER BY id",
        "siii", query->vm, query->since, query->after,
        query->newest ? (gint64)query->newest : (gint64)-1);
    if (!rows)
        return FALSE;
    int code = sqlite3_step(rows);
    for (gboolean more = TRUE; more && code == SQLITE_ROW;) {
        g_autoptr(VfgStored) stored = read_row(rows);
        more = func(stored, data);
        code = more ? sqlite3_step(rows) : SQLITE_DONE;
    }
    return code == SQLITE_DONE || vfg_store_refuse(store, error);
}

char *
vfg_store_last_boot(VfgStore *store, const char *vm, GError **error)
{
    g_autoptr(sqlite3_stmt) row = vfg_store_prepare(
        store, error, "SELECT boot_id FROM events WHERE vm=? AND host=0 ORDER BY id DESC LIMIT 1",
        "s", vm);
    return row && sqlite3_step(row) == SQLITE_ROW ? g_strdup(vfg_store_text(row, 0)) : NULL;
}

VfgStoreCounts
vfg_store_counts(VfgStore *store, const char *vm)
{
    VfgStoreCounts counts = {0};
    g_autoptr(sqlite3_stmt) row =
        vfg_store_prepare(store, NULL, "SELECT dropped, repeated FROM vms WHERE vm=?", "s", vm);
    if (row && sqlite3_step(row) == SQLITE_ROW) {
        counts.dropped = (guint64)sqlite3_column_int64(row, 0);
        counts.repeated = (guint64)sqlite3_column_int64(row, 1);
    }
    return counts;
}
