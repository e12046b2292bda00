/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's CPUs. */

#include "cpu.h"

#include "parse.h"

#include <string.h>

void
vfg_cpu_clear(VfgCpu *cpu)
{
    g_clear_pointer(&cpu->vendor, g_free);
}

/* The value of the line `name` that comes first, or NULL; the caller frees it. */
static char *
find_value(const char *text, const char *name)
{
    gsize len = strlen(name);
    for (const char *line = text; *line;) {
        gsize end = strcspn(line, "\n");
        const char *colon = memchr(line, ':', end);
        if (colon && strncmp(line, name, len) == 0 &&
            line + len + strspn(line + len, " \t") == colon)
            return g_strstrip(g_strndup(colon + 1, end - (gsize)(colon + 1 - line)));
        line += end + (line[end] == '\n');
    }
    return NULL;
}

static guint
count_cpus(const char *text)
{
    guint count = 0;
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        count += g_str_has_prefix(at, "processor\t");
    }
    return count;
}

/* "48 bits physical, 48 bits virtual". */
static guint
parse_bits(const char *text)
{
    gsize len = strspn(text, "0123456789");
    g_autofree char *digits = g_strndup(text, len);
    guint64 bits = 0;
    if (!g_str_has_prefix(text + len, " bits physical") ||
        !vfg_parse_uint(digits, 10, 64, &bits, NULL))
        return 0;
    return (guint)bits;
}

VfgCpu
vfg_cpu_parse(const char *text)
{
    g_autofree char *sizes = find_value(text, "address sizes");
    g_autofree char *flags = find_value(text, "flags");
    g_auto(GStrv) words = g_strsplit(flags ? flags : "", " ", -1);
    VfgCpu cpu = {
        .vendor = find_value(text, "vendor_id"),
        .count = count_cpus(text),
        .physical_bits = sizes ? parse_bits(sizes) : 0,
        .hypervisor = g_strv_contains((const char *const *)words, "hypervisor"),
        .pages_1g = g_strv_contains((const char *const *)words, "pdpe1gb"),
    };
    return cpu;
}
