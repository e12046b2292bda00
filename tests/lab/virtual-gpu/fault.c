/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The table of faults. */

#include "fault.h"

#include "vgpu-error.h"

#include <errno.h>
#include <string.h>

typedef struct {
    VfgVgpuFault fault;
    guint value;
} Entry;

struct VfgVgpuFaults {
    GArray *entries;
};

static const struct {
    VfgVgpuFault fault;
    const char *name;
    const char *value_name; /* NULL: takes no value */
    guint max;
    const char *help;
} kinds[] = {
    {VFG_VGPU_FAULT_RESET_HANGS, "reset-hangs", NULL, 0,
     "the request to reset the device is never answered"},
    {VFG_VGPU_FAULT_FLR_HANGS, "flr-hangs", NULL, 0,
     "after a function level reset all of config space reads as ones, until the device is reset"},
    {VFG_VGPU_FAULT_CONFIG_ONES, "config-ones", NULL, 0,
     "config space reads as ones from the start of the client's machine (its first reset)"},
    {VFG_VGPU_FAULT_CONFIG_ONES_AFTER, "config-ones-after", "SECONDS", 86400,
     "config space reads as ones from so long after that start"},
    {VFG_VGPU_FAULT_BAR_NO_MAP, "bar-no-map", "INDEX", 5,
     "the BAR can't be mapped, and reads and writes of it fail; may be given several times"},
};

VfgVgpuFaults *
vfg_vgpu_faults_new(void)
{
    VfgVgpuFaults *faults = g_new0(VfgVgpuFaults, 1);
    faults->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    return faults;
}

static gboolean
parse_value(gsize kind, const char *value, guint *ret, GError **error)
{
    guint64 number = 0;
    if (!kinds[kind].value_name) {
        if (!value)
            return TRUE;
        vfg_vgpu_error_set(error, EINVAL, "the fault %s takes no value", kinds[kind].name);
        return FALSE;
    }
    if (!value || !g_ascii_string_to_unsigned(value, 10, 0, kinds[kind].max, &number, NULL)) {
        vfg_vgpu_error_set(error, EINVAL, "the fault %s wants %s, a number of at most %u",
                           kinds[kind].name, kinds[kind].value_name, kinds[kind].max);
        return FALSE;
    }
    *ret = (guint)number;
    return TRUE;
}

gboolean
vfg_vgpu_faults_add(VfgVgpuFaults *faults, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "=", 2);
    for (gsize i = 0; parts[0] && i < G_N_ELEMENTS(kinds); i++) {
        Entry entry = {kinds[i].fault, 0};
        if (strcmp(parts[0], kinds[i].name) != 0)
            continue;
        if (!parse_value(i, parts[1], &entry.value, error))
            return FALSE;
        g_array_append_val(faults->entries, entry);
        return TRUE;
    }
    vfg_vgpu_error_set(error, EINVAL, "there is no fault '%s'; --help lists them", text);
    return FALSE;
}

gboolean
vfg_vgpu_faults_get(const VfgVgpuFaults *faults, VfgVgpuFault fault, guint *ret)
{
    for (guint i = faults->entries->len; i > 0; i--) {
        const Entry *entry = &g_array_index(faults->entries, Entry, i - 1);
        if (entry->fault == fault) {
            *ret = entry->value;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
vfg_vgpu_faults_has(const VfgVgpuFaults *faults, VfgVgpuFault fault)
{
    guint value = 0;
    return vfg_vgpu_faults_get(faults, fault, &value);
}

gboolean
vfg_vgpu_faults_match(const VfgVgpuFaults *faults, VfgVgpuFault fault, guint value)
{
    for (guint i = 0; i < faults->entries->len; i++) {
        const Entry *entry = &g_array_index(faults->entries, Entry, i);
        if (entry->fault == fault && entry->value == value)
            return TRUE;
    }
    return FALSE;
}

char *
vfg_vgpu_faults_help(void)
{
    GString *help = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *usage =
            g_strdup_printf("%s%s%s", kinds[i].name, kinds[i].value_name ? "=" : "",
                            kinds[i].value_name ? kinds[i].value_name : "");
        g_string_append_printf(help, "  %-26s %s\n", usage, kinds[i].help);
    }
    return g_string_free(help, FALSE);
}

void
vfg_vgpu_faults_free(VfgVgpuFaults *faults)
{
    if (!faults)
        return;
    g_array_unref(faults->entries);
    g_free(faults);
}
