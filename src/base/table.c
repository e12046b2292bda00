/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text tables. */

#include "table.h"

struct VfgTable {
    GPtrArray *rows; /* of char **; the first holds the headings */
    guint n_columns;
};

VfgTable *
vfg_table_new(const char *const *headings)
{
    VfgTable *table = g_new0(VfgTable, 1);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    table->n_columns = g_strv_length((char **)headings);
    vfg_table_add(table, headings);
    return table;
}

void
vfg_table_free(VfgTable *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->rows);
    g_free(table);
}

void
vfg_table_add(VfgTable *table, const char *const *cells)
{
    g_return_if_fail(g_strv_length((char **)cells) == table->n_columns);
    g_ptr_array_add(table->rows, g_strdupv((char **)cells));
}

static glong
column_width(const VfgTable *table, guint column)
{
    glong width = 0;
    for (guint i = 0; i < table->rows->len; i++) {
        char **row = g_ptr_array_index(table->rows, i);
        width = MAX(width, g_utf8_strlen(row[column], -1));
    }
    return width;
}

char *
vfg_table_format(const VfgTable *table)
{
    g_autofree glong *widths = g_new0(glong, table->n_columns + 1);
    for (guint c = 0; c < table->n_columns; c++)
        widths[c] = column_width(table, c);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < table->rows->len; i++) {
        char **row = g_ptr_array_index(table->rows, i);
        for (guint c = 0; c < table->n_columns; c++) {
            glong pad = c + 1 < table->n_columns ? widths[c] + 2 - g_utf8_strlen(row[c], -1) : 0;
            g_string_append_printf(out, "%s%*s", row[c], (int)pad, "");
        }
        while (out->len && out->str[out->len - 1] == ' ')
            g_string_truncate(out, out->len - 1);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}
