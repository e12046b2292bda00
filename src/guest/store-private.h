/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the files of the store share: the database and statements with their arguments. */

#pragma once

#include "store.h"

#include <sqlite3.h>

struct VfgStore {
    sqlite3 *db;
    char *path;
    VfgStoreLimits limits;
    gboolean in_transaction;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

/* Sets the error from sqlite's last one. Gives FALSE for the caller to pass on. */
gboolean vfg_store_refuse(VfgStore *store, GError **error);

/* A statement with its arguments bound: `types` has a letter for each, 's': const char *, NULL for
 * none, 'i': gint64. Texts must outlive the statement. NULL with the error set. */
sqlite3_stmt *vfg_store_prepare(VfgStore *store, GError **error, const char *sql, const char *types,
                                ...) G_GNUC_WARN_UNUSED_RESULT;

/* Prepares a statement as above and runs it to its end. */
gboolean vfg_store_run(VfgStore *store, GError **error, const char *sql, const char *types,
                       ...) G_GNUC_WARN_UNUSED_RESULT;

/* The first column of its first row, as a number, `otherwise` where there is none. */
gboolean vfg_store_get(VfgStore *store, gint64 *ret, gint64 otherwise, GError **error,
                       const char *sql, const char *types, ...) G_GNUC_WARN_UNUSED_RESULT;

/* Begins a transaction that may write, where none is open. */
gboolean vfg_store_begin(VfgStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives up what was not committed. */
void vfg_store_roll_back(VfgStore *store);

/* A text of a row, "" for NULL; valid until the next step. */
const char *vfg_store_text(sqlite3_stmt *row, int column);
