/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text tables: columns as wide as their widest cell, two blanks between them, nothing after the
 * last. */

#pragma once

#include <glib.h>

typedef struct VfgTable VfgTable;

/* A table with the given headings, NULL-terminated. */
VfgTable *vfg_table_new(const char *const *headings);

void vfg_table_free(VfgTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgTable, vfg_table_free)

/* Adds a row of as many cells as there are headings, NULL-terminated. Cells are copied. */
void vfg_table_add(VfgTable *table, const char *const *cells);

/* The table as text, each line ended. The caller frees it. */
char *vfg_table_format(const VfgTable *table);
