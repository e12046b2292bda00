/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Folds matches: one item for each entry, code and address, with its count and where it was first
 * and last. Bounded. */

#pragma once

#include "matcher.h"

#define VFG_FOLD_TIME_MAX 48
#define VFG_FOLD_LINE_MAX 400

typedef struct {
    const VfgErrorEntry *entry;
    VfgSeverity severity; /* the worst of all matches, unless a line has settled it since */
    gboolean has_address;
    VfgPciAddress address;
    char code[sizeof((VfgMatch *)0)->code];
    char driver[sizeof((VfgMatch *)0)->driver];
    guint64 count;
    guint64 first_line;
    guint64 last_line;
    char first_time[VFG_FOLD_TIME_MAX];
    char last_time[VFG_FOLD_TIME_MAX];
    char line[VFG_FOLD_LINE_MAX]; /* the first message, cut */
} VfgFoldItem;

typedef struct VfgFold VfgFold;

VfgFold *vfg_fold_new(void);
void vfg_fold_free(VfgFold *fold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgFold, vfg_fold_free)

/* Adds a match at a line, counted from 1. Beyond the bound, the match takes the place of one that
 * is less severe, or is only counted as dropped. */
void vfg_fold_add(VfgFold *fold, const VfgMatch *match, const VfgLogLine *line, guint64 number);

/* The items, in the order of their first lines but for those that took another's place. */
const GArray *vfg_fold_items(const VfgFold *fold);

/* Matches that have no item. */
guint64 vfg_fold_dropped(const VfgFold *fold);

/* Whether two items can be about one device: the same slot, or one of them has no address. */
gboolean vfg_fold_fit(const VfgFoldItem *a, const VfgFoldItem *b);
