/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The GPUs' health. */

#include "health.h"

#include "store-private.h"

#define ENTRIES_MAX 200 /* of a GPU */
#define OF_GPU "(gpu=?1 OR (?2<>'' AND uuid=?2))"

void
vfg_health_entry_free(VfgHealthEntry *entry)
{
    if (!entry)
        return;
    g_free(entry->vm);
    g_free(entry->boot_id);
    g_free(entry->class_name);
    g_free(entry->id);
    g_free(entry->code);
    g_free(entry->line);
    g_free(entry);
}

void
vfg_quarantine_free(VfgQuarantine *quarantine)
{
    if (!quarantine)
        return;
    g_free(quarantine->rule);
    g_free(quarantine->vm);
    g_free(quarantine->line);
    g_free(quarantine);
}

char *
vfg_health_known_uuid(VfgStore *store, const char *key)
{
    g_autoptr(sqlite3_stmt) row =
        vfg_store_prepare(store, NULL, "SELECT uuid FROM gpus WHERE gpu=?", "s", key);
    return g_strdup(row && sqlite3_step(row) == SQLITE_ROW ? vfg_store_text(row, 0) : "");
}

gboolean
vfg_health_set_uuid(VfgStore *store, const char *key, const char *uuid, GError **error)
{
    return vfg_store_run(store, error, "INSERT OR REPLACE INTO gpus VALUES(?,?)", "ss", key, uuid);
}

/* The least severe and oldest go. */
static gboolean
keep_bounds(VfgStore *store, const char *key, GError **error)
{
    return vfg_store_run(store, error,
                         "DELETE FROM health WHERE gpu=?1 AND id NOT IN (SELECT id FROM health "
                         "WHERE gpu=?1 ORDER BY severity DESC, id DESC LIMIT ?2)",
                         "si", key, (gint64)ENTRIES_MAX);
}

gboolean
vfg_health_note(VfgStore *store, VfgHealthGpu gpu, const VfgStored *stored, GError **error)
{
    const VfgEvent *event = stored->event;
    gboolean real = event->source == VFG_EVENT_KERNEL || event->source == VFG_EVENT_COUNTER;
    if (!real || event->severity < VFG_SEVERITY_WARN)
        return TRUE;
    return vfg_store_begin(store, error) &&
           vfg_store_run(store, error,
                         "INSERT INTO health(gpu,uuid,vm,boot_id,host,class,event,code,severity,"
                         "line,first,last,count,cleared) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,0) "
                         "ON CONFLICT DO UPDATE SET count=count+excluded.count, "
                         "last=excluded.last, severity=max(severity, excluded.severity)",
                         "ssssisssisiii", gpu.key, gpu.uuid, stored->vm, event->boot_id,
                         (gint64)stored->host, event->class_name, event->id,
                         event->code ? event->code : "", (gint64)event->severity, event->line,
                         stored->stored, stored->stored, (gint64)event->count) &&
           keep_bounds(store, gpu.key, error);
}

static gboolean
has_code(const VfgHealthRule *rule, const VfgEvent *event)
{
    return !rule->codes || !*rule->codes ||
           (event->code && g_strv_contains(rule->codes, event->code));
}

/* Boots in which the class was seen, and whether `with` was, too, in this one. The rule may be
 * completed by either of the two, so the class is not asked of the event. */
static gboolean
rule_holds(VfgStore *store, VfgHealthGpu gpu, const VfgHealthRule *rule, const VfgEvent *event,
           gboolean *ret, GError **error)
{
    gint64 boots = 0, with = 1, here = 0;
    if (!vfg_store_get(store, &boots, 0, error,
                       "SELECT count(DISTINCT boot_id) FROM health WHERE " OF_GPU
                       " AND class=?3 AND cleared=0",
                       "sss", gpu.key, gpu.uuid, rule->class_name) ||
        !vfg_store_get(store, &here, 0, error,
                       "SELECT count(*) FROM health WHERE " OF_GPU
                       " AND class=?3 AND boot_id=?4 AND cleared=0",
                       "ssss", gpu.key, gpu.uuid, rule->class_name, event->boot_id) ||
        (rule->with && !vfg_store_get(store, &with, 0, error,
                                      "SELECT count(*) FROM health WHERE " OF_GPU
                                      " AND class=?3 AND boot_id=?4 AND cleared=0",
                                      "ssss", gpu.key, gpu.uuid, rule->with, event->boot_id)))
        return FALSE;
    *ret = here && with && boots >= (gint64)rule->boots;
    return TRUE;
}

gboolean
vfg_health_judge(VfgStore *store, VfgHealthGpu gpu, const VfgHealthRule *rule,
                 const VfgStored *stored, GError **error)
{
    const VfgEvent *event = stored->event;
    gboolean about = g_str_equal(event->class_name, rule->class_name) && has_code(rule, event);
    gboolean completes = rule->with && g_str_equal(event->class_name, rule->with);
    gboolean holds = FALSE;
    if ((!about && !completes) ||
        (event->source != VFG_EVENT_KERNEL && event->source != VFG_EVENT_COUNTER))
        return TRUE;
    if (!rule_holds(store, gpu, rule, event, &holds, error))
        return FALSE;
    return !holds ||
           vfg_store_run(store, error, "INSERT OR IGNORE INTO quarantine VALUES(?,?,?,?,?,?)",
                         "ssisss", gpu.key, gpu.uuid, stored->stored, rule->id,
                         stored->host ? "" : stored->vm, event->line);
}

static VfgHealthEntry *
read_entry(sqlite3_stmt *row)
{
    VfgHealthEntry *entry = g_new0(VfgHealthEntry, 1);
    entry->vm = g_strdup(vfg_store_text(row, 0));
    entry->boot_id = g_strdup(vfg_store_text(row, 1));
    entry->host = sqlite3_column_int(row, 2) != 0;
    entry->class_name = g_strdup(vfg_store_text(row, 3));
    entry->id = g_strdup(vfg_store_text(row, 4));
    entry->code = g_strdup(vfg_store_text(row, 5));
    entry->severity = (VfgSeverity)CLAMP(sqlite3_column_int(row, 6), 0, VFG_SEVERITY_FATAL);
    entry->line = g_strdup(vfg_store_text(row, 7));
    entry->first = sqlite3_column_int64(row, 8);
    entry->last = sqlite3_column_int64(row, 9);
    entry->count = (guint64)sqlite3_column_int64(row, 10);
    entry->cleared = sqlite3_column_int(row, 11) != 0;
    return entry;
}

GPtrArray *
vfg_health_list(VfgStore *store, VfgHealthGpu gpu, GError **error)
{
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_health_entry_free);
    g_autoptr(sqlite3_stmt) rows = vfg_store_prepare(
        store, error,
        "SELECT vm,boot_id,host,class,event,code,severity,line,first,last,count,cleared FROM "
        "health WHERE " OF_GPU " ORDER BY id",
        "ss", gpu.key, gpu.uuid);
    if (!rows)
        return NULL;
    int code = sqlite3_step(rows);
    for (; code == SQLITE_ROW; code = sqlite3_step(rows))
        g_ptr_array_add(list, read_entry(rows));
    if (code == SQLITE_DONE)
        return g_steal_pointer(&list);
    vfg_store_refuse(store, error);
    return NULL;
}

gboolean
vfg_health_get_quarantine(VfgStore *store, VfgHealthGpu gpu, VfgQuarantine **ret, GError **error)
{
    g_autoptr(sqlite3_stmt) row = vfg_store_prepare(
        store, error,
        "SELECT rule,since,vm,line FROM quarantine WHERE " OF_GPU " ORDER BY since LIMIT 1", "ss",
        gpu.key, gpu.uuid);
    int code = row ? sqlite3_step(row) : SQLITE_ERROR;
    if (row && code != SQLITE_ROW && code != SQLITE_DONE)
        vfg_store_refuse(store, error);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return FALSE;
    *ret = NULL;
    if (code == SQLITE_DONE)
        return TRUE;
    *ret = g_new0(VfgQuarantine, 1);
    (*ret)->rule = g_strdup(vfg_store_text(row, 0));
    (*ret)->since = sqlite3_column_int64(row, 1);
    (*ret)->vm = g_strdup(vfg_store_text(row, 2));
    (*ret)->line = g_strdup(vfg_store_text(row, 3));
    return TRUE;
}

gboolean
vfg_health_clear(VfgStore *store, VfgHealthGpu gpu, gboolean *was, GError **error)
{
    gint64 n = 0;
    if (!vfg_store_begin(store, error) ||
        !vfg_store_get(store, &n, 0, error, "SELECT count(*) FROM quarantine WHERE " OF_GPU, "ss",
                       gpu.key, gpu.uuid) ||
        !vfg_store_run(store, error, "DELETE FROM quarantine WHERE " OF_GPU, "ss", gpu.key,
                       gpu.uuid) ||
        !vfg_store_run(store, error, "UPDATE OR REPLACE health SET cleared=1 WHERE " OF_GPU, "ss",
                       gpu.key, gpu.uuid) ||
        !vfg_store_commit(store, error))
        return FALSE;
    *was = n > 0;
    return TRUE;
}
