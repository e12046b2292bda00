/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads listings: the lines below a function's own, and trees. */

#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
after(const char *line, const char *word)
{
    const char *at = strstr(line, word);
    return at ? at + strlen(word) : NULL;
}

static guint64
size_of(const char *text)
{
    static const char units[] = "KMGT";
    char *rest = NULL;
    guint64 size = g_ascii_strtoull(text, &rest, 10);
    const char *unit = *rest && *rest != ']' ? strchr(units, *rest) : NULL;
    return unit ? size << (10 * (unit - units + 1)) : size;
}

/* "Region 1: Memory at 100b0000000 (64-bit, prefetchable) [size=256M]", without the number in the
 * short form. */
static void
take_bar(Listed *f, const char *line)
{
    const char *memory = after(line, "Memory at "), *io = after(line, "I/O ports at ");
    const char *rom = after(line, "Expansion ROM at "), *size = after(line, "[size=");
    const char *at = memory ? memory : io ? io : rom;
    const char *region = after(line, "Region ");
    if (!at || !size)
        return;
    ListedBar bar = {.index = rom      ? 6
                              : region ? atoi(region)
                                       : -1,
                     .io = io != NULL,
                     .wide = strstr(line, "(64-bit") != NULL,
                     .prefetchable = strstr(line, " prefetchable)") != NULL,
                     .unassigned = *at == '<',
                     .start = *at == '<' ? 0 : g_ascii_strtoull(at, NULL, 16),
                     .size = size_of(size)};
    g_array_append_val(f->bars, bar);
}

static gboolean
take_bytes(Listed *f, const char *line)
{
    char *rest = NULL;
    gsize at = strtoul(line, &rest, 16);
    if (rest - line < 2 || rest - line > 3 || *rest != ':' || at % 16 || at >= LISTED_CONFIG_MAX)
        return FALSE;
    for (gsize i = 0; i < 16; i++) {
        const char *digits = rest + 2 + 3 * i;
        if (rest[1 + 3 * i] != ' ' || !g_ascii_isxdigit(digits[0]) || !g_ascii_isxdigit(digits[1]))
            return FALSE;
        f->config[at + i] =
            (guint8)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
    }
    f->config_len = MAX(f->config_len, at + 16);
    return TRUE;
}

static void
take_subsystem(Listed *f, const char *text)
{
    const char *open = strrchr(text, '[');
    unsigned vendor = 0, device = 0;
    if (open && sscanf(open, "[%4x:%4x]", &vendor, &device) == 2) {
        f->subvendor = (int)vendor;
        f->subdevice = (int)device;
    }
}

static void
take_number(const char *text, int *ret)
{
    if (text)
        *ret = atoi(text + strspn(text, ": "));
}

void
listing_take_property(Listing *listing, const char *line)
{
    Listed *f = listing->current;
    unsigned secondary = 0, subordinate = 0;
    const char *driver = after(line, "Kernel driver in use: ");
    const char *buses = after(line, "secondary=");
    listing->tells_drivers |= driver || strstr(line, "Kernel modules: ");
    if (!f || take_bytes(f, line))
        return;
    take_number(after(line, "IOMMU group"), &f->group);
    take_number(after(line, "NUMA node"), &f->node);
    if (g_str_has_prefix(line, "Subsystem: "))
        take_subsystem(f, line);
    if (buses && sscanf(buses, "%2x, subordinate=%2x", &secondary, &subordinate) == 2) {
        f->secondary = (int)secondary;
        f->subordinate = (int)subordinate;
    }
    if (driver) {
        g_free(f->driver);
        f->driver = g_strndup(driver, strcspn(driver, " \t"));
    }
    f->forwards_vga |= g_str_has_prefix(line, "BridgeCtl:") && strstr(line, " VGA+");
    f->dead |= strstr(line, "!!! Unknown header type 7f") != NULL;
    take_bar(f, line);
}

/* A place in a tree from which further lines hang: its column, and the bus they are on. */
typedef struct {
    gsize column;
    guint domain, bus;
} Branch;

static void
set_branch(Listing *listing, gsize column, guint domain, guint bus)
{
    Branch branch = {column, domain, bus};
    while (listing->branches->len &&
           g_array_index(listing->branches, Branch, listing->branches->len - 1).column >= column)
        g_array_set_size(listing->branches, listing->branches->len - 1);
    g_array_append_val(listing->branches, branch);
}

/* "[0000:60]" starts a root bus, "[21-2d]" or "[61]" a bus behind the function before it. Gives
 * what follows. */
static const char *
take_bus(const char *at, Branch *where, Listed *above)
{
    unsigned first = 0, second = 0;
    const char *end = strchr(at, ']');
    if (sscanf(at, "[%x:%x", &first, &second) == 2) {
        where->domain = first;
        where->bus = second;
    } else if (above && sscanf(at, "[%x-%x", &first, &second) >= 1) {
        above->class = 0x0604;
        above->secondary = (int)first;
        above->subordinate = (int)MAX(first, second);
        where->bus = first;
    }
    return end ? end + 1 : at + strlen(at);
}

static void
take_leaf(Listed *f, const char *title)
{
    title += strspn(title, " ");
    if (f->class < 0)
        f->class = class_by_title(title);
    listing_take_title(f, title);
}

/* Goes along a line: dashes, buses, functions; what hangs from a '+' here comes in later lines. */
static void
walk(Listing *listing, const char *line, gsize start, Branch where)
{
    Listed *above = NULL;
    const char *at = line + start;
    while (*at) {
        unsigned device = 0, number = 0;
        if (*at == '+')
            set_branch(listing, (gsize)(at - line), where.domain, where.bus);
        if (*at == '[') {
            at = take_bus(at, &where, above);
        } else if (strchr("+-\\", *at)) {
            at++;
        } else if (sscanf(at, "%2x.%1x", &device, &number) == 2) {
            above = listing_at(listing, where.domain, where.bus, device, number);
            above->shown = TRUE;
            at += 4;
            if (*at == ' ') {
                take_leaf(above, at);
                return;
            }
        } else {
            return;
        }
    }
}

gboolean
listing_take_branch(Listing *listing, const char *line)
{
    gsize start = strspn(line, " |");
    const char *at = line + start;
    gboolean root = at[0] == '-' && (at[1] == '[' || at[1] == '+');
    if (!root && !((*at == '+' || *at == '\\') && at[1] == '-'))
        return FALSE;
    if (!listing->branches)
        listing->branches = g_array_new(FALSE, TRUE, sizeof(Branch));
    if (root)
        g_array_set_size(listing->branches, 0);
    for (guint i = listing->branches->len; i-- > 0;) {
        Branch branch = g_array_index(listing->branches, Branch, i);
        if (branch.column != start)
            continue;
        g_array_set_size(listing->branches, *at == '+' ? i + 1 : i);
        walk(listing, line, start + 1, branch);
        return TRUE;
    }
    walk(listing, line, start, (Branch){0});
    return TRUE;
}
