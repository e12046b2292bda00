/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads listings: the lines that name a function or a group. */

#include "listing.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS "(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\\.([0-7])"

Listing *
listing_new(void)
{
    Listing *listing = g_new0(Listing, 1);
    listing->functions = g_ptr_array_new();
    listing->heading = -1;
    return listing;
}

void
listing_free(Listing *listing)
{
    if (!listing)
        return;
    for (guint i = 0; i < listing->functions->len; i++) {
        Listed *f = listing->functions->pdata[i];
        g_free(f->driver);
        g_free(f->title);
        g_array_unref(f->bars);
        g_free(f);
    }
    g_ptr_array_unref(listing->functions);
    g_clear_pointer(&listing->branches, g_array_unref);
    g_strfreev(listing->columns);
    g_free(listing);
}

Listed *
listing_at(Listing *listing, guint domain, guint bus, guint device, guint number)
{
    for (guint i = 0; i < listing->functions->len; i++) {
        Listed *f = listing->functions->pdata[i];
        if (f->domain == domain && f->bus == bus && f->device == device && f->number == number)
            return f;
    }
    Listed *f = g_new0(Listed, 1);
    f->domain = domain;
    f->bus = bus;
    f->device = device;
    f->number = number;
    f->class = f->prog_if = f->revision = f->vendor = f->id = f->subvendor = f->subdevice = -1;
    f->group = f->node = f->secondary = f->subordinate = -1;
    f->bars = g_array_new(FALSE, TRUE, sizeof(ListedBar));
    g_ptr_array_add(listing->functions, f);
    return f;
}

static int
hex_of(const GMatchInfo *match, const char *name)
{
    g_autofree char *text = g_match_info_fetch_named(match, name);
    return text && *text ? (int)strtol(text, NULL, 16) : -1;
}

static int
hex_at(const GMatchInfo *match, int n)
{
    g_autofree char *text = g_match_info_fetch(match, n);
    return text && *text ? (int)strtol(text, NULL, 16) : -1;
}

static int
decimal_at(const GMatchInfo *match, int n)
{
    g_autofree char *text = g_match_info_fetch(match, n);
    return text && *text ? atoi(text) : -1;
}

/* One pattern on one text; NULL where it does not match. Test code: compiled each time. */
static GMatchInfo *
match(const char *pattern, const char *text)
{
    GMatchInfo *info = NULL;
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_CASELESS, 0, NULL);
    g_assert_nonnull(regex);
    if (g_regex_match(regex, text, 0, &info))
        return info;
    g_match_info_free(info);
    return NULL;
}

/* The last [10de:1b80] counts: names may hold brackets. An id may have been cut: "[8086...". */
static void
take_ids(Listed *f, const char *title)
{
    g_autoptr(GMatchInfo) ids = match("^.*\\[([0-9a-f]{4}):([0-9a-f]{4})\\]", title);
    g_autoptr(GMatchInfo) bare = match("^([0-9a-f]{4}):([0-9a-f]{4})\\b", title);
    g_autoptr(GMatchInfo) unnamed = match("\\bDevice ([0-9a-f]{4})\\b", title);
    const GMatchInfo *both = ids ? ids : bare;
    if (both) {
        f->vendor = hex_at(both, 1);
        f->id = hex_at(both, 2);
        return;
    }
    if (f->vendor < 0)
        f->vendor = vendor_by_title(title);
    if (f->id < 0 && unnamed)
        f->id = hex_at(unnamed, 1);
}

void
listing_take_title(Listed *f, const char *title)
{
    g_autoptr(GMatchInfo) revision = match("\\(rev ([0-9a-f]{2})\\)", title);
    g_autoptr(GMatchInfo) prog_if = match("\\(prog-if ([0-9a-f]{2})", title);
    take_ids(f, title);
    if (revision)
        f->revision = hex_at(revision, 1);
    if (prog_if)
        f->prog_if = hex_at(prog_if, 1);
    f->dead |= f->revision == 0xff;
    g_free(f->title);
    f->title = g_strdup(title);
}

/* "VGA compatible controller [0300]: NVIDIA …", without the number, or of lspci -n only that. */
static gboolean
take_class(Listed *f, const char *text)
{
    g_autoptr(GMatchInfo) whole = match("^([^:\\[]*?)\\s*(?:\\[([0-9a-f]{4})\\])?:\\s*(.*)$", text);
    g_autoptr(GMatchInfo) number = match("^([0-9a-f]{4}): ([0-9a-f]{4}:[0-9a-f]{4}.*)$", text);
    g_autoptr(GMatchInfo) loose = match("^(.*?)\\s*(\\[[0-9a-f]{4}:[0-9a-f]{4}\\].*)?$", text);
    const GMatchInfo *best = number ? number : whole ? whole : loose;
    g_autofree char *name = g_match_info_fetch(best, 1);
    g_autofree char *title = g_match_info_fetch(best, best == whole ? 3 : 2);
    int class = number ? hex_at(number, 1) : best == whole ? hex_at(whole, 2) : -1;
    if (class < 0)
        class = class_by_name(name);
    if (class < 0)
        return FALSE;
    f->class = class;
    f->shown = TRUE;
    listing_take_title(f, best == loose ? text : title);
    return TRUE;
}

/* "IOMMU Group 12 01:00.0 USB controller [0c03]: …", with any words before the group's number, or
 * "[8086:1904] 00:00.0 Host bridge", or just the function. */
static gboolean
take_function(Listing *listing, const char *line)
{
    g_autoptr(GMatchInfo) found =
        match("^\\W*(?:[^0-9]*?(\\d{1,4})\\s*[:.)\\]]?\\s+)?"
              "(?:\\[(?<v>[0-9a-f]{4}):(?<d>[0-9a-f]{4})\\]\\s+(?:\\[R\\]\\s+)?)?"
              "(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\\.([0-7])\\s+(\\S.*)$",
              line);
    if (!found)
        return FALSE;
    int domain = hex_at(found, 4), group = decimal_at(found, 1);
    g_autofree char *rest = g_match_info_fetch(found, 8);
    Listed *f = listing_at(listing, domain < 0 ? 0 : (guint)domain, (guint)hex_at(found, 5),
                           (guint)hex_at(found, 6), (guint)hex_at(found, 7));
    if (hex_of(found, "v") >= 0) {
        f->vendor = hex_of(found, "v");
        f->id = hex_of(found, "d");
    }
    if (!take_class(f, rest))
        return FALSE;
    if (group < 0)
        group = listing->heading;
    /* Some loops print a group's number once, before its first function. */
    if (group < 0 && listing->indented && listing->current)
        group = listing->current->group;
    if (group >= 0)
        f->group = group;
    listing->tells_groups |= group >= 0;
    listing->current = f;
    return TRUE;
}

/* A heading: the word for group in some language or "IOMMU", one number, nothing else. */
static gboolean
take_heading(Listing *listing, const char *line)
{
    g_autoptr(GMatchInfo) found =
        strlen(line) > 60
            ? NULL
            : match("^(?=.*(?:iommu|gr[uo]|组|群|グループ|груп))[^0-9]*?(\\d+)[^0-9a-z]*$", line);
    if (!found)
        return FALSE;
    listing->heading = decimal_at(found, 1);
    listing->current = NULL;
    return TRUE;
}

/* What find and the kernel's log say: ".../iommu_groups/1/devices/0000:00:01.0",
 * "pci 0000:01:00.0: Adding to iommu group 1". */
static gboolean
take_membership(Listing *listing, const char *line)
{
    g_autoptr(GMatchInfo) path = match("iommu_groups/(\\d+)/devices/" ADDRESS, line);
    g_autoptr(GMatchInfo) log = match(ADDRESS ":? .*to (?:iommu )?group (\\d+)", line);
    g_autoptr(GMatchInfo) link = match(ADDRESS "/iommu_group -> .*/(\\d+)$", line);
    const GMatchInfo *found = path ? path : log ? log : link;
    if (!found)
        return FALSE;
    int first = path ? 2 : 1, domain = hex_at(found, first);
    Listed *f = listing_at(listing, domain < 0 ? 0 : (guint)domain, (guint)hex_at(found, first + 1),
                           (guint)hex_at(found, first + 2), (guint)hex_at(found, first + 3));
    f->group = decimal_at(found, path ? 1 : 5);
    listing->tells_groups = TRUE;
    return TRUE;
}

/* lspci indents what belongs to a function, so "IOMMU group: 21" is one's or a heading by that. */
static void
take_line(Listing *listing, char *line)
{
    listing->indented = *line == ' ' || *line == '\t';
    if (listing_take_branch(listing, line))
        return;
    g_strchomp(line);
    if (listing_take_form(listing, line))
        return;
    line += strspn(line, " \t#;>*/|%");
    if (!*line || take_membership(listing, line) || take_function(listing, line))
        return;
    if ((listing->indented && listing->current) || !take_heading(listing, line))
        listing_take_property(listing, line);
}

/* What a terminal takes for colours ("\033[1;32m"). */
static char *
without_colours(const char *text)
{
    g_autoptr(GRegex) colour = g_regex_new("\033\\[[0-9;]*[A-Za-z]", 0, 0, NULL);
    char *plain = g_regex_replace_literal(colour, text, -1, 0, "", 0, NULL);
    return plain ? plain : g_strdup(text);
}

void
listing_read(Listing *listing, const char *text)
{
    g_autofree char *plain = without_colours(text);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    listing->heading = -1;
    listing->current = NULL;
    for (guint i = 0; lines[i]; i++)
        take_line(listing, lines[i]);
}

static int
compare(gconstpointer a, gconstpointer b)
{
    const Listed *x = *(const Listed *const *)a, *y = *(const Listed *const *)b;
    if (x->domain != y->domain)
        return x->domain < y->domain ? -1 : 1;
    guint left = x->bus << 8 | x->device << 3 | x->number;
    guint right = y->bus << 8 | y->device << 3 | y->number;
    return left < right ? -1 : left > right;
}

static int
config_u16(const Listed *f, gsize at)
{
    return f->config[at] | f->config[at + 1] << 8;
}

/* PCI Local Bus Specification 3.0, 6.1; PCI-to-PCI Bridge Architecture Specification 1.2, 3.2. */
static void
take_config(Listed *f)
{
    if (f->config_len < 64 || config_u16(f, 0) == 0xffff)
        return;
    f->vendor = config_u16(f, 0);
    f->id = config_u16(f, 2);
    f->revision = f->config[8];
    f->prog_if = f->config[9];
    f->class = config_u16(f, 10);
    int kind = f->config[14] & 0x7f;
    if (kind == 0) {
        f->subvendor = config_u16(f, 0x2c);
        f->subdevice = config_u16(f, 0x2e);
    } else if (kind == 1) {
        f->secondary = f->config[0x19];
        f->subordinate = f->config[0x1a];
        f->forwards_vga = f->config[0x3e] & 0x08;
    }
}

void
listing_finish(Listing *listing)
{
    g_ptr_array_sort(listing->functions, compare);
    for (guint i = 0; i < listing->functions->len; i++) {
        Listed *f = listing->functions->pdata[i];
        take_config(f);
        if (!f->driver && !listing->tells_drivers)
            f->driver = g_strdup(usual_driver(f));
    }
}
