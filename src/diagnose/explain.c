/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Root causes and their symptoms. */

#include "explain.h"

#include <string.h>

#define NONE (-1)

/* What is decided about an item. */
typedef struct {
    const VfgFoldItem *item;
    VfgOwner owner;
    gboolean echo; /* says nothing that another item does not say */
    int parent;    /* what explains it, or NONE */
    VfgSeverity worst;
} Case;

static gboolean
is_named(char **names, const VfgErrorEntry *entry)
{
    const char *const *list = (const char *const *)names;
    return list && (g_strv_contains(list, entry->class_name) || g_strv_contains(list, entry->id));
}

static gboolean
counts(const Case *c)
{
    return c->owner == VFG_OWNER_GPU && !c->echo;
}

/* Whether `echo` only repeats `other`. */
static gboolean
repeats(const Case *echo, const Case *other)
{
    const VfgErrorEntry *entry = echo->item->entry;
    if (echo == other || !entry->echo_of || other->owner != echo->owner || other->echo ||
        !vfg_fold_fit(echo->item, other->item))
        return FALSE;
    gboolean any = g_strv_contains((const char *const *)entry->echo_of, "*");
    return is_named(entry->echo_of, other->item->entry) ||
           (any && !other->item->entry->echo_of && other->item->severity >= VFG_SEVERITY_ERROR);
}

static gboolean
is_benign(const Case *c)
{
    return g_str_equal(c->item->entry->class_name, "benign");
}

static gboolean
has_trouble(const GArray *cases)
{
    for (guint i = 0; i < cases->len; i++) {
        const Case *c = &g_array_index(cases, Case, i);
        if (counts(c) && c->item->severity >= VFG_SEVERITY_WARN)
            return TRUE;
    }
    return FALSE;
}

/* Talk of others is worth a note only beside a trouble, for which it could be taken; what is
 * everyday with other devices never. */
static gboolean
is_idle(const Case *c, gboolean trouble)
{
    return (is_benign(c) && !trouble) ||
           (c->item->entry->device == VFG_ERROR_DEVICE_ONLY && c->owner != VFG_OWNER_GPU);
}

static void
find_echoes(GArray *cases)
{
    gboolean trouble = has_trouble(cases);
    for (guint i = 0; i < cases->len; i++) {
        Case *c = &g_array_index(cases, Case, i);
        c->echo = is_idle(c, trouble);
        for (guint j = 0; j < cases->len && !c->echo; j++)
            c->echo = repeats(c, &g_array_index(cases, Case, j));
    }
}

static gboolean
leads_to(const GArray *cases, int from, int to)
{
    while (from != NONE && from != to)
        from = g_array_index(cases, Case, from).parent;
    return from == to;
}

/* How well `other` explains `c` as a `name`: 0 not at all, more for the same slot. */
static int
rank(const Case *c, const Case *other, const char *name)
{
    const VfgFoldItem *item = other->item;
    gboolean named =
        g_str_equal(item->entry->class_name, name) || g_str_equal(item->entry->id, name);
    if (c == other || !named || !counts(other) || item->severity < VFG_SEVERITY_WARN ||
        !vfg_fold_fit(c->item, item))
        return 0;
    return c->item->has_address && item->has_address ? 2 : 1;
}

static int
find_named(const GArray *cases, int self, const char *name)
{
    int best = NONE, best_rank = 0;
    for (int i = 0; i < (int)cases->len; i++) {
        int r = rank(&g_array_index(cases, Case, self), &g_array_index(cases, Case, i), name);
        if (r > best_rank && !leads_to(cases, i, self)) {
            best = i;
            best_rank = r;
        }
    }
    return best;
}

/* A message over several lines may name the device in only one of them. */
static int
find_addressed(const GArray *cases, int self)
{
    const Case *c = &g_array_index(cases, Case, self);
    for (int i = 0; !c->item->has_address && i < (int)cases->len; i++) {
        const Case *other = &g_array_index(cases, Case, i);
        if (counts(other) && other->item->has_address &&
            g_str_equal(other->item->entry->class_name, c->item->entry->class_name) &&
            !leads_to(cases, i, self))
            return i;
    }
    return NONE;
}

static void
find_parents(GArray *cases)
{
    for (int i = 0; i < (int)cases->len; i++) {
        Case *c = &g_array_index(cases, Case, i);
        if (!counts(c) || c->item->severity < VFG_SEVERITY_WARN)
            continue;
        for (char **name = c->item->entry->symptom_of; name && *name && c->parent == NONE; name++)
            c->parent = find_named(cases, i, *name);
        if (c->parent == NONE)
            c->parent = find_addressed(cases, i);
    }
}

static int
root_of(const GArray *cases, int i)
{
    while (g_array_index(cases, Case, i).parent != NONE)
        i = g_array_index(cases, Case, i).parent;
    return i;
}

char *
vfg_diagnose_fix(const VfgErrorEntry *entry, VfgSide side)
{
    const char *general = entry->fix ? entry->fix : "";
    const char *host = entry->fix_host && side != VFG_SIDE_GUEST ? entry->fix_host : NULL;
    const char *guest = entry->fix_guest && side != VFG_SIDE_HOST ? entry->fix_guest : NULL;
    GString *out = g_string_new(general);
    if (host)
        g_string_append_printf(out, "%son the host: %s", out->len ? "; " : "", host);
    if (guest)
        g_string_append_printf(out, "%sin the guest: %s", out->len ? "; " : "", guest);
    return g_string_free(out, FALSE);
}

static VfgIncident *
make_incident(const Case *c, VfgSide side)
{
    const VfgFoldItem *item = c->item;
    VfgIncident *incident = vfg_incident_new();
    incident->id = g_strdup(item->entry->id);
    incident->class_name = g_strdup(item->entry->class_name);
    incident->severity = c->worst;
    incident->other = c->owner != VFG_OWNER_GPU;
    incident->has_address = item->has_address;
    incident->address = item->address;
    incident->code = g_strdup(item->code);
    incident->count = item->count;
    incident->first_line = item->first_line;
    incident->last_line = item->last_line;
    incident->first_time = g_strdup(item->first_time);
    incident->last_time = g_strdup(item->last_time);
    incident->line = g_utf8_make_valid(item->line, -1);
    incident->cause = g_strdup(item->entry->cause);
    incident->fix = vfg_diagnose_fix(item->entry, side);
    return incident;
}

static void
add_symptom(VfgIncident *incident, const VfgFoldItem *item)
{
    for (guint i = 0; i < incident->symptoms->len; i++) {
        VfgSymptom *old = g_ptr_array_index(incident->symptoms, i);
        if (!g_str_equal(old->id, item->entry->id))
            continue;
        old->count += item->count;
        return;
    }
    VfgSymptom *symptom = g_new0(VfgSymptom, 1);
    symptom->id = g_strdup(item->entry->id);
    symptom->class_name = g_strdup(item->entry->class_name);
    symptom->count = item->count;
    g_ptr_array_add(incident->symptoms, symptom);
}

/* The worst first, then in the order of the log. */
static int
compare(gconstpointer a, gconstpointer b)
{
    const VfgIncident *one = *(VfgIncident *const *)a, *other = *(VfgIncident *const *)b;
    if (one->severity != other->severity)
        return one->severity < other->severity ? 1 : -1;
    return (one->first_line > other->first_line) - (one->first_line < other->first_line);
}

static void
add_incidents(VfgDiagnosis *diagnosis, const GArray *cases, VfgSide side)
{
    for (int i = 0; i < (int)cases->len; i++) {
        const Case *c = &g_array_index(cases, Case, i);
        if (c->echo || c->parent != NONE)
            continue;
        VfgIncident *incident = make_incident(c, side);
        for (int j = 0; j < (int)cases->len; j++)
            if (j != i && root_of(cases, j) == i)
                add_symptom(incident, g_array_index(cases, Case, j).item);
        gboolean note = incident->other || incident->severity < VFG_SEVERITY_WARN;
        g_ptr_array_add(note ? diagnosis->notes : diagnosis->incidents, incident);
    }
    g_ptr_array_sort(diagnosis->incidents, compare);
    g_ptr_array_sort(diagnosis->notes, compare);
}

static void
add_class(VfgDiagnosis *diagnosis, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(diagnosis->classes, name, g_str_equal, NULL))
        g_ptr_array_add(diagnosis->classes, g_strdup(name));
}

static void
add_classes(VfgDiagnosis *diagnosis, const GArray *cases)
{
    gboolean other = FALSE;
    for (int severity = VFG_SEVERITY_FATAL; severity >= VFG_SEVERITY_NONE; severity--) {
        for (guint i = 0; i < cases->len; i++) {
            const Case *c = &g_array_index(cases, Case, i);
            if (c->echo || (int)c->item->severity != severity)
                continue;
            other |= c->owner == VFG_OWNER_OTHER;
            if (!is_benign(c) && !g_str_equal(c->item->entry->class_name, "non-gpu"))
                add_class(diagnosis, c->item->entry->class_name);
        }
    }
    if (other)
        add_class(diagnosis, "non-gpu");
    if (!diagnosis->classes->len)
        add_class(diagnosis, "benign");
}

static void
set_verdict(VfgDiagnosis *diagnosis)
{
    VfgSeverity worst = VFG_SEVERITY_NONE;
    for (guint i = 0; i < diagnosis->incidents->len; i++)
        worst = MAX(worst, ((VfgIncident *)g_ptr_array_index(diagnosis->incidents, i))->severity);
    diagnosis->verdict = worst >= VFG_SEVERITY_ERROR  ? VFG_VERDICT_FAIL
                         : worst == VFG_SEVERITY_WARN ? VFG_VERDICT_WARN
                                                      : VFG_VERDICT_OK;
}

VfgDiagnosis *
vfg_explain(const VfgFold *fold, const VfgDevices *devices, VfgSide side)
{
    const GArray *items = vfg_fold_items(fold);
    g_autoptr(GArray) cases = g_array_new(FALSE, TRUE, sizeof(Case));
    for (guint i = 0; i < items->len; i++) {
        const VfgFoldItem *item = &g_array_index(items, VfgFoldItem, i);
        Case c = {.item = item, .parent = NONE, .worst = item->severity};
        c.owner = vfg_devices_owner(devices, item->entry, item->driver,
                                    item->has_address ? &item->address : NULL);
        g_array_append_val(cases, c);
    }
    find_echoes(cases);
    find_parents(cases);
    for (int i = 0; i < (int)cases->len; i++) {
        Case *root = &g_array_index(cases, Case, root_of(cases, i));
        root->worst = MAX(root->worst, g_array_index(cases, Case, i).item->severity);
    }
    VfgDiagnosis *diagnosis = vfg_diagnosis_new();
    add_incidents(diagnosis, cases, side);
    add_classes(diagnosis, cases);
    set_verdict(diagnosis);
    diagnosis->dropped = vfg_fold_dropped(fold);
    return diagnosis;
}
