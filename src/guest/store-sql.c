/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The store's database: opening, its tables, statements. https://sqlite.org/wal.html says why a
 * write-ahead log: readers and the one writer don't wait for each other. With synchronous=FULL a
 * commit is on the disk when it returns. */

#include "store-private.h"

#include "error.h"
#include "io.h"

#include <stdarg.h>

#define BUSY_MS 10000 /* for another process that writes */
#define VERSION_OF_SCHEMA 1

static const char settings[] = "PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=FULL;"
                               "PRAGMA journal_size_limit=4194304;"
                               "PRAGMA cache_size=-1024;";

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS events("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, vm TEXT NOT NULL, host INTEGER NOT NULL,"
    " stored INTEGER NOT NULL, gpu TEXT, boot_id TEXT NOT NULL, sequence INTEGER NOT NULL,"
    " digest TEXT NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL, class TEXT NOT NULL,"
    " severity INTEGER NOT NULL, source INTEGER NOT NULL, address TEXT, code TEXT,"
    " line TEXT NOT NULL, count INTEGER NOT NULL, nth INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " UNIQUE(vm, boot_id, sequence, digest));"
    "CREATE TABLE IF NOT EXISTS vms("
    " vm TEXT PRIMARY KEY, events INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " dropped INTEGER NOT NULL, repeated INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS kinds("
    " vm TEXT, event TEXT, gpu TEXT, n INTEGER NOT NULL, PRIMARY KEY(vm, event, gpu))"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS boots("
    " vm TEXT, boot_id TEXT, dropped_to INTEGER NOT NULL, used INTEGER NOT NULL,"
    " PRIMARY KEY(vm, boot_id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS health("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, gpu TEXT NOT NULL, uuid TEXT NOT NULL,"
    " vm TEXT NOT NULL, boot_id TEXT NOT NULL, host INTEGER NOT NULL, class TEXT NOT NULL,"
    " event TEXT NOT NULL, code TEXT NOT NULL, severity INTEGER NOT NULL, line TEXT NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    " cleared INTEGER NOT NULL,"
    " UNIQUE(gpu, vm, boot_id, host, event, code, cleared));"
    "CREATE TABLE IF NOT EXISTS quarantine("
    " gpu TEXT PRIMARY KEY, uuid TEXT NOT NULL, since INTEGER NOT NULL, rule TEXT NOT NULL,"
    " vm TEXT NOT NULL, line TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS gpus(gpu TEXT PRIMARY KEY, uuid TEXT NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version=1;"
    "COMMIT;";

gboolean
vfg_store_refuse(VfgStore *store, GError **error)
{
    int code = sqlite3_errcode(store->db) & 0xff;
    g_autofree char *fix = NULL;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        fix = g_strdup_printf("move %s away: a new one is made, the old events are in the old one",
                              store->path);
    vfg_error_set(error, VFG_ERROR_FAILED, fix, "the store of events %s: %s", store->path,
                  sqlite3_errmsg(store->db));
    return FALSE;
}

static sqlite3_stmt *
prepare(VfgStore *store, GError **error, const char *sql, const char *types, va_list args)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        vfg_store_refuse(store, error);
        return NULL;
    }
    for (int i = 0; types[i]; i++) {
        if (types[i] == 'i')
            sqlite3_bind_int64(statement, i + 1, va_arg(args, gint64));
        else
            sqlite3_bind_text(statement, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
    }
    return g_steal_pointer(&statement);
}

sqlite3_stmt *
vfg_store_prepare(VfgStore *store, GError **error, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = prepare(store, error, sql, types, args);
    va_end(args);
    return statement;
}

gboolean
vfg_store_run(VfgStore *store, GError **error, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    g_autoptr(sqlite3_stmt) statement = prepare(store, error, sql, types, args);
    va_end(args);
    if (!statement)
        return FALSE;
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW)
        code = sqlite3_step(statement);
    return code == SQLITE_DONE || vfg_store_refuse(store, error);
}

gboolean
vfg_store_get(VfgStore *store, gint64 *ret, gint64 otherwise, GError **error, const char *sql,
              const char *types, ...)
{
    va_list args;
    va_start(args, types);
    g_autoptr(sqlite3_stmt) statement = prepare(store, error, sql, types, args);
    va_end(args);
    if (!statement)
        return FALSE;
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return vfg_store_refuse(store, error);
    *ret = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : otherwise;
    return TRUE;
}

const char *
vfg_store_text(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

gboolean
vfg_store_begin(VfgStore *store, GError **error)
{
    if (store->in_transaction)
        return TRUE;
    store->in_transaction = vfg_store_run(store, error, "BEGIN IMMEDIATE", "");
    return store->in_transaction;
}

void
vfg_store_roll_back(VfgStore *store)
{
    if (store->in_transaction)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->in_transaction = FALSE;
}

gboolean
vfg_store_commit(VfgStore *store, GError **error)
{
    if (!store->in_transaction)
        return TRUE;
    if (!vfg_store_run(store, error, "COMMIT", "")) {
        vfg_store_roll_back(store);
        return FALSE;
    }
    store->in_transaction = FALSE;
    return TRUE;
}

/* Only a new one is written to: whoever looks must not wait for whoever stores. */
static gboolean
set_up(VfgStore *store, GError **error)
{
    gint64 version = 0;
    if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) != SQLITE_OK)
        return vfg_store_refuse(store, error);
    if (!vfg_store_get(store, &version, 0, error, "PRAGMA user_version", ""))
        return FALSE;
    return version == VERSION_OF_SCHEMA ||
           sqlite3_exec(store->db, schema, NULL, NULL, NULL) == SQLITE_OK ||
           vfg_store_refuse(store, error);
}

VfgStore *
vfg_store_open(const char *path, VfgStoreLimits limits, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (!vfg_io_make_dir(folder, error))
        return NULL;
    g_autoptr(VfgStore) store = g_new0(VfgStore, 1);
    store->path = g_strdup(path);
    store->limits = limits;
    if (sqlite3_open_v2(path, &store->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(store->db, BUSY_MS) != SQLITE_OK) {
        vfg_store_refuse(store, error);
        return NULL;
    }
    return set_up(store, error) ? g_steal_pointer(&store) : NULL;
}

void
vfg_store_free(VfgStore *store)
{
    if (!store)
        return;
    vfg_store_roll_back(store);
    sqlite3_close(store->db);
    g_free(store->path);
    g_free(store);
}
