/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rules for when a GPU goes into quarantine: data/quarantine.d. A rule of an id that is already
 * there replaces it. */

#pragma once

#include <glib.h>

typedef struct {
    char *id;
    char *class_name; /* of the error that it is about */
    char **codes;     /* only with one of these codes; empty: with any */
    char *with;       /* only where this class was seen in the same boot, too; NULL: always */
    guint boots;      /* only where it was seen in so many boots */
    char *reason;
    char *fix;
} VfgQuarantineRule;

typedef struct VfgQuarantineRules VfgQuarantineRules;

VfgQuarantineRules *vfg_quarantine_rules_new(void);
void vfg_quarantine_rules_free(VfgQuarantineRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgQuarantineRules, vfg_quarantine_rules_free)

/* Adds the rules of one file; `file` is its name for messages. */
gboolean vfg_quarantine_rules_add(VfgQuarantineRules *rules, const char *file, const char *bytes,
                                  gsize len, GError **error) G_GNUC_WARN_UNUSED_RESULT;

guint vfg_quarantine_rules_len(const VfgQuarantineRules *rules);

/* The rule at an index below the length; owned by the rules. */
const VfgQuarantineRule *vfg_quarantine_rules_get(const VfgQuarantineRules *rules, guint index);

/* The rule of an id, or NULL. */
const VfgQuarantineRule *vfg_quarantine_rules_find(const VfgQuarantineRules *rules, const char *id);
