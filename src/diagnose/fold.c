/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Folding matches. */

#include "fold.h"

#include <string.h>

#define ITEMS_MAX 256

struct VfgFold {
    GArray *items; /* of VfgFoldItem */
    guint64 dropped;
};

VfgFold *
vfg_fold_new(void)
{
    VfgFold *fold = g_new0(VfgFold, 1);
    fold->items = g_array_new(FALSE, TRUE, sizeof(VfgFoldItem));
    return fold;
}

void
vfg_fold_free(VfgFold *fold)
{
    if (!fold)
        return;
    g_array_unref(fold->items);
    g_free(fold);
}

gboolean
vfg_fold_fit(const VfgFoldItem *a, const VfgFoldItem *b)
{
    return !a->has_address || !b->has_address || vfg_pci_address_same_slot(a->address, b->address);
}

static gboolean
is_same(const VfgFoldItem *item, const VfgMatch *match)
{
    return item->entry == match->entry && item->has_address == match->has_address &&
           (!match->has_address || vfg_pci_address_compare(item->address, match->address) == 0) &&
           strcmp(item->code, match->code) == 0;
}

static VfgFoldItem *
find(const VfgFold *fold, const VfgMatch *match)
{
    for (guint i = 0; i < fold->items->len; i++) {
        VfgFoldItem *item = &g_array_index(fold->items, VfgFoldItem, i);
        if (is_same(item, match))
            return item;
    }
    return NULL;
}

/* The least severe one below `severity`; of equals the last, which is the youngest. */
static VfgFoldItem *
find_lesser(const VfgFold *fold, VfgSeverity severity)
{
    VfgFoldItem *least = NULL;
    for (guint i = 0; i < fold->items->len; i++) {
        VfgFoldItem *item = &g_array_index(fold->items, VfgFoldItem, i);
        if (item->severity < severity && (!least || item->severity <= least->severity))
            least = item;
    }
    return least;
}

static void
copy_time(char buffer[VFG_FOLD_TIME_MAX], const VfgLogLine *line)
{
    gsize len = MIN(line->time_len, (gsize)VFG_FOLD_TIME_MAX - 1);
    memcpy(buffer, line->time ? line->time : "", line->time ? len : 0);
    buffer[line->time ? len : 0] = '\0';
}

static VfgFoldItem *
make_item(VfgFold *fold, const VfgMatch *match, const VfgLogLine *line, guint64 number)
{
    VfgFoldItem *item = NULL;
    if (fold->items->len < ITEMS_MAX) {
        g_array_set_size(fold->items, fold->items->len + 1);
        item = &g_array_index(fold->items, VfgFoldItem, fold->items->len - 1);
    } else {
        item = find_lesser(fold, match->severity);
        fold->dropped += item ? item->count : 1;
    }
    if (!item)
        return NULL;
    gsize len = MIN(line->len, (gsize)VFG_FOLD_LINE_MAX - 1);
    *item = (VfgFoldItem){.entry = match->entry,
                          .severity = match->severity,
                          .has_address = match->has_address,
                          .address = match->address,
                          .first_line = number};
    g_strlcpy(item->code, match->code, sizeof item->code);
    copy_time(item->first_time, line);
    memcpy(item->line, line->message, len);
    return item;
}

/* "Device recovery successful" and its like. */
static void
settle(VfgFold *fold, const VfgFoldItem *by)
{
    if (!by->entry->settles)
        return;
    for (guint i = 0; i < fold->items->len; i++) {
        VfgFoldItem *item = &g_array_index(fold->items, VfgFoldItem, i);
        if (vfg_fold_fit(item, by) &&
            g_strv_contains((const char *const *)by->entry->settles, item->entry->class_name))
            item->severity = MIN(item->severity, VFG_SEVERITY_WARN);
    }
}

void
vfg_fold_add(VfgFold *fold, const VfgMatch *match, const VfgLogLine *line, guint64 number)
{
    VfgFoldItem *item = find(fold, match);
    if (!item)
        item = make_item(fold, match, line, number);
    if (!item)
        return;
    item->count++;
    item->severity = MAX(item->severity, match->severity);
    item->last_line = number;
    if (*match->driver)
        g_strlcpy(item->driver, match->driver, sizeof item->driver);
    copy_time(item->last_time, line);
    settle(fold, item);
}

const GArray *
vfg_fold_items(const VfgFold *fold)
{
    return fold->items;
}

guint64
vfg_fold_dropped(const VfgFold *fold)
{
    return fold->dropped;
}
