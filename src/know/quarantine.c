/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rules for when a GPU goes into quarantine. */

#include "quarantine.h"

#include "ini.h"

struct VfgQuarantineRules {
    GPtrArray *rules; /* of VfgQuarantineRule */
};

static const char *const keys[] = {"class",  "codes", "with",   "boots",
                                   "reason", "fix",   "source", NULL};

static void
rule_free(gpointer data)
{
    VfgQuarantineRule *rule = data;
    if (!rule)
        return;
    g_free(rule->id);
    g_free(rule->class_name);
    g_strfreev(rule->codes);
    g_free(rule->with);
    g_free(rule->reason);
    g_free(rule->fix);
    g_free(rule);
}
typedef VfgQuarantineRule Rule;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rule, rule_free)

VfgQuarantineRules *
vfg_quarantine_rules_new(void)
{
    VfgQuarantineRules *rules = g_new0(VfgQuarantineRules, 1);
    rules->rules = g_ptr_array_new_with_free_func(rule_free);
    return rules;
}

void
vfg_quarantine_rules_free(VfgQuarantineRules *rules)
{
    if (!rules)
        return;
    g_ptr_array_unref(rules->rules);
    g_free(rules);
}

static void
put_rule(GPtrArray *rules, Rule *rule)
{
    for (guint i = 0; i < rules->len; i++)
        if (g_str_equal(((const Rule *)g_ptr_array_index(rules, i))->id, rule->id))
            g_ptr_array_remove_index(rules, i--);
    g_ptr_array_add(rules, rule);
}

static gboolean
take_group(GKeyFile *parsed, const char *group, gpointer data, GError **error)
{
    g_autoptr(Rule) rule = g_new0(Rule, 1);
    g_autofree char *source = vfg_ini_need(parsed, group, "source", error);
    guint64 boots = 1;
    if (!source || !(rule->class_name = vfg_ini_need(parsed, group, "class", error)) ||
        !(rule->reason = vfg_ini_need(parsed, group, "reason", error)) ||
        !(rule->fix = vfg_ini_need(parsed, group, "fix", error)) ||
        !vfg_ini_uint(parsed, group, "boots", 10, 100, &boots, error))
        return FALSE;
    rule->id = g_strdup(group);
    rule->codes = vfg_ini_list(parsed, group, "codes");
    rule->with = vfg_ini_text(parsed, group, "with");
    rule->boots = (guint)boots;
    put_rule(data, g_steal_pointer(&rule));
    return TRUE;
}

/* Into a list of its own first: a file that is refused leaves nothing behind. */
gboolean
vfg_quarantine_rules_add(VfgQuarantineRules *rules, const char *file, const char *bytes, gsize len,
                         GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(rule_free);
    if (!vfg_ini_each(file, bytes, len, keys, take_group, fresh, error))
        return FALSE;
    for (guint i = 0; i < fresh->len; i++)
        put_rule(rules->rules, g_ptr_array_index(fresh, i));
    g_ptr_array_set_free_func(fresh, NULL);
    return TRUE;
}

guint
vfg_quarantine_rules_len(const VfgQuarantineRules *rules)
{
    return rules->rules->len;
}

const VfgQuarantineRule *
vfg_quarantine_rules_get(const VfgQuarantineRules *rules, guint index)
{
    return g_ptr_array_index(rules->rules, index);
}

const VfgQuarantineRule *
vfg_quarantine_rules_find(const VfgQuarantineRules *rules, const char *id)
{
    for (guint i = 0; i < rules->rules->len; i++)
        if (g_str_equal(vfg_quarantine_rules_get(rules, i)->id, id))
            return vfg_quarantine_rules_get(rules, i);
    return NULL;
}
